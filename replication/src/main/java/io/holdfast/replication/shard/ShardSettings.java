package io.holdfast.replication.shard;

import java.time.Duration;

/**
 * Settings of a shard.
 *
 * @param shard its number
 * @param replayBytes a checkpoint begins when a restart would have to replay so many bytes of log
 * @param maxLogBytes pushes are refused (OVERLOADED) while so many bytes of log are needed, because
 *     checkpoints fail or a sequential table's clock does not end
 * @param retainBytes so much of the log is kept beyond what is needed, for replicas that come back
 * @param suspectAfter a successor that has not answered for so long is taken out of the chain (P8)
 * @param idleSync how long records of MEMORY durability may stay unsynced
 * @param limits what a client may ask for
 */
public record ShardSettings(
    int shard,
    long replayBytes,
    long maxLogBytes,
    long retainBytes,
    Duration suspectAfter,
    Duration idleSync,
    Limits limits) {
  public ShardSettings {
    if (replayBytes < 1 || maxLogBytes < replayBytes) {
      throw new IllegalArgumentException(
          "replayBytes "
              + replayBytes
              + " must be positive and at most maxLogBytes "
              + maxLogBytes);
    }
  }

  /** 256 MiB to replay, 8 GiB of log, 64 MiB more for others, 1 s, 50 ms. */
  public static ShardSettings defaults(int shard) {
    return new ShardSettings(
        shard,
        256L << 20,
        8L << 30,
        64L << 20,
        Duration.ofSeconds(1),
        Duration.ofMillis(50),
        Limits.defaults());
  }
}
