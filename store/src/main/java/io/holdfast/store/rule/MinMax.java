package io.holdfast.store.rule;

import io.holdfast.plugin.RangeFunction;

/**
 * {@code min_max}: the least and the greatest value of all columns, {@code [min, max]}; no numbers
 * where there are no rows. NaN makes both NaN. int64 values are rounded to double.
 */
final class MinMax implements RangeFunction {
  private double min = Double.POSITIVE_INFINITY;
  private double max = Double.NEGATIVE_INFINITY;
  private boolean any;

  @Override
  public void accept(long key, float[] values, int at, int width) {
    any = true;
    for (int i = 0; i < width; i++) {
      min = Math.min(min, values[at + i]);
      max = Math.max(max, values[at + i]);
    }
  }

  @Override
  public void accept(long key, long[] values, int at, int width) {
    any = true;
    for (int i = 0; i < width; i++) {
      min = Math.min(min, (double) values[at + i]);
      max = Math.max(max, (double) values[at + i]);
    }
  }

  @Override
  public void merge(RangeFunction other) {
    var that = (MinMax) other;
    any |= that.any;
    min = Math.min(min, that.min);
    max = Math.max(max, that.max);
  }

  @Override
  public Result result() {
    return new Result(new long[0], any ? new double[] {min, max} : new double[0]);
  }
}
