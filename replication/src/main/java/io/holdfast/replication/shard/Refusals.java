package io.holdfast.replication.shard;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.chain.Admission;
import io.holdfast.store.log.LogException;

/** What a client is told of what the chain or the log refuses. */
final class Refusals {
  private Refusals() {}

  static HoldfastException of(Admission.Refuse refuse) {
    return new HoldfastException(refuse.code(), refuse.message());
  }

  static HoldfastException of(LogException e) {
    return switch (e.kind()) {
      case DISK_FULL ->
          new HoldfastException(
              ErrorCode.DISK_FULL,
              "no room for the log: free space on the data directory's disk",
              e);
      case FAILED, CORRUPT, FOREIGN ->
          new HoldfastException(
              ErrorCode.STORE_FAILED, "the log has stopped: restart the node on a sound disk", e);
    };
  }

  /** Refuses whoever is not the newest incarnation of a rank that has joined. */
  static void fence(RangeReplica replica, int rank, int incarnation) {
    var refuse = replica.chain().clocks().fence(rank, incarnation);
    if (refuse != null) {
      throw of(refuse);
    }
  }
}
