package io.holdfast.client;

import io.holdfast.model.Consistency;
import io.holdfast.model.ElementType;
import io.holdfast.model.KeyRange;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.RangeFunction;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A remote table in front of which rows are kept.
 *
 * @see KeptRows
 */
final class CachingTable implements CachedTable {
  // Makes the calls that the cache does not answer, at once; the gate holds back until then.
  private final RemoteTable plain;
  private final RemoteTable gate;
  private final KeptRows kept;
  private final boolean latest;

  CachingTable(RemoteTable table, RemoteTable plain, KeptRows kept) {
    this(table, plain, kept, false);
  }

  private CachingTable(RemoteTable gate, RemoteTable plain, KeptRows kept, boolean latest) {
    this.gate = gate;
    this.plain = plain;
    this.kept = kept;
    this.latest = latest;
  }

  @Override
  public CachedTable latest() {
    return new CachingTable(gate.latest(), plain, kept, true);
  }

  @Override
  public CachedTable after(CompletionStage<?>... earlier) {
    return new CachingTable(gate.after(earlier), plain, kept, latest);
  }

  @Override
  public CachedTable cached(CacheSettings settings) {
    return gate.cached(settings);
  }

  @Override
  public CompletableFuture<Rows> pull(long[] keys) {
    return latest ? gate.pull(keys) : gate.start(() -> pullKept(keys, null, null));
  }

  @Override
  public CompletableFuture<Rows> pull(long[] keys, float[] into) {
    return latest ? gate.pull(keys, into) : gate.start(() -> pullKept(keys, into, null));
  }

  @Override
  public CompletableFuture<Rows> pull(long[] keys, long[] into) {
    return latest ? gate.pull(keys, into) : gate.start(() -> pullKept(keys, null, into));
  }

  private CompletableFuture<Rows> pullKept(
      long[] keys, float @Nullable [] into, long @Nullable [] intoLongs) {
    int values = plain.checkTarget(keys.length, into, intoLongs);
    boolean isLong = spec().element() == ElementType.INT64;
    float[] floats = isLong ? null : into != null ? into : new float[values];
    long[] longs = isLong ? intoLongs != null ? intoLongs : new long[values] : null;
    return kept.pull(keys, floats, longs);
  }

  @Override
  public void announce(long[] keys) {
    long[] own = keys.clone();
    var unused =
        gate.start(
            () -> {
              kept.announce(own);
              return CompletableFuture.completedFuture(true);
            });
  }

  @Override
  public CompletableFuture<PushReceipt> push(long[] keys, float[] values) {
    return pushed(() -> kept.push(keys, values, null, () -> plain.push(keys, values)));
  }

  @Override
  public CompletableFuture<PushReceipt> push(long[] keys, long[] values) {
    return pushed(() -> kept.push(keys, null, values, () -> plain.push(keys, values)));
  }

  @Override
  public CompletableFuture<PushReceipt> push(KeyRange keys, float[] values) {
    return pushed(() -> kept.push(keys, () -> plain.push(keys, values)));
  }

  @Override
  public CompletableFuture<PushReceipt> push(KeyRange keys, long[] values) {
    return pushed(() -> kept.push(keys, () -> plain.push(keys, values)));
  }

  @Override
  public CompletableFuture<PushReceipt> pushAll(float[] values) {
    return pushed(() -> kept.push(spec().keys(), () -> plain.pushAll(values)));
  }

  /** Refused: a cached table is a worker's. */
  @Override
  public CompletableFuture<PushReceipt> replace(long[] keys, float[] rows) {
    return plain.replace(keys, rows);
  }

  @Override
  public CompletableFuture<Rows> pushPull(long[] keys, float[] values) {
    return pushed(() -> kept.push(keys, values, null, () -> plain.pushPull(keys, values)));
  }

  @Override
  public CompletableFuture<Rows> pushPull(long[] keys, long[] values) {
    return pushed(() -> kept.push(keys, null, values, () -> plain.pushPull(keys, values)));
  }

  private <T> CompletableFuture<T> pushed(Supplier<CompletableFuture<T>> call) {
    return gate.record(gate.start(call));
  }

  @Override
  public CompletableFuture<Rows> pull(KeyRange keys) {
    return gate.pull(keys);
  }

  @Override
  public CompletableFuture<Rows> pull(KeyRange keys, float[] into) {
    return gate.pull(keys, into);
  }

  @Override
  public CompletableFuture<Rows> pullAll() {
    return gate.pullAll();
  }

  @Override
  public CompletableFuture<Void> release() {
    return pushed(() -> kept.release(plain::release));
  }

  @Override
  public CompletableFuture<RangeFunction.Result> evaluate(RuleSpec function) {
    return gate.evaluate(function);
  }

  @Override
  public void setConsistency(Consistency changed) {
    gate.setConsistency(changed);
  }

  @Override
  public Consistency consistency() {
    return gate.consistency();
  }

  @Override
  public CacheStatistics statistics() {
    return kept.statistics();
  }

  @Override
  public void clear() {
    kept.clear();
  }

  @Override
  public String name() {
    return gate.name();
  }

  @Override
  public TableSpec spec() {
    return gate.spec();
  }
}
