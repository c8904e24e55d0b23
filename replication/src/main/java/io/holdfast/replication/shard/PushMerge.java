package io.holdfast.replication.shard;

import io.holdfast.model.ElementType;
import io.holdfast.model.TableSpec;
import io.holdfast.store.rows.KeyBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sum of several pushes: the union of their keys, and for each key the sum of its rows. Float32
 * is added as float32, int64 wraps around, as rule {@code add} does.
 *
 * <p>Pushes of equal keys, as workers of a dense model send them, are added value by value. The
 * rest is a merge of k sorted lists by a heap. Belongs to the shard's thread; what it gives is
 * valid until the next call.
 */
final class PushMerge {
  /**
   * One push.
   *
   * @param keys strictly ascending
   * @param values {@code [keys][width]} from position 0; gets sums added to it
   */
  record Part(KeyBatch keys, ByteBuffer values) {}

  private final KeyBatch keys = new KeyBatch();
  private ByteBuffer values = ByteBuffer.allocate(0);
  private int width;
  private boolean floats;

  // The heap: numbers of parts, the one with the lowest next key first, of equal ones the earlier.
  private int[] heap = new int[0];
  private int[] next = new int[0];
  private long[] nextKey = new long[0];
  private int heapSize;

  /** Adds pushes of one table up, in the order in which they are given where keys are equal. */
  Part merge(List<Part> parts, TableSpec spec) {
    width = spec.width();
    floats = spec.element() == ElementType.FLOAT32;
    var distinct = addEqual(parts);
    return distinct.size() == 1 ? distinct.get(0) : mergeDistinct(distinct);
  }

  private List<Part> addEqual(List<Part> parts) {
    var distinct = new ArrayList<Part>();
    for (var part : parts) {
      var equal = equalTo(part, distinct);
      if (equal != null) {
        addRows(equal.values(), 0, part.values(), 0, part.keys().count() * width);
      } else if (part.keys().count() > 0) {
        distinct.add(part);
      }
    }
    if (distinct.isEmpty()) {
      distinct.add(parts.get(0)); // All are empty.
    }
    return distinct;
  }

  private static @Nullable Part equalTo(Part part, List<Part> distinct) {
    for (var other : distinct) {
      if (areEqual(part.keys(), other.keys())) {
        return other;
      }
    }
    return null;
  }

  private static boolean areEqual(KeyBatch a, KeyBatch b) {
    int count = a.count();
    return count > 0
        && count == b.count()
        && a.isContiguous() == b.isContiguous()
        && a.key(0) == b.key(0)
        && a.key(count - 1) == b.key(count - 1)
        && (a.isContiguous() || Arrays.equals(a.listed(), 0, count, b.listed(), 0, count));
  }

  private Part mergeDistinct(List<Part> parts) {
    begin(parts);
    long total = 0;
    for (var part : parts) {
      total += part.keys().count();
    }
    int most = Math.toIntExact(total);
    long[] out = keys.setListed(most);
    int rowBytes = rowBytes();
    if (values.capacity() < most * rowBytes) {
      values = ByteBuffer.allocate(most * rowBytes).order(ByteOrder.LITTLE_ENDIAN);
    }
    int count = 0;
    while (heapSize > 0) {
      int part = heap[0];
      long key = nextKey[part] ^ Long.MIN_VALUE;
      var from = parts.get(part).values();
      int at = next[part] * rowBytes;
      if (count > 0 && out[count - 1] == key) {
        addRows(values, (count - 1) * rowBytes, from, at, width);
      } else {
        copyRow(count * rowBytes, from, at);
        out[count++] = key;
      }
      advance(parts.get(part).keys(), part);
    }
    finish(out, count);
    return new Part(keys, values);
  }

  /** Keys without a gap need not be listed. */
  private void finish(long[] out, int count) {
    if (out[count - 1] - out[0] == count - 1) {
      keys.setContiguous(out[0], count);
    } else {
      keys.setListed(count);
    }
  }

  private int rowBytes() {
    return width * (floats ? Float.BYTES : Long.BYTES);
  }

  private void copyRow(int to, ByteBuffer from, int at) {
    if (width == 1) {
      if (floats) {
        values.putInt(to, from.getInt(at));
      } else {
        values.putLong(to, from.getLong(at));
      }
    } else {
      values.put(to, from, at, rowBytes());
    }
  }

  /** {@code target += source}; by views, whose loops become vector code. */
  private void addRows(ByteBuffer target, int to, ByteBuffer source, int from, int count) {
    if (width == 1 && count == 1) {
      if (floats) {
        target.putFloat(to, target.getFloat(to) + source.getFloat(from));
      } else {
        target.putLong(to, target.getLong(to) + source.getLong(from));
      }
    } else if (floats) {
      var sums = view(target, to, count * Float.BYTES).asFloatBuffer();
      var added = view(source, from, count * Float.BYTES).asFloatBuffer();
      for (int i = 0; i < count; i++) {
        sums.put(i, sums.get(i) + added.get(i));
      }
    } else {
      var sums = view(target, to, count * Long.BYTES).asLongBuffer();
      var added = view(source, from, count * Long.BYTES).asLongBuffer();
      for (int i = 0; i < count; i++) {
        sums.put(i, sums.get(i) + added.get(i));
      }
    }
  }

  private static ByteBuffer view(ByteBuffer bytes, int at, int length) {
    return bytes.slice(at, length).order(ByteOrder.LITTLE_ENDIAN);
  }

  // ---- the heap

  private void begin(List<Part> parts) {
    int count = parts.size();
    if (heap.length < count) {
      heap = new int[count];
      next = new int[count];
      nextKey = new long[count];
    }
    heapSize = 0;
    for (int part = 0; part < count; part++) {
      next[part] = 0;
      nextKey[part] = parts.get(part).keys().key(0) ^ Long.MIN_VALUE;
      heap[heapSize++] = part;
    }
    for (int at = heapSize / 2 - 1; at >= 0; at--) {
      sink(at);
    }
  }

  private void advance(KeyBatch of, int part) {
    int row = ++next[part];
    if (row < of.count()) {
      nextKey[part] = of.key(row) ^ Long.MIN_VALUE; // so that they compare as unsigned numbers
    } else {
      heap[0] = heap[--heapSize];
    }
    if (heapSize > 1) {
      sink(0);
    }
  }

  private void sink(int from) {
    int at = from;
    int part = heap[at];
    for (int child; (child = 2 * at + 1) < heapSize; at = child) {
      if (child + 1 < heapSize && isBefore(heap[child + 1], heap[child])) {
        child++;
      }
      if (!isBefore(heap[child], part)) {
        break;
      }
      heap[at] = heap[child];
    }
    heap[at] = part;
  }

  private boolean isBefore(int a, int b) {
    return nextKey[a] < nextKey[b] || (nextKey[a] == nextKey[b] && a < b);
  }
}
