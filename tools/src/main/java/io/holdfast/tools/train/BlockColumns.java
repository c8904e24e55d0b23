package io.holdfast.tools.train;

import java.util.stream.IntStream;

/**
 * One worker's examples in compressed columns: for each feature its values, and the examples that
 * have them. Features are numbered in the order of their keys, the intercept first; a feature of
 * the data that none of these examples has is an empty column. Values of zero are left out.
 * Immutable.
 *
 * @param keys of all features, ascending
 * @param start where a feature's entries start; they end where the next one's do
 * @param row the example of each entry
 * @param value of each entry
 * @param positive label of each example
 * @param norm of each example, the sum of its values' magnitudes
 */
record BlockColumns(
    long[] keys, int[] start, int[] row, float[] value, boolean[] positive, double[] norm) {

  /** Of every {@code step}-th example from {@code first} on. */
  static BlockColumns of(Examples examples, int first, int step, boolean intercept) {
    long[] keys = LinearModel.keysOf(examples, intercept);
    int shift = intercept ? 1 : 0;
    int[] rows =
        IntStream.iterate(first, row -> row < examples.count(), row -> row + step).toArray();
    int[] start = new int[keys.length + 1];
    for (int row : rows) {
      for (int i = examples.start(row); i < examples.end(row); i++) {
        start[examples.column(i) + shift + 1] += examples.value(i) == 0 ? 0 : 1;
      }
    }
    if (intercept) {
      start[1] = rows.length;
    }
    for (int feature = 0; feature < keys.length; feature++) {
      start[feature + 1] += start[feature];
    }
    var columns =
        new BlockColumns(
            keys,
            start,
            new int[start[keys.length]],
            new float[start[keys.length]],
            new boolean[rows.length],
            new double[rows.length]);
    columns.fill(examples, rows, intercept);
    return columns;
  }

  private void fill(Examples examples, int[] rows, boolean intercept) {
    int[] next = start.clone();
    for (int own = 0; own < rows.length; own++) {
      positive[own] = examples.isPositive(rows[own]);
      if (intercept) {
        put(next[0]++, own, 1);
      }
      for (int i = examples.start(rows[own]); i < examples.end(rows[own]); i++) {
        if (examples.value(i) != 0) {
          put(next[examples.column(i) + (intercept ? 1 : 0)]++, own, examples.value(i));
        }
      }
    }
  }

  private void put(int entry, int example, float weight) {
    row[entry] = example;
    value[entry] = weight;
    norm[example] += Math.abs(weight);
  }

  int examples() {
    return positive.length;
  }

  int features() {
    return keys.length;
  }

  boolean isEmpty(int feature) {
    return start[feature] == start[feature + 1];
  }
}
