package io.holdfast.client;

import io.holdfast.client.retry.RangeSet;
import io.holdfast.filter.Encoding;
import io.holdfast.filter.NumberFormat;
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
  private final boolean latest;
  private final Encoding pushed;
  private final Encoding pulled;
  // Null where calls start at once.
  private final @Nullable CompletableFuture<Void> earlier;

  RemoteTable(
      RemoteCluster cluster, Session session, RangeSet ranges, TableName name, TableSpec spec) {
    this(cluster, session, ranges, name, spec, null, false, Encoding.PLAIN, Encoding.PLAIN, null);
  }

  private RemoteTable(
      RemoteCluster cluster,
      Session session,
      RangeSet ranges,
      TableName name,
      TableSpec spec,
      @Nullable Pushes pushes,
      boolean latest,
      Encoding pushed,
      Encoding pulled,
      @Nullable CompletableFuture<Void> earlier) {
    this.cluster = cluster;
    this.session = session;
    this.ranges = ranges;
    this.name = name;
    this.spec = spec;
    this.pushes = pushes;
    this.latest = latest;
    this.pushed = pushed;
    this.pulled = pulled;
    this.earlier = earlier;
  }

  RemoteTable recordingPushes(Pushes record) {
    return new RemoteTable(
        cluster, session, ranges, name, spec, record, latest, pushed, pulled, earlier);
  }

  /**
   * The same table, whose pushes go and whose pulls' answers come encoded like this.
   *
   * @throws HoldfastException INVALID_ARGUMENT for a number format that the table's element cannot
   *     have
   */
  RemoteTable encoded(Encoding ofPushes, Encoding ofPulls) {
    if (spec.element() != ElementType.FLOAT32
        && (ofPushes.format() != NumberFormat.PLAIN || ofPulls.format() != NumberFormat.PLAIN)) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "table " + name() + " holds " + spec.element() + " values: only PLAIN can write them");
    }
    return new RemoteTable(
        cluster, session, ranges, name, spec, pushes, latest, ofPushes, ofPulls, earlier);
  }

  /** A push that is encoded in its own way. The residue is complete when this returns. */
  CompletableFuture<PushReceipt> push(long[] keys, float[] values, PushEncoding encoding) {
    return record(
        start(
            () -> {
              KeyOrder order = order(keys);
              checkPushed(order, values, null);
              session.membership().join(ranges);
              return call(order).push(values, null, encoding);
            }));
  }

  private TableCall call(KeyOrder keys) {
    return new TableCall(session, ranges, spec, keys, pushed, pulled);
  }

  @Override
  public Table latest() {
    return new RemoteTable(
        cluster, session, ranges, name, spec, pushes, true, pushed, pulled, earlier);
  }

  @Override
  public Table after(CompletionStage<?>... stages) {
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
        latest,
        pushed,
        pulled,
        CompletableFuture.allOf(futures));
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
  }

  private CompletableFuture<Rows> pull(
      KeyOrder keys, float @Nullable [] into, long @Nullable [] intoLongs) {
    int values = values(keys.count());
    boolean isLong = spec.element() == ElementType.INT64;
    checkType(into != null, intoLongs != null);
    checkRoom(values, into == null ? intoLongs == null ? values : intoLongs.length : into.length);
    float[] floats = isLong ? null : into != null ? into : new float[values];
    long[] longs = isLong ? intoLongs != null ? intoLongs : new long[values] : null;
    return call(keys).pull(floats, longs, latest);
  }

  private CompletableFuture<PushReceipt> push(
      KeyOrder keys, float @Nullable [] floats, long @Nullable [] longs) {
    checkPushed(keys, floats, longs);
    session.membership().join(ranges);
    return call(keys).push(floats, longs);
  }

  private CompletableFuture<Rows> pushPull(
      KeyOrder keys, float @Nullable [] floats, long @Nullable [] longs) {
    int values = checkPushed(keys, floats, longs);
    session.membership().join(ranges);
    return call(keys)
        .pushPull(
            floats,
            longs,
            floats == null ? null : new float[values],
            longs == null ? null : new long[values]);
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

  private <T> CompletableFuture<T> record(CompletableFuture<T> push) {
    return pushes == null ? push : pushes.add(push);
  }

  // Now, or on the library's executor when what it waits for is done.
  private <T> CompletableFuture<T> start(Supplier<CompletableFuture<T>> call) {
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
