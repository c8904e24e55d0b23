package io.holdfast.store.rows;

import io.holdfast.model.Initial;
import io.holdfast.plugin.RangeFunction;
import io.holdfast.plugin.UpdateContext;
import io.holdfast.store.rule.BatchRule;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Cells in flat arrays (slabs) of one primitive type, numbered from 0 without gaps; beside them the
 * key or page number of each. The first slab begins small and doubles, so that a tiny range costs
 * little; later slabs are full at once; only the last one can be given back. One thread.
 */
abstract sealed class CellMemory permits FloatCells, LongCells {
  private static final int FIRST_SLAB_BYTES = 512;

  final CellFormat format;
  private final int cellLength;
  private final int cellShift;
  private final int cellMask;
  private Object[] slabs;
  private long[][] keys = new long[1][0];
  private int slabCount;
  private int capacity;

  CellMemory(CellFormat format, int slabBytes) {
    this.format = format;
    this.cellLength = format.cellLength();
    this.cellShift = log2(Math.max(1, slabBytes / format.cellBytes()));
    this.cellMask = (1 << cellShift) - 1;
    this.slabs = newTable(1);
  }

  static CellMemory of(CellFormat format, int slabBytes, Initial initial) {
    return switch (format.element()) {
      case FLOAT32 -> new FloatCells(format, slabBytes, initial);
      case INT64 -> new LongCells(format, slabBytes, initial);
    };
  }

  private static int log2(int value) {
    return 31 - Integer.numberOfLeadingZeros(value);
  }

  abstract Object[] newTable(int slabCount);

  abstract Object newArray(int length);

  /** Copies a stored cell, all of {@code stored}, into an array. */
  abstract void decode(ByteBuffer stored, Object target, int at);

  /** Appends a cell's bytes to {@code target}, little-endian. */
  abstract void encode(Object source, int at, ByteBuffer target);

  /** Makes the rows of a cell initial, their state zero. */
  abstract void initialise(Object target, int at, long cell);

  /** Writes the values of a row that does not exist. */
  abstract void putInitial(long key, ByteBuffer target, int position);

  abstract void apply(
      BatchRule rule,
      int[] slab,
      int[] at,
      int count,
      ByteBuffer values,
      int valuesAt,
      UpdateContext context);

  abstract void applyRun(
      BatchRule rule,
      int cell,
      int row,
      int rows,
      ByteBuffer values,
      int valuesAt,
      UpdateContext context);

  /** Writes row {@code i} to {@code position + i * rowBytes}, unless {@code slab[i] < 0}. */
  abstract void gather(int[] slab, int[] at, int count, ByteBuffer target, int position);

  /** Writes rows that stand side by side. */
  abstract void gatherRun(int cell, int row, int rows, ByteBuffer target, int position);

  abstract void feed(RangeFunction function, long key, Object source, int at);

  final Object[] slabs() {
    return slabs;
  }

  /** Cells that can be held without growing. */
  final int capacity() {
    return capacity;
  }

  final Object slabOf(int cell) {
    return slabs[cell >>> cellShift];
  }

  final int startOf(int cell) {
    return (cell & cellMask) * cellLength;
  }

  final long key(int cell) {
    return keys[cell >>> cellShift][cell & cellMask];
  }

  final void setKey(int cell, long key) {
    keys[cell >>> cellShift][cell & cellMask] = key;
  }

  /** Finds the places of cells; a negative cell gets a negative slab. */
  final void locate(int[] cells, int count, int[] slab, int[] at) {
    int shift = cellShift;
    int mask = cellMask;
    int length = cellLength;
    for (int i = 0; i < count; i++) {
      int cell = cells[i];
      slab[i] = cell >> shift;
      at[i] = (cell & mask) * length;
    }
  }

  final void copyCell(int from, int to) {
    System.arraycopy(slabOf(from), startOf(from), slabOf(to), startOf(to), cellLength);
  }

  final long bytes() {
    long perCell = format.cellBytes() + (long) Long.BYTES;
    return capacity * perCell + 32L * slabCount;
  }

  /** Bytes that {@link #grow} will add. */
  final long growthBytes() {
    return (long) (grownCapacity() - capacity) * (format.cellBytes() + Long.BYTES);
  }

  private int grownCapacity() {
    int perSlab = cellMask + 1;
    if (capacity >= perSlab) {
      return Math.addExact(capacity, perSlab);
    }
    int first = Math.max(1, Integer.highestOneBit(FIRST_SLAB_BYTES / format.cellBytes()));
    return Math.min(perSlab, Math.max(first, capacity * 2));
  }

  /** Adds a slab, or doubles the first. */
  final void grow() {
    int grown = grownCapacity();
    if (capacity > cellMask) {
      addSlab();
    } else {
      Object larger = newArray(grown * cellLength);
      if (capacity > 0) {
        System.arraycopy(slabs[0], 0, larger, 0, capacity * cellLength);
      }
      slabs[0] = larger;
      keys[0] = Arrays.copyOf(keys[0], grown);
      slabCount = 1;
    }
    capacity = grown;
  }

  private void addSlab() {
    if (slabCount == slabs.length) {
      int length = slabCount + Math.max(4, slabCount / 2);
      Object[] longer = newTable(length);
      System.arraycopy(slabs, 0, longer, 0, slabCount);
      slabs = longer;
      keys = Arrays.copyOf(keys, length);
    }
    slabs[slabCount] = newArray((cellMask + 1) * cellLength);
    keys[slabCount] = new long[cellMask + 1];
    slabCount++;
  }

  /** First cell of the last slab, or 0 where only the first slab is left. */
  final int lastSlabStart() {
    return slabCount <= 1 ? 0 : (slabCount - 1) << cellShift;
  }

  /** Gives back the last slab, whose cells must be free. Not the first. */
  @SuppressWarnings("NullAway") // what is past slabCount is never read
  final void releaseLastSlab() {
    slabCount--;
    slabs[slabCount] = null;
    keys[slabCount] = null;
    capacity = slabCount << cellShift;
  }
}
