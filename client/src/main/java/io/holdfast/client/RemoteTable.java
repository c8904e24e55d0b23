package io.holdfast.client;

import io.holdfast.client.retry.RangeSet;
import io.holdfast.filter.Encoding;
import io.holdfast.filter.NumberFormat;
import io.holdfast.model.Consistency;
import io.holdfast.model.ElementType;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.model.KnownConsistency;
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
  private final TableView view;
  private final TableShape shape;

  RemoteTable(
      RemoteCluster cluster, Session session, RangeSet ranges, TableName name, TableSpec spec) {
    this(cluster, session, ranges, name, spec, TableView.PLAIN);
  }

  private RemoteTable(
      RemoteCluster cluster,
      Session session,
      RangeSet ranges,
      TableName name,
      TableSpec spec,
      TableView view) {
    this.cluster = cluster;
    this.session = session;
    this.ranges = ranges;
    this.name = name;
    this.spec = spec;
    this.view = view;
    this.shape = new TableShape(name.getTable(), spec);
  }

  private RemoteTable as(TableView changed) {
    return new RemoteTable(cluster, session, ranges, name, spec, changed);
  }

  RemoteTable recordingPushes(Pushes record) {
    return as(view.recording(record));
  }

  RemoteTable filtered(TableFilter by) {
    return as(view.filtered(by));
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
    return as(view.encoded(ofPushes, ofPulls));
  }

  @Override
  public RemoteTable latest() {
    return as(view.latest(true));
  }

  /** The same table, with pulls from outside any group that wait for so many clocks. */
  RemoteTable atLeast(int clocks) {
    return as(view.atLeast(clocks));
  }

  @Override
  public RemoteTable after(CompletionStage<?>... stages) {
    CompletableFuture<Void> before = view.earlier();
    var futures = new CompletableFuture<?>[stages.length + 1];
    for (int i = 0; i < stages.length; i++) {
      futures[i] = stages[i].toCompletableFuture();
    }
    futures[stages.length] = before == null ? CompletableFuture.completedFuture(null) : before;
    return as(view.after(CompletableFuture.allOf(futures)));
  }

  @Override
  public CachedTable cached(CacheSettings settings) {
    if (session.isAnonymous()) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "rows are kept for so many clocks, and calls outside any group have none: join the job"
              + " as a worker, and take the table from it");
    }
    RemoteTable plain = as(view.recording(null).latest(false).after(null));
    boolean asMade = view.filter() == null && view.pushed().format() == NumberFormat.PLAIN;
    return new CachingTable(this, plain, new KeptRows(plain, session, settings, asMade));
  }

  /** Now, as of a later clock of the worker's than it is at. */
  CompletableFuture<Rows> pullAhead(long[] keys, int clocks) {
    return started(() -> pull(shape.order(keys), null, null, clocks));
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
    return start(() -> pull(shape.order(keys), null, null));
  }

  @Override
  public CompletableFuture<Rows> pull(long[] keys, float[] into) {
    return start(() -> pull(shape.order(keys), into, null));
  }

  @Override
  public CompletableFuture<Rows> pull(long[] keys, long[] into) {
    return start(() -> pull(shape.order(keys), null, into));
  }

  @Override
  public CompletableFuture<Rows> pull(KeyRange keys) {
    return start(() -> pull(shape.order(keys), null, null));
  }

  @Override
  public CompletableFuture<Rows> pull(KeyRange keys, float[] into) {
    return start(() -> pull(shape.order(keys), into, null));
  }

  @Override
  public CompletableFuture<Rows> pullAll() {
    return start(() -> pull(shape.order(spec.keys()), null, null));
  }

  @Override
  public CompletableFuture<PushReceipt> push(long[] keys, float[] values) {
    return record(start(() -> push(shape.order(keys), values, null)));
  }

  @Override
  public CompletableFuture<PushReceipt> push(long[] keys, long[] values) {
    return record(start(() -> push(shape.order(keys), null, values)));
  }

  @Override
  public CompletableFuture<PushReceipt> push(KeyRange keys, float[] values) {
    return record(start(() -> push(shape.order(keys), values, null)));
  }

  @Override
  public CompletableFuture<PushReceipt> push(KeyRange keys, long[] values) {
    return record(start(() -> push(shape.order(keys), null, values)));
  }

  @Override
  public CompletableFuture<PushReceipt> pushAll(float[] values) {
    return record(start(() -> push(shape.order(spec.keys()), values, null)));
  }

  @Override
  public CompletableFuture<PushReceipt> replace(long[] keys, float[] rows) {
    return record(start(() -> replace(shape.order(keys), rows)));
  }

  @Override
  public CompletableFuture<Rows> pushPull(long[] keys, float[] values) {
    return record(start(() -> pushPull(shape.order(keys), values, null)));
  }

  @Override
  public CompletableFuture<Rows> pushPull(long[] keys, long[] values) {
    return record(start(() -> pushPull(shape.order(keys), null, values)));
  }

  @Override
  public CompletableFuture<Void> release() {
    TableFilter by = view.filter();
    return by == null ? CompletableFuture.completedFuture(null) : record(start(() -> release(by)));
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
    io.holdfast.v1.Table now =
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
    cluster.consistencies().heard(name, now);
  }

  @Override
  public Consistency consistency() {
    return known().consistency();
  }

  private KnownConsistency known() {
    return cluster.consistencies().of(name, spec);
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
    return call(keys).pull(floats, longs, view.latest(), clocksAhead + view.atLeast());
  }

  private CompletableFuture<PushReceipt> push(
      KeyOrder keys, float @Nullable [] floats, long @Nullable [] longs) {
    shape.checkPushed(keys, floats, longs);
    session.membership().join(ranges);
    return inOrder(() -> call(keys).push(source(keys, floats, longs), spec.rowBytes()));
  }

  private CompletableFuture<PushReceipt> replace(KeyOrder keys, float[] rows) {
    int width = shape.checkReplaced(keys, rows);
    if (!session.isAnonymous()) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "a worker of a group does not write rows over: take table "
              + name()
              + " from the job, without joining its group");
    }
    session.membership().join(ranges);
    var source = new WholeRows(new CalledRows(keys, /* digests= */ false, width, rows, null));
    return call(keys).push(source, width * Float.BYTES);
  }

  /** A push that is encoded in its own way. The residue is complete when this returns. */
  CompletableFuture<PushReceipt> push(long[] keys, float[] values, PushEncoding encoding) {
    return record(
        start(
            () -> {
              KeyOrder order = shape.order(keys);
              shape.checkPushed(order, values, null);
              session.membership().join(ranges);
              var source = PushSource.of(rows(order, values, null), encoding);
              return call(order).push(source, spec.rowBytes());
            }));
  }

  private CompletableFuture<Rows> pushPull(
      KeyOrder keys, float @Nullable [] floats, long @Nullable [] longs) {
    int values = shape.checkPushed(keys, floats, longs);
    session.membership().join(ranges);
    return inOrder(
        () ->
            call(keys)
                .pushPull(
                    source(keys, floats, longs),
                    floats == null ? null : new float[values],
                    longs == null ? null : new long[values]));
  }

  private CompletableFuture<Void> release(TableFilter by) {
    session.membership().join(ranges);
    return inOrder(
            () -> {
              KeyOrder keys = by.held();
              return call(keys).pushToAll(by.release(keys));
            })
        .whenComplete((pushed, error) -> by.released())
        .thenAccept(pushed -> {});
  }

  private TableCall call(KeyOrder keys) {
    return new TableCall(session, ranges, spec, known(), keys, view.pulled(), view.filter());
  }

  private PushSource source(KeyOrder keys, float @Nullable [] floats, long @Nullable [] longs) {
    TableFilter by = view.filter();
    return by == null || floats == null
        ? PushSource.of(
            rows(keys, floats, longs),
            new PushEncoding(view.pushed(), TableCall.seed(session, keys), null))
        : by.push(keys, floats);
  }

  private CalledRows rows(KeyOrder keys, float @Nullable [] floats, long @Nullable [] longs) {
    return new CalledRows(keys, view.pushed().cacheKeys(), spec.width(), floats, longs);
  }

  private <T> CompletableFuture<T> inOrder(Supplier<CompletableFuture<T>> call) {
    TableFilter by = view.filter();
    return by == null ? call.get() : by.worker().inOrder(call);
  }

  /** Whether this may take so many rows; gives how many values they are. */
  int checkTarget(int rows, float @Nullable [] into, long @Nullable [] intoLongs) {
    return shape.checkTarget(rows, into, intoLongs);
  }

  /** How often what filters held back has been sent. */
  int releases() {
    TableFilter by = view.filter();
    return by == null ? 0 : by.releases();
  }

  <T> CompletableFuture<T> record(CompletableFuture<T> push) {
    Pushes noted = view.pushes();
    return noted == null ? push : noted.add(push);
  }

  // Now, or on the library's executor when what it waits for is done.
  <T> CompletableFuture<T> start(Supplier<CompletableFuture<T>> call) {
    CompletableFuture<Void> before = view.earlier();
    if (before == null) {
      return started(call);
    }
    return before
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
