package io.holdfast.replication.peer;

/**
 * A bucket that fills with so many bytes per second and holds those of an eighth of a second. What
 * is sent may overdraw it; no more is to be sent until that has been made up for.
 */
final class CopyThrottle {
  private static final int BURSTS_PER_SECOND = 8;
  private static final double NANOS_PER_SECOND = 1e9;

  private final long bytesPerSecond;
  private double available;
  private long filledNanos;

  /**
   * @param bytesPerSecond 0: no limit
   */
  CopyThrottle(long bytesPerSecond, long nowNanos) {
    this.bytesPerSecond = bytesPerSecond;
    this.available = capacity();
    this.filledNanos = nowNanos;
  }

  synchronized void take(int bytes, long nowNanos) {
    fill(nowNanos);
    available -= bytes;
  }

  /** How long to wait until more may be sent; 0: not at all. */
  synchronized long waitNanos(long nowNanos) {
    if (bytesPerSecond == 0) {
      return 0;
    }
    fill(nowNanos);
    return available > 0 ? 0 : 1 + (long) Math.ceil(-available * NANOS_PER_SECOND / bytesPerSecond);
  }

  private void fill(long nowNanos) {
    double filled = (nowNanos - filledNanos) / NANOS_PER_SECOND * bytesPerSecond;
    available = Math.min(capacity(), available + filled);
    filledNanos = nowNanos;
  }

  private double capacity() {
    return Math.max(1.0, (double) bytesPerSecond / BURSTS_PER_SECOND);
  }
}
