package io.holdfast.client;

import io.holdfast.client.retry.RangeSet;
import io.holdfast.client.retry.RowSource;
import io.holdfast.model.Consistency;
import io.holdfast.model.ElementType;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.RangeFunction;
import io.holdfast.v1.EvaluateReply;
import io.holdfast.v1.EvaluateRequest;
import io.holdfast.v1.SetConsistencyRequest;
import io.holdfast.v1.TableName;
import io.holdfast.wire.Definitions;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A table as one session sees it: checks what the caller gives, and makes its calls. */
final class RemoteTable implements Table {
  private final RemoteCluster cluster;
  private final Session session;
  private final RangeSet ranges;
  private final TableName name;
  private final TableSpec spec;
  private final @Nullable Pushes pushes;
  private final @Nullable TableFilter filter;
  private final boolean latest;
  // Null where calls start at once.
  private final @Nullable CompletableFuture<Void> earlier;

  RemoteTable(
      RemoteCluster cluster, Session session, RangeSet ranges, TableName name, TableSpec spec) {
    this(cluster, session, ranges, name, spec, null, null, false, null);
  }

  private RemoteTable(
      RemoteCluster cluster,
      Session session,
      RangeSet ranges,
      TableName name,
      TableSpec spec,
      @Nullable Pushes pushes,
      @Nullable TableFilter filter,
      boolean latest,
      @Nullable CompletableFuture<Void> earlier) {
    this.cluster = cluster;
    this.session = session;
    this.ranges = ranges;
    this.name = name;
    this.spec = spec;
    this.pushes = pushes;
    this.filter = filter;
    this.latest = latest;
    this.earlier = earlier;
  }

  RemoteTable recordingPushes(Pushes record) {
    return new RemoteTable(cluster, session, ranges, name, spec, record, filter, latest, earlier);
  }

  RemoteTable filtered(TableFilter by) {
    return new RemoteTable(cluster, session, ranges, name, spec, pushes, by, latest, earlier);
  }

  @Override
  public RemoteTable latest() {
    return new RemoteTable(cluster, session, ranges, name, spec, pushes, filter, true, earlier);
  }

  @Override
  public RemoteTable after(CompletionStage<?>... stages) {
    var futures = new CompletableFuture<?>[stages.length + 1];
    for (int i = 0; i < stages.length; i++) {
      futures[i] = stages[i].toCompletableFuture();
    }
    futures[stages.length] = earlier == null ? CompletableFuture.completedFuture(null) : earlier;
    return new RemoteTable(
        cluster,
        session,
        ranges,
        name,
        spec,
        pushes,
        filter,
        latest,
        CompletableFuture.allOf(futures));
  }

