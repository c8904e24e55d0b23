package io.holdfast.store.rule;

import io.holdfast.plugin.StateTensor;
import io.holdfast.plugin.UpdateContext;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * A table's update rule with its proximal operators, over many rows in one call, so that the loop
 * over rows is inside the rule and not around a virtual call.
 *
 * <p>A row is {@link #width()} values followed by {@link #stateWidth()} values of optimizer state.
 * An instance belongs to one range, and so to one thread: it may hold scratch arrays.
 *
 * <p>Built-in rules are total: no value, NaN and infinity included, makes them throw. A plug-in's
 * rule that throws comes out as a {@link io.holdfast.model.HoldfastException} INTERNAL that names
 * it; rows before it are then changed and rows after it are not, so the range has to stop.
 */
public interface BatchRule {
  /** Values of a row, without its state. */
  int width();

  /** Values of optimizer state beside each row. */
  int stateWidth();

  /** What the state beside each row is made of, in its order. */
  default List<StateTensor> stateTensors() {
    return stateWidth() == 0 ? List.of() : List.of(new StateTensor("state", stateWidth()));
  }

  /**
   * Applies one push to float32 rows.
   *
   * @param slabs arrays that hold the rows
   * @param slab for each row, which array
   * @param at for each row, where it begins in that array
   * @param count number of rows
   * @param values {@code float32[count][width]}, little-endian whatever the buffer's own order
   *     says, from {@code valuesAt} on; absolute reads only; direct or not, at any alignment
   */
  void apply(
      float[][] slabs,
      int[] slab,
      int[] at,
      int count,
      ByteBuffer values,
      int valuesAt,
      UpdateContext context);

  /** Applies one push to int64 rows; as the other. */
  void apply(
      long[][] slabs,
      int[] slab,
      int[] at,
      int count,
      ByteBuffer values,
      int valuesAt,
      UpdateContext context);

  /**
   * Applies one push to float32 rows that stand side by side: the same as {@link #apply(float[][],
   * int[], int[], int, ByteBuffer, int, UpdateContext)} with row {@code i} at {@code at + i *
   * (width + stateWidth)}.
   */
  default void applyRun(
      float[] slab, int at, int rows, ByteBuffer values, int valuesAt, UpdateContext context) {
    apply(new float[][] {slab}, new int[rows], starts(at, rows), rows, values, valuesAt, context);
  }

  /** Applies one push to int64 rows that stand side by side; as the other. */
  default void applyRun(
      long[] slab, int at, int rows, ByteBuffer values, int valuesAt, UpdateContext context) {
    apply(new long[][] {slab}, new int[rows], starts(at, rows), rows, values, valuesAt, context);
  }

  private int[] starts(int at, int rows) {
    int stride = width() + stateWidth();
    int[] starts = new int[rows];
    Arrays.setAll(starts, row -> at + row * stride);
    return starts;
  }
}
