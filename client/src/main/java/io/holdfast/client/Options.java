package io.holdfast.client;

import java.time.Duration;

/**
 * Settings of a connection.
 *
 * @param connectTimeout how long {@link Holdfast#connect} looks for a node that answers
 * @param callTimeout how long a push or pull is retried before it fails (with OUTCOME_UNKNOWN for a
 *     push)
 * @param closeTimeout how long {@link Holdfast#close} waits for calls in flight
 * @param windowBytes bytes of pushes and expected answers in flight, over all tables; a call waits
 *     for room
 * @param pieceBytes a push or pull of more value bytes is cut into pieces of this size
 * @param retryDelay pause before a refused request is sent again, and before a lost connection is
 *     opened again
 */
public record Options(
    Duration connectTimeout,
    Duration callTimeout,
    Duration closeTimeout,
    long windowBytes,
    int pieceBytes,
    Duration retryDelay) {
  public Options {
    if (connectTimeout.isNegative()
        || callTimeout.isNegative()
        || closeTimeout.isNegative()
        || retryDelay.isNegative()) {
      throw new IllegalArgumentException("timeouts and delays must not be negative");
    }
    if (windowBytes < 1 << 16) {
      throw new IllegalArgumentException(
          "the window is " + windowBytes + " bytes; it needs 65,536 at least");
    }
    if (pieceBytes < 1 << 14 || pieceBytes > 1 << 25) {
      throw new IllegalArgumentException(
          "pieces of " + pieceBytes + " bytes are not within 16 KiB and 32 MiB");
    }
  }

  /** 10 s, 5 min, 10 s, 256 MiB, 4 MiB, 100 ms. */
  public static Options defaults() {
    return new Options(
        Duration.ofSeconds(10),
        Duration.ofMinutes(5),
        Duration.ofSeconds(10),
        256L << 20,
        4 << 20,
        Duration.ofMillis(100));
  }

  public Options withCallTimeout(Duration changed) {
    return new Options(connectTimeout, changed, closeTimeout, windowBytes, pieceBytes, retryDelay);
  }

  public Options withConnectTimeout(Duration changed) {
    return new Options(changed, callTimeout, closeTimeout, windowBytes, pieceBytes, retryDelay);
  }

  public Options withWindowBytes(long changed) {
    return new Options(connectTimeout, callTimeout, closeTimeout, changed, pieceBytes, retryDelay);
  }

  public Options withPieceBytes(int changed) {
    return new Options(connectTimeout, callTimeout, closeTimeout, windowBytes, changed, retryDelay);
  }
}
