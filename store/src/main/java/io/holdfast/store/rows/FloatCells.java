package io.holdfast.store.rows;

import io.holdfast.model.Initial;
import io.holdfast.plugin.RangeFunction;
import io.holdfast.plugin.UpdateContext;
import io.holdfast.store.rule.BatchRule;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** Cells of float32 tables. */
final class FloatCells extends CellMemory {
  private final Initial initial;
  private final float[] row;

  FloatCells(CellFormat format, int slabBytes, Initial initial) {
    super(format, slabBytes);
    this.initial = initial;
    this.row = new float[format.width()];
  }

  @Override
  Object[] newTable(int slabCount) {
    return new float[slabCount][];
  }

  @Override
  Object newArray(int length) {
    return new float[length];
  }

  private float[][] floats() {
    return (float[][]) slabs();
  }

  @Override
  void decode(ByteBuffer stored, Object target, int at) {
    stored
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get((float[]) target, at, format.cellLength());
  }

  @Override
  void encode(Object source, int at, ByteBuffer target) {
    FloatBuffer view = target.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    view.put((float[]) source, at, format.cellLength());
    target.position(target.position() + format.cellBytes());
  }

  @Override
  void initialise(Object target, int at, long cell) {
    float[] slab = (float[]) target;
    long firstKey = format.firstKeyOf(cell);
    int stride = format.stride();
    Arrays.fill(slab, at, at + format.cellLength(), 0);
    if (initial instanceof Initial.Constant constant && constant.value() == 0) {
      return;
    }
    for (int i = 0; i < format.rowsPerCell(); i++) {
      InitialRow.fill(initial, firstKey + i, slab, at + i * stride, format.width());
    }
  }

  @Override
  void putInitial(long key, ByteBuffer target, int position) {
    InitialRow.fill(initial, key, row, 0, row.length);
    for (int column = 0; column < row.length; column++) {
      target.putFloat(position + column * Float.BYTES, row[column]);
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
    rule.apply(floats(), slab, at, count, values, valuesAt, context);
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
    rule.applyRun((float[]) slabOf(cell), at, rows, values, valuesAt, context);
  }

  @Override
  void gather(int[] slab, int[] at, int count, ByteBuffer target, int position) {
    float[][] slabs = floats();
    int width = format.width();
    if (width == 1) {
      for (int i = 0; i < count; i++) {
        if (slab[i] >= 0) {
          target.putFloat(position + i * Float.BYTES, slabs[slab[i]][at[i]]);
        }
      }
      return;
    }
    FloatBuffer view = view(target, position);
    for (int i = 0; i < count; i++) {
      if (slab[i] >= 0) {
        view.put(i * width, slabs[slab[i]], at[i], width);
      }
    }
  }

  @Override
  void gatherRun(int cell, int firstRow, int rows, ByteBuffer target, int position) {
    float[] slab = (float[]) slabOf(cell);
    int width = format.width();
    int stride = format.stride();
    int at = startOf(cell) + firstRow * stride;
    FloatBuffer view = view(target, position);
    if (stride == width) {
      view.put(0, slab, at, rows * width);
      return;
    }
    for (int i = 0; i < rows; i++) {
      view.put(i * width, slab, at + i * stride, width);
    }
  }

  private static FloatBuffer view(ByteBuffer target, int position) {
    return target
        .slice(position, target.limit() - position)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer();
  }

  @Override
  void feed(RangeFunction function, long key, Object source, int at) {
    function.accept(key, (float[]) source, at, format.width());
  }
}
