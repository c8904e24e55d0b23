package io.holdfast.replication.shard;

import java.time.Duration;

/**
 * What a client may ask for.
 *
 * @param maxFrameBytes a larger frame ends the stream
 * @param maxKeys in one request
 * @param maxStateBytes of one worker's saved state, the client library's envelope included
 * @param maxParked pulls that wait on one range
 * @param maxDeadline longest time that a request is parked
 * @param keyListBytes of lists of keys that are kept for each stream; 0: none
 */
public record Limits(
    int maxFrameBytes,
    int maxKeys,
    int maxStateBytes,
    int maxParked,
    Duration maxDeadline,
    int keyListBytes) {
  public Limits {
    if (maxFrameBytes < 1 << 16
        || maxKeys < 1
        || maxStateBytes < 0
        || maxParked < 1
        || maxDeadline.isNegative()
        || keyListBytes < 0) {
      throw new IllegalArgumentException(
          "limits must be positive, frames of 65,536 bytes at least");
    }
  }

  /** The same, but nothing that goes into one log record is larger than that many bytes. */
  public Limits within(int recordBytes) {
    return new Limits(
        Math.min(maxFrameBytes, recordBytes),
        maxKeys,
        Math.min(maxStateBytes, recordBytes),
        maxParked,
        maxDeadline,
        keyListBytes);
  }

  /** 32 MiB frames, 8 Mi keys, 16 MiB of state, 100,000 parked pulls, 1 hour, 4 MiB of key lists. */
  public static Limits defaults() {
    return new Limits(32 << 20, 8 << 20, 16 << 20, 100_000, Duration.ofHours(1), 4 << 20);
  }
}
