package io.holdfast.store.rule;

import io.holdfast.plugin.UpdateContext;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;

/**
 * {@code w = u}, float32 and int64: of the pushes to a row the last in the order of the log stays.
 * No state, no parameters.
 */
final class AssignRows implements BatchRule {
  private final int width;

  AssignRows(int width) {
    this.width = width;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public int stateWidth() {
    return 0;
  }

  @Override
  public void apply(
      float[][] slabs,
      int[] slab,
      int[] at,
      int count,
      ByteBuffer values,
      int valuesAt,
      UpdateContext context) {
    FloatBuffer pushed = LittleEndian.floats(values, valuesAt, count * width);
    if (width == 1) {
      for (int row = 0; row < count; row++) {
        slabs[slab[row]][at[row]] = pushed.get(row);
      }
      return;
    }
    for (int row = 0; row < count; row++) {
      pushed.get(row * width, slabs[slab[row]], at[row], width);
    }
  }

  @Override
  public void apply(
      long[][] slabs,
      int[] slab,
      int[] at,
      int count,
      ByteBuffer values,
      int valuesAt,
      UpdateContext context) {
    LongBuffer pushed = LittleEndian.longs(values, valuesAt, count * width);
    if (width == 1) {
      for (int row = 0; row < count; row++) {
        slabs[slab[row]][at[row]] = pushed.get(row);
      }
      return;
    }
    for (int row = 0; row < count; row++) {
      pushed.get(row * width, slabs[slab[row]], at[row], width);
    }
  }

  @Override
  public void applyRun(
      float[] slab, int at, int rows, ByteBuffer values, int valuesAt, UpdateContext context) {
    int count = rows * width;
    LittleEndian.floats(values, valuesAt, count).get(0, slab, at, count);
  }

  @Override
  public void applyRun(
      long[] slab, int at, int rows, ByteBuffer values, int valuesAt, UpdateContext context) {
    int count = rows * width;
    LittleEndian.longs(values, valuesAt, count).get(0, slab, at, count);
  }
}
