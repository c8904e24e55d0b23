package io.holdfast.coordination;

/** Whether this node's session surely lives (rule P17), by the monotonic clock. Any thread. */
final class Lease {
  private static final long NONE = Long.MIN_VALUE;

  private int term;
  private volatile long until = NONE;

  /** To be asked before the call that is to extend it. */
  synchronized int term() {
    return term;
  }

  /**
   * A call succeeded that was sent at some time.
   *
   * @param asked term as of before the call; if it has ended since, nothing happens
   */
  synchronized void extend(int asked, long sentNanos, long validNanos) {
    if (asked == term) {
      long next = sentNanos + validNanos;
      until = next == NONE ? next + 1 : next;
    }
  }

  synchronized void revoke() {
    term++;
    until = NONE;
  }

  boolean isValid(long nowNanos) {
    long end = until;
    return end != NONE && nowNanos - end < 0;
  }
}
