package io.holdfast.plugin;

/**
 * A read-only function over the rows of a table: each range folds its rows into an accumulator, and
 * the accumulators are merged in order of the ranges. One instance serves one call on one range.
 */
public interface RangeFunction {
  /**
   * Takes one row; called in ascending order of keys, for float32 tables. {@code values} is read
   * only.
   */
  void accept(long key, float[] values, int at, int width);

  /** Takes one row of an int64 table. */
  void accept(long key, long[] values, int at, int width);

  /** Adds another range's result to this one. */
  void merge(RangeFunction other);

  Result result();

  /**
   * The function's answer.
   *
   * @param keys where the answer names rows (top-k), else empty
   * @param values numbers of the function's own meaning
   */
  record Result(long[] keys, double[] values) {}
}
