package io.holdfast.client.cache;

import io.holdfast.model.KeyRange;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Rows on their way to the cache. A push made meanwhile may be in the answer or not; which, nobody
 * can tell, so the rows that it touches are not kept.
 */
public final class Fetch {
  private final long[] keys;
  private final int ownClock;
  private final long[] sorted;
  // By place in the sorted keys.
  private final BitSet spoilt = new BitSet();

  Fetch(long[] keys, int ownClock) {
    this.keys = keys;
    this.ownClock = ownClock;
    this.sorted = isAscending(keys) ? keys : sorted(keys);
  }

  /** In the caller's order. */
  public long[] keys() {
    return keys;
  }

  /** The worker's clock for which it is made. */
  public int ownClock() {
    return ownClock;
  }

  /** Whether it brings this key. */
  public boolean brings(long key) {
    return Arrays.binarySearch(sorted, key) >= 0;
  }

  void spoil(long[] pushed) {
    for (long key : pushed) {
      int at = Arrays.binarySearch(sorted, key);
      if (at >= 0) {
        spoilt.set(at);
      }
    }
  }

  void spoil(KeyRange pushed) {
    for (int i = 0; i < sorted.length; i++) {
      if (pushed.contains(sorted[i])) {
        spoilt.set(i);
      }
    }
  }

  void spoil() {
    spoilt.set(0, sorted.length);
  }

  boolean isSpoilt(int index) {
    return !spoilt.isEmpty() && spoilt.get(Arrays.binarySearch(sorted, keys[index]));
  }

  private static long[] sorted(long[] keys) {
    long[] sorted = keys.clone();
    Arrays.sort(sorted);
    return sorted;
  }

  private static boolean isAscending(long[] keys) {
    for (int i = 1; i < keys.length; i++) {
      if (keys[i] <= keys[i - 1]) {
        return false;
      }
    }
    return true;
  }
}
