package io.holdfast.filter;

/**
 * Rows of a push or a pull, in an order of the library's, the same whenever the same keys are
 * given. What it returns is good until the call that it was given to returns.
 */
public interface RowView {
  /** Number of rows. */
  int count();

  /** Values in a row. */
  int width();

  /** The caller's key of a row; no key is there twice. */
  long key(int row);

  /** {@code float32}, of more than these rows; a row's own begin at {@link #offset}. */
  float[] values();

  /** Index in {@link #values} of a row's first value. */
  int offset(int row);

  /** The row's Euclidean norm; its magnitude where it has one value. */
  default double norm(int row) {
    float[] values = values();
    int from = offset(row);
    int width = width();
    if (width == 1) {
      return Math.abs(values[from]);
    }
    double sum = 0;
    for (int i = from; i < from + width; i++) {
      sum += (double) values[i] * values[i];
    }
    return Math.sqrt(sum);
  }
}
