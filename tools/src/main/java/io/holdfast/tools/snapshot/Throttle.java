package io.holdfast.tools.snapshot;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Holds transfers down to so many bytes a second, all threads together. Each waits until what was
 * taken before it would have gone through; so there are no bursts beyond one buffer.
 */
final class Throttle {
  private final long bytesPerSecond;
  private final LongSupplier nanoTime;
  private final LongConsumer sleepNanos;
  private long freeNanos;

  /**
   * @param bytesPerSecond 0: as fast as it goes
   */
  Throttle(long bytesPerSecond) {
    this(bytesPerSecond, System::nanoTime, LockSupport::parkNanos);
  }

  Throttle(long bytesPerSecond, LongSupplier nanoTime, LongConsumer sleepNanos) {
    this.bytesPerSecond = bytesPerSecond;
    this.nanoTime = nanoTime;
    this.sleepNanos = sleepNanos;
    this.freeNanos = nanoTime.getAsLong();
  }

  /** Blocks until these bytes may be moved. An interrupt ends the wait, not the transfer. */
  void take(long bytes) {
    if (bytesPerSecond == 0) {
      return;
    }
    long until = reserve(bytes);
    long wait = until - nanoTime.getAsLong();
    while (wait > 0 && !Thread.currentThread().isInterrupted()) {
      sleepNanos.accept(wait);
      wait = until - nanoTime.getAsLong();
    }
  }

  private synchronized long reserve(long bytes) {
    long now = nanoTime.getAsLong();
    long begin = freeNanos - now > 0 ? freeNanos : now;
    freeNanos = begin + (long) ((double) bytes * TimeUnit.SECONDS.toNanos(1) / bytesPerSecond);
    return begin;
  }
}
