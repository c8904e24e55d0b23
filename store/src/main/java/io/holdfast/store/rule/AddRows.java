package io.holdfast.store.rule;

import io.holdfast.plugin.UpdateContext;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;

/**
 * {@code w += u} (Li et al., OSDI '14, section 2.1: the servers aggregate pushed values), float32
 * and int64; int64 wraps around at 2^63. No state, no parameters.
 */
final class AddRows implements BatchRule {
  private final int width;

  AddRows(int width) {
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
        slabs[slab[row]][at[row]] += pushed.get(row);
      }
      return;
    }
    for (int row = 0; row < count; row++) {
      add(slabs[slab[row]], at[row], width, pushed, row * width);
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
        slabs[slab[row]][at[row]] += pushed.get(row);
      }
      return;
    }
    for (int row = 0; row < count; row++) {
      add(slabs[slab[row]], at[row], width, pushed, row * width);
    }
  }

  @Override
  public void applyRun(
      float[] slab, int at, int rows, ByteBuffer values, int valuesAt, UpdateContext context) {
    int count = rows * width;
    add(slab, at, count, LittleEndian.floats(values, valuesAt, count), 0);
  }

  @Override
  public void applyRun(
      long[] slab, int at, int rows, ByteBuffer values, int valuesAt, UpdateContext context) {
    int count = rows * width;
    add(slab, at, count, LittleEndian.longs(values, valuesAt, count), 0);
  }

  private static void add(float[] slab, int at, int count, FloatBuffer pushed, int from) {
    for (int i = 0; i < count; i++) {
      slab[at + i] += pushed.get(from + i);
    }
  }

  private static void add(long[] slab, int at, int count, LongBuffer pushed, int from) {
    for (int i = 0; i < count; i++) {
      slab[at + i] += pushed.get(from + i);
    }
  }
}
