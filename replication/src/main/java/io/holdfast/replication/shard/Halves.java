package io.holdfast.replication.shard;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.util.concurrent.CompletableFuture;

/** Brings halves of ranges to those shards of the same node that own them. Any thread. */
public interface Halves {
  /**
   * Hands a half to its shard ({@link Shard#install}). Does not block. May be repeated.
   *
   * @return is complete when the half is durable on this node; fails where it could not be made
   */
  CompletableFuture<Void> install(Half half);

  /** Of a shard that has no others beside it, and splits nothing. */
  Halves NONE =
      half ->
          CompletableFuture.failedFuture(
              new HoldfastException(
                  ErrorCode.NOT_READY, "no shard takes half " + half.range() + " yet"));
}
