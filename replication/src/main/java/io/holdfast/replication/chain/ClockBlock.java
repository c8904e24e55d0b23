package io.holdfast.replication.chain;

import java.util.Arrays;

/**
 * A number each for {@link #RANKS} ranks in a row, a piece of a {@link ClockColumn}: an array
 * alone, which is the fastest to reach, with what is to be known of it behind the numbers. A block
 * of one range alone is changed where it is; a shared one never is.
 */
final class ClockBlock {
  static final int SHIFT = 5;
  static final int RANKS = 1 << SHIFT;
  static final int MASK = RANKS - 1;

  // Of a shared block: of its numbers.
  private static final int HASH = RANKS;
  private static final int SHARED = RANKS + 1;
  private static final int LENGTH = RANKS + 2;

  /** All zero, shared. */
  static final long[] ZERO = share(new long[LENGTH]);

  private ClockBlock() {}

  static boolean isShared(long[] block) {
    return block[SHARED] != 0;
  }

  /** A block with one change, for the range alone. */
  static long[] with(long[] block, int at, long value) {
    long[] copy = block.clone();
    copy[at] = value;
    copy[SHARED] = 0;
    return copy;
  }

  /** Makes a block of a range alone one that is never to be changed again; returns it. */
  static long[] share(long[] block) {
    long sum = 0;
    for (int i = 0; i < RANKS; i++) {
      sum += mix(i, block[i]);
    }
    return share(block, sum);
  }

  /** As {@link #share(long[])}, where the hash is known. */
  static long[] share(long[] block, long hash) {
    block[HASH] = hash;
    block[SHARED] = 1;
    return block;
  }

  /** Of a shared block. */
  static long hash(long[] block) {
    return block[HASH];
  }

  /** The hash that a shared block has after one change. */
  static long hashWith(long[] block, int at, long value) {
    return block[HASH] - mix(at, block[at]) + mix(at, value);
  }

  /** Whether two shared blocks hold the same. */
  static boolean equal(long[] block, long[] other) {
    return Arrays.equals(block, other);
  }

  /** Whether a shared block holds what the other would after one change. */
  static boolean equal(long[] block, long[] other, int at, long value) {
    return block[at] == value
        && Arrays.equals(block, 0, at, other, 0, at)
        && Arrays.equals(block, at + 1, RANKS, other, at + 1, RANKS);
  }

  // A sum of these is a hash that one change costs two of.
  private static long mix(int at, long value) {
    long z = (value + (at + 1) * 0x9e3779b97f4a7c15L) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 29) * 0x94d049bb133111ebL;
    return z ^ z >>> 32;
  }
}
