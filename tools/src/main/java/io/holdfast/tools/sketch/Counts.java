package io.holdfast.tools.sketch;

import java.util.Arrays;

/**
 * The counters that some items add to, sorted and each once, and by how much: what a push takes.
 *
 * @param cells strictly ascending
 * @param amounts of each cell
 */
record Counts(long[] cells, long[] amounts) {
  /** Counts the first {@code count} of the items. */
  static Counts of(CountMin sketch, long[] items, int count) {
    long[] all = new long[count * sketch.depth()];
    for (int i = 0; i < count; i++) {
      sketch.cells(items[i], all, i * sketch.depth());
    }
    Arrays.sort(all);
    long[] amounts = new long[all.length];
    int distinct = 0;
    for (int i = 0; i < all.length; i++) {
      if (i == 0 || all[i] != all[i - 1]) {
        all[distinct++] = all[i];
      }
      amounts[distinct - 1]++;
    }
    return new Counts(Arrays.copyOf(all, distinct), Arrays.copyOf(amounts, distinct));
  }
}
