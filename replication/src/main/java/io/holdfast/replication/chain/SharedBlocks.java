package io.holdfast.replication.chain;

import org.jspecify.annotations.Nullable;

/**
 * Finds the block that another range has already. It remembers blocks that were seen last, so what
 * ranges do alike, one soon after the other, ends in the same blocks, whatever the order of the
 * changes within a block was; blocks that nobody finds here any more stay what they are and are
 * merely not shared further.
 *
 * <p><b>Where it does not pay</b>, as ranges that are pushed to in ways of their own have few
 * blocks in common, a range that changes a shared block gets a copy of its own and goes on in that.
 * It is tried again when the range's clocks are {@link #join}ed. And where there are few blocks in
 * all, none are shared: a change in place is the fastest.
 */
final class SharedBlocks {
  private static final int SLOTS = 1 << 12;
  private static final int WINDOW = 1 << 10;

  // Copying a block costs a little more than changing it, so sharing need not find many to pay.
  private static final int PAYS_FROM = WINDOW / 4;

  private final long @Nullable [][] seen = new long @Nullable [SLOTS][];
  private final long sharedFrom;
  private long made;
  private int tried;
  private int found;
  private boolean pays = true;

  /**
   * @param sharedFrom so many blocks
   */
  SharedBlocks(long sharedFrom) {
    this.sharedFrom = sharedFrom;
  }

  /** A range has so many blocks more. */
  void made(int blocks) {
    made += blocks;
  }

  /** What a shared block becomes by one change. */
  long[] with(long[] block, int at, long value) {
    if (made < sharedFrom) {
      return ClockBlock.with(block, at, value);
    }
    long hash = ClockBlock.hashWith(block, at, value);
    int slot = slot(hash);
    long[] known = seen[slot];
    if (known != null
        && ClockBlock.hash(known) == hash
        && ClockBlock.equal(known, block, at, value)) {
      count(1);
      return known;
    }
    count(0);
    long[] changed = ClockBlock.with(block, at, value);
    if (pays) {
      seen[slot] = ClockBlock.share(changed, hash);
    }
    return changed;
  }

  /** The block to have in place of this one, which holds the same. */
  long[] join(long[] block) {
    if (ClockBlock.isShared(block) || made < sharedFrom) {
      return block;
    }
    ClockBlock.share(block);
    int slot = slot(ClockBlock.hash(block));
    long[] known = seen[slot];
    if (known != null && ClockBlock.equal(known, block)) {
      count(1);
      return known;
    }
    count(0);
    seen[slot] = block;
    return block;
  }

  private void count(int hits) {
    found += hits;
    if (++tried == WINDOW) {
      pays = found >= PAYS_FROM;
      tried = 0;
      found = 0;
    }
  }

  private static int slot(long hash) {
    return (int) (hash >>> 17) & SLOTS - 1;
  }
}
