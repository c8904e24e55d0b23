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
 * It is tried again when the range's clocks are {@link #join}ed.
 */
final class SharedBlocks {
  private static final int SLOTS = 1 << 12;
  private static final int WINDOW = 1 << 10;

  // Copying a block costs a little more than changing it, so sharing need not find many to pay.
  private static final int PAYS_FROM = WINDOW / 4;

  private final @Nullable ClockBlock[] seen = new @Nullable ClockBlock[SLOTS];
  private int tried;
  private int found;
  private boolean pays = true;

  /** What a shared block becomes by one change. */
  ClockBlock with(ClockBlock block, int at, long value) {
    long hash = block.hashWith(at, value);
    int slot = slot(hash);
    var known = seen[slot];
    if (known != null && known.hash() == hash && known.holdsSame(block, at, value)) {
      count(1);
      return known;
    }
    count(0);
    var changed = block.with(at, value, hash, pays);
    if (pays) {
      seen[slot] = changed;
    }
    return changed;
  }

  /** The block to have in place of this one, which holds the same. */
  ClockBlock join(ClockBlock block) {
    if (block.isShared()) {
      return block;
    }
    var shared = block.toShared();
    int slot = slot(shared.hash());
    var known = seen[slot];
    if (known != null && known.hash() == shared.hash() && known.holdsSame(shared)) {
      count(1);
      return known;
    }
    count(0);
    seen[slot] = shared;
    return shared;
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
