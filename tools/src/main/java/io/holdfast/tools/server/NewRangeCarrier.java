package io.holdfast.tools.server;

import io.holdfast.replication.shard.NewRange;
import io.holdfast.replication.shard.NewRanges;
import io.holdfast.replication.shard.Shard;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;

/**
 * Hands ranges that are made on this node to their shards, once all of them run; until then they
 * are refused.
 */
final class NewRangeCarrier implements NewRanges {
  private volatile IntFunction<CompletableFuture<Shard>> shards =
      id -> CompletableFuture.failedFuture(new IllegalStateException("the node is starting"));

  /** All shards run. */
  void connect(RangeDirectory directory) {
    shards = id -> CompletableFuture.completedFuture(directory.shardOf(id));
  }

  @Override
  @SuppressWarnings(
      "FutureReturnValueIgnored") // none is: thenCompose unfolds the future in the future
  public CompletableFuture<Void> install(NewRange range) {
    return shards
        .apply(range.range())
        .thenCompose(shard -> shard.ask(s -> s.install(range)))
        .thenCompose(done -> done);
  }
}
