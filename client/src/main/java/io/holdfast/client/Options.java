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
 * @param retryDelay first pause before a request is sent again to a range that cannot take it for a
 *     while; it doubles, to a second at most
 * @param rerouteDelay first pause before the cluster is asked again where a range is, when asking
 *     at once did not help; it doubles, to 100 ms at most (or to this, where this is more)
 * @param keepAliveTime a connection on which nothing was heard for so long is tried with a ping;
 *     the transport raises less than 10 s to that
 * @param keepAliveTimeout a connection breaks where a ping, or on Linux anything sent, has no
 *     answer for so long
 * @param readFrom which replicas answer pulls
 */
public record Options(
    Duration connectTimeout,
    Duration callTimeout,
    Duration closeTimeout,
    long windowBytes,
    int pieceBytes,
    Duration retryDelay,
    Duration rerouteDelay,
    Duration keepAliveTime,
    Duration keepAliveTimeout,
    ReadFrom readFrom) {
  public Options {
    if (connectTimeout.isNegative()
        || callTimeout.isNegative()
        || closeTimeout.isNegative()
        || retryDelay.isNegative()
        || rerouteDelay.isNegative()) {
      throw new IllegalArgumentException("timeouts and delays must not be negative");
    }
    if (keepAliveTime.toMillis() < 1_000 || keepAliveTimeout.toMillis() < 10) {
      throw new IllegalArgumentException(
          "pings every "
              + keepAliveTime
              + " with "
              + keepAliveTimeout
              + " to answer; the least are 1 s and 10 ms");
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

  /** 10 s, 5 min, 10 s, 256 MiB, 4 MiB, 100 ms, 5 ms, 5 s, 2 s, ANY. */
  public static Options defaults() {
    return new Options(
        Duration.ofSeconds(10),
        Duration.ofMinutes(5),
        Duration.ofSeconds(10),
        256L << 20,
        4 << 20,
        Duration.ofMillis(100),
        Duration.ofMillis(5),
        Duration.ofSeconds(5),
        Duration.ofSeconds(2),
        ReadFrom.ANY);
  }

  public Options withConnectTimeout(Duration changed) {
    return new Options(
        changed,
        callTimeout,
        closeTimeout,
        windowBytes,
        pieceBytes,
        retryDelay,
        rerouteDelay,
        keepAliveTime,
        keepAliveTimeout,
        readFrom);
  }

  public Options withCallTimeout(Duration changed) {
    return new Options(
        connectTimeout,
        changed,
        closeTimeout,
        windowBytes,
        pieceBytes,
        retryDelay,
        rerouteDelay,
        keepAliveTime,
        keepAliveTimeout,
        readFrom);
  }

  public Options withCloseTimeout(Duration changed) {
    return new Options(
        connectTimeout,
        callTimeout,
        changed,
        windowBytes,
        pieceBytes,
        retryDelay,
        rerouteDelay,
        keepAliveTime,
        keepAliveTimeout,
        readFrom);
  }

  public Options withWindowBytes(long changed) {
    return new Options(
        connectTimeout,
        callTimeout,
        closeTimeout,
        changed,
        pieceBytes,
        retryDelay,
        rerouteDelay,
        keepAliveTime,
        keepAliveTimeout,
        readFrom);
  }

  public Options withPieceBytes(int changed) {
    return new Options(
        connectTimeout,
        callTimeout,
        closeTimeout,
        windowBytes,
        changed,
        retryDelay,
        rerouteDelay,
        keepAliveTime,
        keepAliveTimeout,
        readFrom);
  }

  public Options withRetryDelay(Duration changed) {
    return new Options(
        connectTimeout,
        callTimeout,
        closeTimeout,
        windowBytes,
        pieceBytes,
        changed,
        rerouteDelay,
        keepAliveTime,
        keepAliveTimeout,
        readFrom);
  }

  public Options withRerouteDelay(Duration changed) {
    return new Options(
        connectTimeout,
        callTimeout,
        closeTimeout,
        windowBytes,
        pieceBytes,
        retryDelay,
        changed,
        keepAliveTime,
        keepAliveTimeout,
        readFrom);
  }

  public Options readFrom(ReadFrom changed) {
    return new Options(
        connectTimeout,
        callTimeout,
        closeTimeout,
        windowBytes,
        pieceBytes,
        retryDelay,
        rerouteDelay,
        keepAliveTime,
        keepAliveTimeout,
        changed);
  }

  public Options withKeepAlive(Duration time, Duration timeout) {
    return new Options(
        connectTimeout,
        callTimeout,
        closeTimeout,
        windowBytes,
        pieceBytes,
        retryDelay,
        rerouteDelay,
        time,
        timeout,
        readFrom);
  }
}
