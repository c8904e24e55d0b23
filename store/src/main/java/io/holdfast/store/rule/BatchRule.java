package io.holdfast.store.rule;

import io.holdfast.plugin.UpdateContext;
import java.nio.ByteBuffer;

/**
 * A table's update rule with its proximal operators, over many rows in one call, so that the loop
 * over rows is inside the rule and not around a virtual call.
 *
 * <p>A row is {@code width} values followed by {@link #stateWidth()} values of optimizer state.
 */
public interface BatchRule {
  /** Values of optimizer state beside each row. */
  int stateWidth();

  /**
   * Applies one push to float32 rows.
   *
   * @param slabs arrays that hold the rows
   * @param slab for each row, which array
   * @param at for each row, where it begins in that array
   * @param count number of rows
   * @param values {@code float32[count][width]}, little-endian, from {@code valuesAt} on; absolute
   *     reads only
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
}
