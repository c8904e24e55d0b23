package io.holdfast.tools.server;

import io.holdfast.replication.shard.Half;
import io.holdfast.replication.shard.Halves;
import io.holdfast.replication.shard.Shard;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;

/** Hands halves of ranges to their shards, once all of them run; until then they are refused. */
final class HalfCarrier implements Halves {
  private volatile IntFunction<CompletableFuture<Shard>> shards =
      range -> CompletableFuture.failedFuture(new IllegalStateException("the node is starting"));

  /** All shards run. */
  void connect(RangeDirectory directory) {
    shards = range -> CompletableFuture.completedFuture(directory.shardOf(range));
  }

  @Override
  public CompletableFuture<Void> install(Half half) {
    return shards
        .apply(half.range())
        .thenCompose(shard -> shard.ask(s -> s.install(half)))
        .thenCompose(done -> done);
  }
}
