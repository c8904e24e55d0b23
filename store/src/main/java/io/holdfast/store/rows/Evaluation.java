package io.holdfast.store.rows;

import it.unimi.dsi.fastutil.longs.LongArrays;

/**
 * One walk over all cells that exist, in order: what the disk has, overridden by cached cells that
 * are ahead of the disk. Where the cache has everything the disk is not read.
 */
final class Evaluation {
  /** Takes a cell's values. */
  interface Feed {
    void accept(long key, Object values, int at);
  }

  private final RocksRowStore store;
  private final int range;
  private final CellCache cache;
  private final CellMemory memory;

  Evaluation(RocksRowStore store, int range, CellCache cache) {
    this.store = store;
    this.range = range;
    this.cache = cache;
    this.memory = cache.memory();
  }

  void run(Feed feed) {
    int[] cached = sortedCells();
    if (cache.isComplete()) {
      feedBelow(cached, 0, cached.length, feed);
      return;
    }
    Object stored = memory.newArray(memory.format.cellLength());
    int[] next = {0};
    store.scan(
        range,
        memory.format,
        0,
        (key, bytes) -> {
          int from = next[0];
          int to = from;
          while (to < cached.length && Long.compareUnsigned(memory.key(cached[to]), key) < 0) {
            to++;
          }
          feedBelow(cached, from, to, feed);
          next[0] = to;
          // An equal key in the cache is ahead: its turn comes before the next stored cell.
          if (to == cached.length || memory.key(cached[to]) != key) {
            memory.decode(bytes, stored, 0);
            feed.accept(key, stored, 0);
          }
          return true;
        });
    feedBelow(cached, next[0], cached.length, feed);
  }

  private void feedBelow(int[] cells, int from, int to, Feed feed) {
    for (int i = from; i < to; i++) {
      feed.accept(memory.key(cells[i]), memory.slabOf(cells[i]), memory.startOf(cells[i]));
    }
  }

  /** The cells to be taken from the cache, in unsigned order of their keys. */
  private int[] sortedCells() {
    boolean all = cache.isComplete();
    int[] cells = new int[cache.cells()];
    long[] keys = new long[cache.cells()];
    int count = 0;
    for (int cell = 0; cell < cache.begunCells(); cell++) {
      if (cache.isInUse(cell) && (all || cache.isAheadOfDisk(cell))) {
        keys[count] = memory.key(cell) ^ Long.MIN_VALUE;
        cells[count++] = cell;
      }
    }
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = i;
    }
    LongArrays.radixSortIndirect(order, java.util.Arrays.copyOf(keys, count), false);
    for (int i = 0; i < count; i++) {
      order[i] = cells[order[i]];
    }
    return order;
  }
}
