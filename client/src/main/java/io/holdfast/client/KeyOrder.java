package io.holdfast.client;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyHash;
import io.holdfast.model.KeyRange;
import io.holdfast.model.Placement;
import io.holdfast.wire.KeyCodec;
import io.holdfast.wire.OutboundKeys;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a call in their placed order, strictly ascending, with the caller's row of each.
 *
 * <p>Keys that ascend already are taken as they are. Others are sorted together with their rows, by
 * a radix sort of bytes from the lowest up: it is stable, sorts unsigned as it is, and skips bytes
 * in which all keys agree.
 */
final class KeyOrder {
  private static final int BUCKETS = 256;
  private static final long[] NO_KEYS = {};

  private final int count;
  // CONTIGUOUS: first key; else keys holds them.
  private final long first;
  private final long @Nullable [] keys;
  // Placed index to the caller's row; null where they are the same.
  private final int @Nullable [] rows;

  private KeyOrder(int count, long first, long @Nullable [] keys, int @Nullable [] rows) {
    this.count = count;
    this.first = first;
    this.keys = keys;
    this.rows = rows;
  }

  /** Neighbouring keys. */
  static KeyOrder of(KeyRange range, int count) {
    return new KeyOrder(count, range.start(), null, null);
  }

  /**
   * Any distinct keys. Refers to the array where its order will do.
   *
   * @throws HoldfastException KEYS_NOT_ASCENDING where a key is there twice
   */
  static KeyOrder of(long[] keys, Placement placement) {
    long[] placed = placement == Placement.HASHED ? place(keys) : keys;
    if (KeyCodec.firstNotAscending(placed, 0, placed.length) == placed.length) {
      return new KeyOrder(placed.length, 0, placed, null);
    }
    long[] sorted = placed.clone();
    int[] rows = new int[sorted.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i;
    }
    KeyOrder order = sort(sorted, rows);
    int twice = KeyCodec.firstNotAscending(sorted(order), 0, order.count);
    if (twice < order.count) {
      long key = sorted(order)[twice];
      throw new HoldfastException(
          ErrorCode.KEYS_NOT_ASCENDING,
          "key "
              + Long.toUnsignedString(placement == Placement.HASHED ? KeyHash.unplace(key) : key)
              + " is there twice; combine the rows of equal keys first");
    }
    return order;
  }

  /** Placed keys that ascend already. */
  static KeyOrder ofPlaced(long[] keys) {
    return new KeyOrder(keys.length, 0, keys, null);
  }

  int count() {
    return count;
  }

  long key(int index) {
    return keys == null ? first + index : keys[index];
  }

  int @Nullable [] rows() {
    return rows;
  }

  /** Index of the first key at {@code from} or after it that is not before the end of a range. */
  int endOf(KeyRange range, int from) {
    if (range.isBeforeEnd(key(count - 1))) {
      return count;
    }
    int low = from;
    int high = count - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (range.isBeforeEnd(key(middle))) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Index of the first key in {@code [from, to)} that is not below this one; else {@code to}. */
  int indexOf(long key, int from, int to) {
    int low = from;
    int high = to;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(key(middle), key) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /**
   * The keys {@code [from, to)} for a request.
   *
   * @param digests whether lists get digests
   */
  OutboundKeys encode(int from, int to, boolean digests) {
    if (keys == null) {
      return OutboundKeys.contiguous(first + from, to - from);
    }
    return digests ? OutboundKeys.digested(keys, from, to) : OutboundKeys.of(keys, from, to);
  }

  private static long[] place(long[] keys) {
    long[] placed = new long[keys.length];
    for (int i = 0; i < keys.length; i++) {
      placed[i] = KeyHash.place(keys[i]);
    }
    return placed;
  }

  private static long[] sorted(KeyOrder order) {
    return order.keys == null ? NO_KEYS : order.keys;
  }

  private static KeyOrder sort(long[] keys, int[] rows) {
    long[] fromKeys = keys;
    int[] fromRows = rows;
    long[] toKeys = new long[keys.length];
    int[] toRows = new int[rows.length];
    int[] starts = new int[BUCKETS];
    long differing = differingBits(keys);
    for (int shift = 0; shift < Long.SIZE; shift += 8) {
      if ((differing >>> shift & 0xff) == 0) {
        continue;
      }
      count(fromKeys, shift, starts);
      for (int i = 0; i < fromKeys.length; i++) {
        int to = starts[(int) (fromKeys[i] >>> shift) & 0xff]++;
        toKeys[to] = fromKeys[i];
        toRows[to] = fromRows[i];
      }
      long[] usedKeys = fromKeys;
      int[] usedRows = fromRows;
      fromKeys = toKeys;
      fromRows = toRows;
      toKeys = usedKeys;
      toRows = usedRows;
    }
    return new KeyOrder(fromKeys.length, 0, fromKeys, fromRows);
  }

  private static long differingBits(long[] keys) {
    long differing = 0;
    for (long key : keys) {
      differing |= key ^ keys[0];
    }
    return differing;
  }

  // Where each bucket starts.
  private static void count(long[] keys, int shift, int[] starts) {
    java.util.Arrays.fill(starts, 0);
    for (long key : keys) {
      starts[(int) (key >>> shift) & 0xff]++;
    }
    int sum = 0;
    for (int i = 0; i < BUCKETS; i++) {
      int size = starts[i];
      starts[i] = sum;
      sum += size;
    }
  }
}
