package io.holdfast.filter;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.util.Arrays;

/**
 * Rows of floats by key: open addressing with linear probing, and the rows side by side in one
 * array, so that nothing is boxed. A width of 0 makes it a set of keys. Not thread-safe.
 */
final class KeyedRows {
  private static final int FEWEST_PLACES = 16;

  private final int width;
  // Slot of the key that stands in a place, plus one; 0 where none does.
  private int[] places = new int[FEWEST_PLACES];
  private long[] keys = new long[FEWEST_PLACES / 2];
  private float[] rows;
  // Slots that are not in use, up to freeCount; all from used on are free too.
  private int[] free = new int[0];
  private int freeCount;
  private int used;

  KeyedRows(int width) {
    this.width = width;
    this.rows = new float[keys.length * width];
  }

  int size() {
    return used - freeCount;
  }

  boolean contains(long key) {
    return places[place(key)] != 0;
  }

  /** Keeps a copy of the row; it replaces the key's former one. */
  void put(long key, float[] from, int at) {
    int slot = slot(key); // may make room in another array
    System.arraycopy(from, at, rows, slot * width, width);
  }

  /** Keeps the key, in a set. */
  void put(long key) {
    var unused = slot(key);
  }

  /** Copies the key's row. Where there is none, nothing is written. */
  boolean copy(long key, float[] to, int at) {
    int slot = places[place(key)] - 1;
    if (slot >= 0) {
      System.arraycopy(rows, slot * width, to, at, width);
    }
    return slot >= 0;
  }

  /** Adds the key's row to another, and forgets it. */
  void takeInto(long key, float[] to, int at) {
    int place = place(key);
    int slot = places[place] - 1;
    if (slot < 0) {
      return;
    }
    for (int i = 0; i < width; i++) {
      to[at + i] += rows[slot * width + i];
    }
    remove(place, slot);
  }

  void remove(long key) {
    int place = place(key);
    int slot = places[place] - 1;
    if (slot >= 0) {
      remove(place, slot);
    }
  }

  /** All keys, ascending as unsigned numbers. */
  long[] sortedKeys() {
    long[] sorted = new long[size()];
    int count = 0;
    for (int place : places) {
      if (place != 0) {
        sorted[count++] = keys[place - 1] ^ Long.MIN_VALUE;
      }
    }
    Arrays.sort(sorted);
    for (int i = 0; i < count; i++) {
      sorted[i] ^= Long.MIN_VALUE;
    }
    return sorted;
  }

  private int slot(long key) {
    int place = place(key);
    if (places[place] != 0) {
      return places[place] - 1;
    }
    if (2 * (size() + 1) > places.length) {
      grow();
      place = place(key);
    }
    int slot = freeCount > 0 ? free[--freeCount] : used++;
    places[place] = slot + 1;
    keys[slot] = key;
    return slot;
  }

  // Keys behind it in the same run move up, so that no search ends before it should.
  private void remove(int place, int slot) {
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, Math.max(FEWEST_PLACES, 2 * freeCount));
    }
    free[freeCount++] = slot;
    int mask = places.length - 1;
    int gap = place;
    for (int next = (gap + 1) & mask; places[next] != 0; next = (next + 1) & mask) {
      int home = home(keys[places[next] - 1], mask);
      if (((next - home) & mask) >= ((next - gap) & mask)) {
        places[gap] = places[next];
        gap = next;
      }
    }
    places[gap] = 0;
  }

  private void grow() {
    if (2L * keys.length * Math.max(1, width) > Integer.MAX_VALUE - 8) {
      throw new HoldfastException(
          ErrorCode.LIMIT_EXCEEDED,
          size()
              + " rows are held back, more than one table can hold; release them by Worker.flush(),"
              + " or hold back less");
    }
    int[] before = places;
    places = new int[2 * before.length];
    keys = Arrays.copyOf(keys, 2 * keys.length);
    rows = Arrays.copyOf(rows, keys.length * width);
    for (int place : before) {
      if (place != 0) {
        places[place(keys[place - 1])] = place;
      }
    }
  }

  private int place(long key) {
    int mask = places.length - 1;
    int place = home(key, mask);
    while (places[place] != 0 && keys[places[place] - 1] != key) {
      place = (place + 1) & mask;
    }
    return place;
  }

  private static int home(long key, int mask) {
    long mixed = key * 0x9E3779B97F4A7C15L;
    return (int) (mixed ^ mixed >>> 32) & mask;
  }
}
