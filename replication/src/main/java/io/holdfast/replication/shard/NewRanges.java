package io.holdfast.replication.shard;

import java.util.concurrent.CompletableFuture;

/** Brings ranges that are made on a node to those shards of it that own them. Any thread. */
public interface NewRanges {
  /**
   * Hands a range to its shard ({@link Shard#install}). Does not block. May be repeated.
   *
   * @return is complete when the range is durable on this node; fails where it could not be made
   */
  CompletableFuture<Void> install(NewRange range);
}
