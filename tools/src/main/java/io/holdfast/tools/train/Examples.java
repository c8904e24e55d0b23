package io.holdfast.tools.train;

import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * Labelled sparse examples in compressed rows: five primitive arrays, no object per example.
 * Features are numbered by <em>columns</em>, 0 to {@code columns() - 1}, in ascending order of
 * their ids, so that ascending columns are ascending keys. Immutable.
 */
final class Examples {
  private final long[] featureOfColumn;
  private final int[] rowStart;
  private final int[] column;
  private final float[] value;
  private final boolean[] positive;

  private Examples(
      long[] featureOfColumn, int[] rowStart, int[] column, float[] value, boolean[] positive) {
    this.featureOfColumn = featureOfColumn;
    this.rowStart = rowStart;
    this.column = column;
    this.value = value;
    this.positive = positive;
  }

  /** Number of examples. */
  int count() {
    return positive.length;
  }

  /** Number of distinct features. */
  int columns() {
    return featureOfColumn.length;
  }

  /** How many there are, and a checksum of all of them: the same for the same examples alone. */
  String description() {
    var sum = new CRC32C();
    var bytes = ByteBuffer.allocate(1 << 13);
    for (int row = 0; row < count(); row++) {
      put(bytes, sum, positive[row] ? 1 : 0, end(row) - start(row));
      for (int entry = start(row); entry < end(row); entry++) {
        put(bytes, sum, featureOfColumn[column[entry]], Float.floatToRawIntBits(value[entry]));
      }
    }
    sum.update(bytes.flip());
    return String.format(Locale.ROOT, "(%d examples, checksum %08x)", count(), sum.getValue());
  }

  private static void put(ByteBuffer bytes, CRC32C sum, long first, int second) {
    if (bytes.remaining() < Long.BYTES + Integer.BYTES) {
      sum.update(bytes.flip());
      bytes.clear();
    }
    bytes.putLong(first).putInt(second);
  }

  /** Number of feature values in all examples. */
  int values() {
    return rowStart[count()];
  }

  /** Where the example's entries start; they end where those of the next one start. */
  int start(int row) {
    return rowStart[row];
  }

  int end(int row) {
    return rowStart[row + 1];
  }

  int column(int entry) {
    return column[entry];
  }

  float value(int entry) {
    return value[entry];
  }

  boolean isPositive(int row) {
    return positive[row];
  }

  long feature(int column) {
    return featureOfColumn[column];
  }

  /** Ids of all features, ascending; a copy. */
  long[] features() {
    return featureOfColumn.clone();
  }

  /** Column of a feature, or a negative number where no example has it. */
  int columnOf(long feature) {
    return Arrays.binarySearch(featureOfColumn, feature);
  }

  /**
   * Takes examples entry by entry and keeps every {@code step}-th, from {@code first} on: a
   * worker's stripe of the data; and all features, if asked to, of the others too. Not thread-safe.
   */
  static final class Builder {
    private final int first;
    private final int step;
    private final boolean allFeatures;
    private final Long2IntOpenHashMap columns = new Long2IntOpenHashMap();
    private int[] rowStart = new int[1 << 10];
    private int[] column = new int[1 << 14];
    private float[] value = new float[1 << 14];
    private boolean[] positive = new boolean[1 << 10];
    private int rows;
    private int entries;
    private long seen;

    Builder() {
      this(0, 1);
    }

    Builder(int first, int step) {
      this(first, step, false);
    }

    /**
     * @param allFeatures whether features that only other stripes have get columns, too
     */
    Builder(int first, int step, boolean allFeatures) {
      this.first = first;
      this.step = step;
      this.allFeatures = allFeatures;
    }

    /** How many examples were given, kept or not. */
    long seen() {
      return seen;
    }

    /** Adds an entry to the example that {@link #end} will close. */
    void add(long feature, float weight) {
      boolean own = seen % step == first;
      if (!own && !allFeatures) {
        return;
      }
      int next = columns.size();
      int known = columns.putIfAbsent(feature, next + 1);
      if (!own) {
        return;
      }
      if (entries == column.length) {
        int room = grown(entries);
        column = Arrays.copyOf(column, room);
        value = Arrays.copyOf(value, room);
      }
      column[entries] = known == 0 ? next : known - 1;
      value[entries++] = weight;
    }

    /** Closes the example. */
    void end(boolean isPositive) {
      if (seen++ % step != first) {
        return;
      }
      if (rows + 1 == rowStart.length) {
        int room = grown(rows + 1);
        rowStart = Arrays.copyOf(rowStart, room);
        positive = Arrays.copyOf(positive, room);
      }
      positive[rows++] = isPositive;
      rowStart[rows] = entries;
    }

    /** The examples; the builder must not be used any more. */
    Examples build() {
      long[] features = columns.keySet().toLongArray();
      Arrays.parallelSort(features);
      int[] renumbered = new int[features.length];
      for (int i = 0; i < features.length; i++) {
        renumbered[columns.get(features[i]) - 1] = i;
      }
      for (int i = 0; i < entries; i++) {
        column[i] = renumbered[column[i]];
      }
      return new Examples(
          features,
          Arrays.copyOf(rowStart, rows + 1),
          Arrays.copyOf(column, entries),
          Arrays.copyOf(value, entries),
          Arrays.copyOf(positive, rows));
    }

    private static int grown(int size) {
      int largest = Integer.MAX_VALUE - 8;
      if (size == largest) {
        throw new OutOfMemoryError(
            "more than 2^31 feature values in one process; use more workers");
      }
      return (int) Math.min(largest, size + (size >> 1) + 1L);
    }
  }
}
