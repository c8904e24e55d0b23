package io.holdfast.store.rows;

import it.unimi.dsi.fastutil.longs.LongArrays;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Copies of a running checkpoint's cells. Filled by the range's thread in any order; then read in
 * the order of keys by the thread that writes them.
 */
final class FrozenCells {
  private static final int CHUNK_BYTES = 256 << 10;

  private record Chunk(long[] keys, Object values) {}

  private final CellMemory memory;
  private final CellFormat format;
  private final CacheBudget budget;
  private final List<Chunk> chunks = new ArrayList<>();
  private final int cellsPerChunk;
  private int count;
  private long accounted;
  private boolean released;

  FrozenCells(CellMemory memory, CacheBudget budget) {
    this.memory = memory;
    this.format = memory.format;
    this.budget = budget;
    this.cellsPerChunk = Math.max(1, CHUNK_BYTES / format.cellBytes());
  }

  int count() {
    return count;
  }

  void add(int cell) {
    int place = count % cellsPerChunk;
    if (place == 0) {
      addChunk();
    }
    Chunk chunk = chunks.get(chunks.size() - 1);
    int length = format.cellLength();
    System.arraycopy(
        memory.slabOf(cell), memory.startOf(cell), chunk.values(), place * length, length);
    chunk.keys()[place] = memory.key(cell);
    count++;
  }

  private void addChunk() {
    chunks.add(
        new Chunk(new long[cellsPerChunk], memory.newArray(cellsPerChunk * format.cellLength())));
    account((long) cellsPerChunk * (format.cellBytes() + Long.BYTES));
  }

  private synchronized void account(long bytes) {
    if (!released) {
      accounted += bytes;
      budget.add(bytes);
    }
  }

  /** Where the copies are, in ascending unsigned order of their keys. */
  int[] sorted() {
    account((long) count * (Long.BYTES + 2 * Integer.BYTES));
    long[] keys = new long[count];
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      keys[i] = key(i) ^ Long.MIN_VALUE;
      order[i] = i;
    }
    LongArrays.radixSortIndirect(order, keys, false);
    return order;
  }

  long key(int i) {
    return chunks.get(i / cellsPerChunk).keys()[i % cellsPerChunk];
  }

  /** Appends a cell's bytes to {@code target}. */
  void encode(int i, ByteBuffer target) {
    int at = i % cellsPerChunk * format.cellLength();
    memory.encode(chunks.get(i / cellsPerChunk).values(), at, target);
  }

  /** Takes the copies off the budget. They stay readable: a write may still be on its way. */
  synchronized void release() {
    budget.add(-accounted);
    accounted = 0;
    released = true;
  }
}
