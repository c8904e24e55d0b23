package io.holdfast.client;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Bytes in flight, over all tables of a connection. Waiters are served in order. A part that is
 * larger than the whole window goes alone.
 */
final class Window {
  private static final int UNIT_BYTES = 1 << 10;

  private final int units;
  private final Semaphore free;

  Window(long bytes) {
    this.units = (int) Math.min(Integer.MAX_VALUE, bytes / UNIT_BYTES);
    this.free = new Semaphore(units, /* fair= */ true);
  }

  /**
   * Blocks for room; returns what {@link #release} has to be given.
   *
   * @throws HoldfastException DEADLINE_EXCEEDED where there is none in time
   */
  int acquire(long bytes, long nanos) {
    int wanted = (int) Math.min(units, 1 + bytes / UNIT_BYTES);
    try {
      if (free.tryAcquire(wanted, nanos, TimeUnit.NANOSECONDS)) {
        return wanted;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HoldfastException(
          ErrorCode.CLOSED, "the thread was interrupted while it waited for room; not sent", e);
    }
    throw new HoldfastException(
        ErrorCode.DEADLINE_EXCEEDED,
        "no room in the window of bytes in flight within the call timeout; not sent");
  }

  void release(int acquired) {
    free.release(acquired);
  }

  /** Whether nothing is in flight. */
  boolean isIdle() {
    return free.availablePermits() == units;
  }
}
