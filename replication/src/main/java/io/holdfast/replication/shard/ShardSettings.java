package io.holdfast.replication.shard;

import java.time.Duration;

/**
 * Settings of a shard.
 *
 * @param shard its number
 * @param replayBytes a checkpoint begins when a restart would have to replay so many bytes of log
 * @param maxLogBytes pushes are refused (OVERLOADED) while so many bytes of log are needed, because
 *     checkpoints fail or a sequential table's clock does not end
 * @param idleSync how long records of MEMORY durability may stay unsynced
 * @param limits what a client may ask for
 */
public record ShardSettings(
    int shard, long replayBytes, long maxLogBytes, Duration idleSync, Limits limits) {
  public ShardSettings {
    if (replayBytes < 1 || maxLogBytes < replayBytes) {
      throw new IllegalArgumentException(
          "replayBytes "
              + replayBytes
              + " must be positive and at most maxLogBytes "
              + maxLogBytes);
    }
  }

  /** 512 MiB to replay, 8 GiB of log, 50 ms. */
  public static ShardSettings defaults(int shard) {
    return new ShardSettings(shard, 512L << 20, 8L << 30, Duration.ofMillis(50), Limits.defaults());
  }
}
