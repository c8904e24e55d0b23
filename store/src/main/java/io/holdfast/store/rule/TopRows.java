package io.holdfast.store.rule;

import io.holdfast.model.TableSpec;
import io.holdfast.plugin.RangeFunction;

/**
 * {@code top_k}: the {@code k} (10 unless given, at most 100,000) rows with the largest magnitude
 * in column {@code column} (0 unless given): their keys, and their values in that column with their
 * signs, largest magnitude first, equal ones by ascending key. NaN counts as larger than all, so
 * that it shows. int64 values are rounded to double.
 *
 * <p>A binary heap over two arrays with the smallest of the chosen on top, so most rows cost one
 * comparison and nothing is allocated per row.
 */
final class TopRows implements RangeFunction {
  private static final int MOST = 100_000;

  private final int column;
  private final long[] keys;
  private final double[] values;
  private int size;

  TopRows(Parameters parameters, TableSpec table) {
    int k = parameters.whole("k", 10, 1, MOST);
    column = parameters.whole("column", 0, 0, table.width() - 1);
    keys = new long[k];
    values = new double[k];
  }

  @Override
  public void accept(long key, float[] row, int at, int width) {
    offer(key, (double) row[at + column]);
  }

  @Override
  public void accept(long key, long[] row, int at, int width) {
    offer(key, (double) row[at + column]);
  }

  @Override
  public void merge(RangeFunction other) {
    var that = (TopRows) other;
    for (int i = 0; i < that.size; i++) {
      offer(that.keys[i], that.values[i]);
    }
  }

  @Override
  public Result result() {
    var rest = copy();
    var sortedKeys = new long[size];
    var sortedValues = new double[size];
    for (int i = size - 1; i >= 0; i--) {
      sortedKeys[i] = rest.keys[0];
      sortedValues[i] = rest.values[0];
      rest.size--;
      rest.sink(rest.keys[rest.size], rest.values[rest.size]);
    }
    return new Result(sortedKeys, sortedValues);
  }

  private TopRows(TopRows original) {
    column = original.column;
    keys = original.keys.clone();
    values = original.values.clone();
    size = original.size;
  }

  private TopRows copy() {
    return new TopRows(this);
  }

  private void offer(long key, double value) {
    if (size < keys.length) {
      rise(key, value);
    } else if (below(keys[0], values[0], key, value)) {
      sink(key, value);
    }
  }

  private void rise(long key, double value) {
    int at = size++;
    while (at > 0 && below(key, value, keys[(at - 1) / 2], values[(at - 1) / 2])) {
      place(at, keys[(at - 1) / 2], values[(at - 1) / 2]);
      at = (at - 1) / 2;
    }
    place(at, key, value);
  }

  /** Puts a row in the place of the top one and lets it sink to where it belongs. */
  private void sink(long key, double value) {
    int at = 0;
    for (int child = 1; child < size; child = 2 * at + 1) {
      int right = child + 1;
      if (right < size && below(keys[right], values[right], keys[child], values[child])) {
        child = right;
      }
      if (!below(keys[child], values[child], key, value)) {
        break;
      }
      place(at, keys[child], values[child]);
      at = child;
    }
    place(at, key, value);
  }

  private void place(int at, long key, double value) {
    keys[at] = key;
    values[at] = value;
  }

  /** Whether the first row ranks below the second. */
  private static boolean below(long key, double value, long otherKey, double otherValue) {
    int order = Double.compare(Math.abs(value), Math.abs(otherValue));
    return order != 0 ? order < 0 : Long.compareUnsigned(key, otherKey) > 0;
  }
}
