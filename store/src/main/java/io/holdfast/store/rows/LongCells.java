package io.holdfast.store.rows;

import io.holdfast.model.Initial;
import io.holdfast.plugin.RangeFunction;
import io.holdfast.plugin.UpdateContext;
import io.holdfast.store.rule.BatchRule;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.Arrays;

/** Cells of int64 tables. */
final class LongCells extends CellMemory {
  private final long initial;

  LongCells(CellFormat format, int slabBytes, Initial initial) {
    super(format, slabBytes);
    // A table definition admits nothing but a whole constant here.
    this.initial = initial instanceof Initial.Constant constant ? (long) constant.value() : 0;
  }

  @Override
  Object[] newTable(int slabCount) {
    return new long[slabCount][];
  }

  @Override
  Object newArray(int length) {
    return new long[length];
  }

  private long[][] longs() {
    return (long[][]) slabs();
  }

  @Override
  void decode(ByteBuffer stored, Object target, int at) {
    stored
        .order(ByteOrder.LITTLE_ENDIAN)
        .asLongBuffer()
        .get((long[]) target, at, format.cellLength());
  }

  @Override
  void encode(Object source, int at, ByteBuffer target) {
    LongBuffer view = target.order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
    view.put((long[]) source, at, format.cellLength());
    target.position(target.position() + format.cellBytes());
  }

  @Override
  void initialise(Object target, int at, long cell) {
    long[] slab = (long[]) target;
    int stride = format.stride();
    Arrays.fill(slab, at, at + format.cellLength(), 0);
    if (initial == 0) {
      return;
    }
    for (int i = 0; i < format.rowsPerCell(); i++) {
      Arrays.fill(slab, at + i * stride, at + i * stride + format.width(), initial);
    }
  }

  @Override
  void putInitial(long key, ByteBuffer target, int position) {
    for (int column = 0; column < format.width(); column++) {
      target.putLong(position + column * Long.BYTES, initial);
    }
  }

  @Override
  void apply(
      BatchRule rule,
      int[] slab,
      int[] at,
      int count,
      ByteBuffer values,
      int valuesAt,
      UpdateContext context) {
    rule.apply(longs(), slab, at, count, values, valuesAt, context);
  }

  @Override
  void applyRun(
      BatchRule rule,
      int cell,
      int firstRow,
      int rows,
      ByteBuffer values,
      int valuesAt,
      UpdateContext context) {
    int at = startOf(cell) + firstRow * format.stride();
    rule.applyRun((long[]) slabOf(cell), at, rows, values, valuesAt, context);
  }

  @Override
  void gather(int[] slab, int[] at, int count, ByteBuffer target, int position) {
    long[][] slabs = longs();
    int width = format.width();
    if (width == 1) {
      for (int i = 0; i < count; i++) {
        if (slab[i] >= 0) {
          target.putLong(position + i * Long.BYTES, slabs[slab[i]][at[i]]);
        }
      }
      return;
    }
    LongBuffer view = view(target, position);
    for (int i = 0; i < count; i++) {
      if (slab[i] >= 0) {
        view.put(i * width, slabs[slab[i]], at[i], width);
      }
    }
  }

  @Override
  void gatherRun(int cell, int firstRow, int rows, ByteBuffer target, int position) {
    long[] slab = (long[]) slabOf(cell);
    int width = format.width();
    int stride = format.stride();
    int at = startOf(cell) + firstRow * stride;
    LongBuffer view = view(target, position);
    if (stride == width) {
      view.put(0, slab, at, rows * width);
      return;
    }
    for (int i = 0; i < rows; i++) {
      view.put(i * width, slab, at + i * stride, width);
    }
  }

  private static LongBuffer view(ByteBuffer target, int position) {
    return target
        .slice(position, target.limit() - position)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asLongBuffer();
  }

  @Override
  void feed(RangeFunction function, long key, Object source, int at) {
    function.accept(key, (long[]) source, at, format.width());
  }
}