  @Override
  public CachedTable cached(CacheSettings settings) {
    if (session.isAnonymous()) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "rows are kept for so many clocks, and calls outside any group have none: join the job"
              + " as a worker, and take the table from it");
    }
    var plain = new RemoteTable(cluster, session, ranges, name, spec, null, filter, false, null);
    return new CachingTable(this, plain, new KeptRows(plain, session, settings));
  }

  /** Now, as of a later clock of the worker's than it is at. */
  CompletableFuture<Rows> pullAhead(long[] keys, int clocks) {
    return started(() -> pull(order(keys), null, null, clocks));
  }

  @Override
  public String name() {
    return name.getTable();
  }

  @Override
  public TableSpec spec() {
    return spec;
  }

  @Override
  public CompletableFuture<Rows> pull(long[] keys) {
    return start(() -> pull(order(keys), null, null));
  }

  @Override
  public CompletableFuture<Rows> pull(long[] keys, float[] into) {
    return start(() -> pull(order(keys), into, null));
  }

  @Override
  public CompletableFuture<Rows> pull(long[] keys, long[] into) {
    return start(() -> pull(order(keys), null, into));
  }

  @Override
  public CompletableFuture<Rows> pull(KeyRange keys) {
    return start(() -> pull(order(keys), null, null));
  }

  @Override
  public CompletableFuture<Rows> pull(KeyRange keys, float[] into) {
    return start(() -> pull(order(keys), into, null));
  }

  @Override
  public CompletableFuture<Rows> pullAll() {
    return start(() -> pull(order(spec.keys()), null, null));
  }

  @Override
  public CompletableFuture<PushReceipt> push(long[] keys, float[] values) {
    return record(start(() -> push(order(keys), values, null)));
  }

  @Override
  public CompletableFuture<PushReceipt> push(long[] keys, long[] values) {
    return record(start(() -> push(order(keys), null, values)));
  }

  @Override
  public CompletableFuture<PushReceipt> push(KeyRange keys, float[] values) {
    return record(start(() -> push(order(keys), values, null)));
  }

  @Override
  public CompletableFuture<PushReceipt> push(KeyRange keys, long[] values) {
    return record(start(() -> push(order(keys), null, values)));
  }

  @Override
  public CompletableFuture<PushReceipt> pushAll(float[] values) {
    return record(start(() -> push(order(spec.keys()), values, null)));
  }

  @Override
  public CompletableFuture<Rows> pushPull(long[] keys, float[] values) {
    return record(start(() -> pushPull(order(keys), values, null)));
  }

  @Override
  public CompletableFuture<Rows> pushPull(long[] keys, long[] values) {
    return record(start(() -> pushPull(order(keys), null, values)));
  }

  @Override
  public CompletableFuture<Void> release() {
    TableFilter by = filter;
    return by == null
        ? CompletableFuture.completedFuture(null)
        : record(start(() -> release(by)));
  }

  @Override
  public CompletableFuture<RangeFunction.Result> evaluate(RuleSpec function) {
    EvaluateRequest request =
        EvaluateRequest.newBuilder()
            .setTable(name)
            .setFunction(Definitions.toProto(function))
            .build();
    return start(
        () ->
            CompletableFuture.supplyAsync(
                () -> {
                  EvaluateReply reply =
                      cluster
                          .control()
                          .call(cluster.options().callTimeout(), stub -> stub.evaluate(request));
                  return new RangeFunction.Result(
                      reply.getKeysList().stream().mapToLong(Long::longValue).toArray(),
                      reply.getValuesList().stream().mapToDouble(Double::doubleValue).toArray());
                },
                cluster.executor()));
  }

  @Override
  public void setConsistency(Consistency changed) {
    cluster.checkOpen();
    var ignored =
        cluster
            .control()
            .call(
                cluster.options().callTimeout(),
                stub ->
                    stub.setConsistency(
                        SetConsistencyRequest.newBuilder()
                            .setTable(name)
                            .setConsistency(Definitions.toProto(changed))
                            .build()));
    cluster.consistencies().put(name, changed);
  }

  @Override
  public Consistency consistency() {
    return cluster.consistencies().getOrDefault(name, spec.consistency());
  }

  private CompletableFuture<Rows> pull(
      KeyOrder keys, float @Nullable [] into, long @Nullable [] intoLongs) {
    return pull(keys, into, intoLongs, 0);
  }

  private CompletableFuture<Rows> pull(
      KeyOrder keys, float @Nullable [] into, long @Nullable [] intoLongs, int clocksAhead) {
    int values = checkTarget(keys.count(), into, intoLongs);
    boolean isLong = spec.element() == ElementType.INT64;
    float[] floats = isLong ? null : into != null ? into : new float[values];
    long[] longs = isLong ? intoLongs != null ? intoLongs : new long[values] : null;
    return call(keys).pull(floats, longs, latest, clocksAhead);
  }

  private CompletableFuture<PushReceipt> push(
      KeyOrder keys, float @Nullable [] floats, long @Nullable [] longs) {
    checkPushed(keys, floats, longs);
    session.membership().join(ranges);
    return inOrder(() -> call(keys).push(rows(keys, floats, longs)));
  }

  private CompletableFuture<Rows> pushPull(
      KeyOrder keys, float @Nullable [] floats, long @Nullable [] longs) {
    int values = checkPushed(keys, floats, longs);
    session.membership().join(ranges);
    return inOrder(
        () ->
            call(keys)
                .pushPull(
                    rows(keys, floats, longs),
                    floats == null ? null : new float[values],
                    longs == null ? null : new long[values]));
  }

  private CompletableFuture<Void> release(TableFilter by) {
    session.membership().join(ranges);
    return inOrder(
            () -> {
              KeyOrder keys = by.held();
              return call(keys).pushToAll(new CalledRows(keys, spec.width(), by.take(keys), null));
            })
        .thenAccept(pushed -> {});
  }

  private TableCall call(KeyOrder keys) {
    return new TableCall(session, ranges, spec, keys, filter);
  }

  private RowSource rows(KeyOrder keys, float @Nullable [] floats, long @Nullable [] longs) {
    return filter == null || floats == null
        ? new CalledRows(keys, spec.width(), floats, longs)
        : filter.push(keys, floats);
  }

  private <T> CompletableFuture<T> inOrder(Supplier<CompletableFuture<T>> call) {
    return filter == null ? call.get() : filter.worker().inOrder(call);
  }

  private KeyOrder order(long[] keys) {
    KeyOrder order = KeyOrder.of(keys, spec.placement());
    checkInTable(order);
    return order;
  }

  private KeyOrder order(KeyRange keys) {
    if (!spec.isDense()) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "table " + name() + " is sparse: a range of its keys has no fixed shape; name the keys");
    }
    long count = keys.size();
    if (count < 0 || count * spec.width() > Integer.MAX_VALUE - 8 || count > Integer.MAX_VALUE) {
      throw new HoldfastException(
          ErrorCode.LIMIT_EXCEEDED, keys + " does not fit one array; take it in parts");
    }
    KeyOrder order = KeyOrder.of(keys, (int) count);
    checkInTable(order);
    return order;
  }

  private void checkInTable(KeyOrder keys) {
    if (spec.isDense()
        && keys.count() > 0
        && Long.compareUnsigned(keys.key(keys.count() - 1), spec.rows()) >= 0) {
      throw new HoldfastException(
          ErrorCode.KEY_OUT_OF_RANGE,
          "key "
              + Long.toUnsignedString(keys.key(keys.count() - 1))
              + " is beyond the "
              + spec.rows()
              + " rows of table "
              + name());
    }
  }

  /** Whether this may take so many rows; gives how many values they are. */
  int checkTarget(int rows, float @Nullable [] into, long @Nullable [] intoLongs) {
    int values = values(rows);
    checkType(into != null, intoLongs != null);
    checkRoom(values, into == null ? intoLongs == null ? values : intoLongs.length : into.length);
    return values;
  }

  private int checkPushed(KeyOrder keys, float @Nullable [] floats, long @Nullable [] longs) {
    checkType(floats != null, longs != null);
    int values = values(keys.count());
    int given = floats != null ? floats.length : longs != null ? longs.length : 0;
    if (given != values) {
      throw new HoldfastException(
          ErrorCode.WRONG_WIDTH,
          given
              + " values for "
              + keys.count()
              + " rows of width "
              + spec.width()
              + " of table "
              + name());
    }
    return values;
  }

  private void checkType(boolean hasFloats, boolean hasLongs) {
    if (spec.element() == ElementType.INT64 ? hasFloats : hasLongs) {
      throw new HoldfastException(
          ErrorCode.WRONG_TYPE, "table " + name() + " holds " + spec.element() + " values");
    }
  }

  private void checkRoom(int values, int room) {
    if (room < values) {
      throw new HoldfastException(
          ErrorCode.WRONG_WIDTH, "an array of " + room + " values cannot take " + values);
    }
  }

  private int values(int rows) {
    long values = (long) rows * spec.width();
    if (values > Integer.MAX_VALUE - 8) {
      throw new HoldfastException(
          ErrorCode.LIMIT_EXCEEDED, values + " values do not fit one array; take them in parts");
    }
    return (int) values;
  }

  <T> CompletableFuture<T> record(CompletableFuture<T> push) {
    return pushes == null ? push : pushes.add(push);
  }

  // Now, or on the library's executor when what it waits for is done.
  <T> CompletableFuture<T> start(Supplier<CompletableFuture<T>> call) {
    if (earlier == null) {
      return started(call);
    }
    return earlier
        .handle((done, error) -> Optional.ofNullable(error))
        .thenComposeAsync(
            error ->
                error.isEmpty()
                    ? started(call)
                    : CompletableFuture.<T>failedFuture(cause(error.get())),
            cluster.executor());
  }

  private <T> CompletableFuture<T> started(Supplier<CompletableFuture<T>> call) {
    try {
      cluster.checkOpen();
      return call.get();
    } catch (HoldfastException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static Throwable cause(Throwable error) {
    return error instanceof CompletionException && error.getCause() != null
        ? error.getCause()
        : error;
  }
}
