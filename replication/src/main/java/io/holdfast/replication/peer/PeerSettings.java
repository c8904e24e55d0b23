package io.holdfast.replication.peer;

import java.time.Duration;

/**
 * How nodes talk to each other.
 *
 * @param maxFrameBytes a larger frame is not sent, and ends the stream that it comes by. A record
 *     with its head has to fit, and the server must let frames of that size in
 * @param readyBytes a stream is not ready while more than this waits to be sent
 * @param maxUnreadBytes of frames that came over one stream and were not let go of; no more are
 *     taken then, so that at most one frame comes on top
 * @param heartbeat how often to show that one is alive
 * @param silence a stream over which nothing came for this long is given up
 * @param firstRetry pause before the first new attempt to connect; doubled from one to the next
 * @param maxRetry longest pause
 * @param probeTimeout how long a port has to answer
 * @param copyBytesPerSecond of copies, to all nodes together; 0: as fast as they go
 */
public record PeerSettings(
    int maxFrameBytes,
    int readyBytes,
    int maxUnreadBytes,
    Duration heartbeat,
    Duration silence,
    Duration firstRetry,
    Duration maxRetry,
    Duration probeTimeout,
    long copyBytesPerSecond) {
  public PeerSettings {
    if (maxFrameBytes < 1 || readyBytes < 1 || maxUnreadBytes < 1 || copyBytesPerSecond < 0) {
      throw new IllegalArgumentException("limits between nodes must be positive");
    }
    if (heartbeat.toMillis() < 1 || heartbeat.compareTo(silence) >= 0) {
      throw new IllegalArgumentException("a heartbeat must come more often than silence is borne");
    }
    if (firstRetry.toMillis() < 1
        || firstRetry.compareTo(maxRetry) > 0
        || probeTimeout.toMillis() < 1) {
      throw new IllegalArgumentException("pauses between attempts must be positive and grow");
    }
  }

  /**
   * 64 MiB frames, 4 MiB to be sent, 16 MiB unread, a heartbeat every second, 2 s of silence, 20 ms
   * to 500 ms between attempts, 200 ms for a probe, copies as fast as they go.
   */
  public static PeerSettings defaults() {
    return new PeerSettings(
        64 << 20,
        4 << 20,
        16 << 20,
        Duration.ofSeconds(1),
        Duration.ofSeconds(2),
        Duration.ofMillis(20),
        Duration.ofMillis(500),
        Duration.ofMillis(200),
        /* copyBytesPerSecond= */ 0);
  }

  public PeerSettings withMaxFrameBytes(int bytes) {
    return new PeerSettings(
        bytes,
        readyBytes,
        maxUnreadBytes,
        heartbeat,
        silence,
        firstRetry,
        maxRetry,
        probeTimeout,
        copyBytesPerSecond);
  }

  public PeerSettings withBuffers(int ready, int unread) {
    return new PeerSettings(
        maxFrameBytes,
        ready,
        unread,
        heartbeat,
        silence,
        firstRetry,
        maxRetry,
        probeTimeout,
        copyBytesPerSecond);
  }

  public PeerSettings withHeartbeat(Duration every, Duration longestSilence) {
    return new PeerSettings(
        maxFrameBytes,
        readyBytes,
        maxUnreadBytes,
        every,
        longestSilence,
        firstRetry,
        maxRetry,
        probeTimeout,
        copyBytesPerSecond);
  }

  public PeerSettings withCopyBytesPerSecond(long bytes) {
    return new PeerSettings(
        maxFrameBytes,
        readyBytes,
        maxUnreadBytes,
        heartbeat,
        silence,
        firstRetry,
        maxRetry,
        probeTimeout,
        bytes);
  }
}
