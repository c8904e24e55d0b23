package io.holdfast.store.rows;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes that all ranges of a store may take together. Any thread.
 *
 * <p>Cells and indexes stop growing at seven eighths; the rest is for the copies that running
 * checkpoints hold. Below that, a range takes what it needs. Above it, a range makes room by
 * evicting its own clean cells; a range below its fair share (the limit divided by the number of
 * open ranges) may still grow, for an eighth above the limit, and ranges above their share give
 * memory back at their next call, until the sum is below the limit again. So no thread ever touches
 * another thread's range.
 */
final class CacheBudget {
  private final long total;
  private final long limit;
  private final AtomicLong used = new AtomicLong();
  private final AtomicLong dirty = new AtomicLong();
  private final AtomicInteger ranges = new AtomicInteger();

  CacheBudget(long total) {
    this.total = total;
    this.limit = total - total / 8;
  }

  long total() {
    return total;
  }

  long used() {
    return used.get();
  }

  void add(long bytes) {
    used.addAndGet(bytes);
  }

  void addDirty(long bytes) {
    dirty.addAndGet(bytes);
  }

  void rangeOpened() {
    ranges.incrementAndGet();
  }

  void rangeClosed() {
    ranges.decrementAndGet();
  }

  long share() {
    return limit / Math.max(1, ranges.get());
  }

  boolean mayGrow(long own, long more) {
    long after = used.get() + more;
    return after <= limit || (own + more <= share() && after <= total);
  }

  boolean mustGiveBack(long own) {
    return used.get() > limit && own > share();
  }

  /** An eighth of the budget is dirty, and this range holds no less than the mean of it. */
  boolean wantsCheckpoint(long ownDirty) {
    return isAbove(ownDirty, total / 8);
  }

  /**
   * A quarter of the budget is dirty, and this range holds no less than the mean of it; or three
   * eighths are, whoever holds them.
   */
  boolean isDirtyFull(long ownDirty) {
    return isAbove(ownDirty, total / 4) || dirty.get() > total / 8 * 3;
  }

  private boolean isAbove(long ownDirty, long threshold) {
    long all = dirty.get();
    return all > threshold && ownDirty > 0 && ownDirty >= all / Math.max(1, ranges.get());
  }
}
