package io.holdfast.store.rows;

/**
 * Streams a range's cells into its cache in the order of keys, a little at a time, while there is
 * room without evicting anything.
 *
 * <p>Each step reads the disk as it is at that time. What is in the cache already is left alone:
 * where the two differ, the cache is ahead. A cell that was changed and then evicted was on disk
 * before, so what a later step reads of it is no older.
 */
final class Warming {
  private static final int STEP_BYTES = 256 << 10;

  private final RocksRowStore store;
  private final int range;
  private final CellCache cache;
  private final CellMemory memory;
  private final int cellsAtOnce;
  private long nextCell;
  private long evictionsBefore;
  private boolean ended;

  Warming(RocksRowStore store, int range, CellCache cache) {
    this.store = store;
    this.range = range;
    this.cache = cache;
    this.memory = cache.memory();
    int fitting = STEP_BYTES / memory.format.cellBytes();
    this.cellsAtOnce = Math.max(1, Math.min(Scratch.PIECE, fitting));
  }

  boolean advance() {
    if (nextCell == 0) {
      evictionsBefore = cache.evictions();
    }
    if (ended || cache.isComplete() || !hasRoom()) {
      return false;
    }
    int[] left = {cellsAtOnce};
    boolean reachedEnd =
        store.scan(
            range,
            memory.format,
            nextCell,
            (cell, stored) -> {
              if (left[0] == 0) {
                nextCell = cell;
                return false;
              }
              left[0]--;
              bring(cell, stored);
              return true;
            });
    if (reachedEnd) {
      ended = true;
      // Nothing evicted since the first step: all that exists is here.
      if (cache.evictions() == evictionsBefore) {
        cache.becomeComplete();
      }
    }
    return !reachedEnd;
  }

  private boolean hasRoom() {
    return cache.isBelowShare() && cache.tryRoom(cellsAtOnce, false);
  }

  private void bring(long cell, java.nio.ByteBuffer stored) {
    if (cache.find(cell) < 0) {
      int place = cache.insert(cell, false);
      memory.decode(stored, memory.slabOf(place), memory.startOf(place));
    }
  }
}
