package io.holdfast.replication.chain;

import java.util.Arrays;

/**
 * A number each for {@link #RANKS} ranks in a row: a piece of a {@link ClockColumn}. A block of one
 * range alone is changed where it is; a shared one never is.
 */
final class ClockBlock {
  static final int SHIFT = 5;
  static final int RANKS = 1 << SHIFT;
  static final int MASK = RANKS - 1;

  /** All zero. */
  static final ClockBlock ZERO = new ClockBlock(new long[RANKS], true);

  private final long[] values;
  private final boolean shared;
  private final long hash;

  private ClockBlock(long[] values, boolean shared) {
    this(values, shared, shared ? hash(values) : 0);
  }

  private ClockBlock(long[] values, boolean shared, long hash) {
    this.values = values;
    this.shared = shared;
    this.hash = hash;
  }

  long get(int at) {
    return values[at];
  }

  boolean isShared() {
    return shared;
  }

  /** Of what it holds; known of a shared block only. */
  long hash() {
    return hash;
  }

  /** Only where it is not shared. */
  void set(int at, long value) {
    values[at] = value;
  }

  /** The {@link #hash} of this shared block with one change. */
  long hashWith(int at, long value) {
    return hash - mix(at, values[at]) + mix(at, value);
  }

  /** A copy of this shared block with one change; its hash is {@link #hashWith}. */
  ClockBlock with(int at, long value, long newHash, boolean toBeShared) {
    long[] copy = values.clone();
    copy[at] = value;
    return new ClockBlock(copy, toBeShared, newHash);
  }

  /** This block, never to be changed again. */
  ClockBlock toShared() {
    return new ClockBlock(values, true);
  }

  boolean holdsSame(ClockBlock other) {
    return Arrays.equals(values, other.values);
  }

  /** Whether the other holds the same but for that place, and this value there. */
  boolean holdsSame(ClockBlock other, int at, long value) {
    return values[at] == value
        && Arrays.equals(values, 0, at, other.values, 0, at)
        && Arrays.equals(values, at + 1, RANKS, other.values, at + 1, RANKS);
  }

  private static long hash(long[] values) {
    long sum = 0;
    for (int i = 0; i < RANKS; i++) {
      sum += mix(i, values[i]);
    }
    return sum;
  }

  // A sum of these is a hash that one change costs two of.
  private static long mix(int at, long value) {
    long z = (value + (at + 1) * 0x9e3779b97f4a7c15L) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 29) * 0x94d049bb133111ebL;
    return z ^ z >>> 32;
  }
}
