package io.holdfast.tools.sketch;

import io.holdfast.client.Table;
import java.util.Arrays;

/** Asks how often items were counted. Any thread may use one, one at a time. */
final class Estimator {
  private final CountMin sketch;
  private final Table counters;

  Estimator(CountMin sketch, Table counters) {
    this.sketch = sketch;
    this.counters = counters;
  }

  /** Estimates of the items, in their order. Blocks. */
  long[] estimate(long... items) {
    int depth = sketch.depth();
    long[] cells = new long[items.length * depth];
    for (int i = 0; i < items.length; i++) {
      sketch.cells(items[i], cells, i * depth);
    }
    long[] distinct = Arrays.stream(cells).sorted().distinct().toArray();
    long[] counts = counters.pull(distinct).join().longs();
    long[] estimates = new long[items.length];
    for (int i = 0; i < items.length; i++) {
      long least = Long.MAX_VALUE;
      for (int row = 0; row < depth; row++) {
        int place = Arrays.binarySearch(distinct, cells[i * depth + row]);
        least = Math.min(least, counts[place]);
      }
      estimates[i] = least;
    }
    return estimates;
  }
}
