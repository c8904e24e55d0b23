package io.holdfast.store.rows;

import io.holdfast.model.Initial;
import io.holdfast.plugin.RangeFunction;
import io.holdfast.plugin.UpdateContext;
import io.holdfast.store.rule.BatchRule;
import io.holdfast.store.rule.WholeRows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** What sparse and dense ranges share: a cache of cells over RocksDB. */
abstract sealed class CellRows implements RangeRows permits SparseRows, DenseRows {
  /** Nothing that writes rows over looks at it. */
  private static final UpdateContext NO_CONTEXT = new UpdateContext(0, 0, 0, 1, 1);

  final RocksRowStore store;
  final int range;
  final BatchRule rule;
  final CellFormat format;
  final CellMemory memory;
  final CellCache cache;
  private final BatchRule whole;
  private final Warming warming;
  private boolean closed;

  CellRows(
      RocksRowStore store, RangeDefinition definition, CellIndex index, boolean nothingStored) {
    this.store = store;
    this.range = definition.range();
    this.rule = definition.rule();
    this.format = definition.format();
    this.whole = WholeRows.of(format.stride());
    Initial initial = definition.initial();
    int slabBytes = store.slabBytes();
    this.memory = CellMemory.of(format, slabBytes, initial);
    this.cache = new CellCache(memory, index, store.budget(), nothingStored);
    this.warming = new Warming(store, range, cache);
  }

  static ByteBuffer littleEndian(ByteBuffer buffer) {
    return buffer.order() == ByteOrder.LITTLE_ENDIAN
        ? buffer
        : buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Lists which of {@code cells} are -1. */
  static int listMissing(int[] cells, int count, int[] missing) {
    int found = 0;
    for (int i = 0; i < count; i++) {
      if (cells[i] < 0) {
        missing[found++] = i;
      }
    }
    return found;
  }

  /**
   * Finds the cells of keys that are about to be written to, all dirty when this returns: reads
   * those that are not in the cache, makes those that do not exist.
   */
  final void bringForWrite(Scratch scratch, long[] keys, int from, int count) {
    int[] cells = scratch.cells;
    int missing = cache.resolve(keys, from, count, cells);
    cache.touchForWrite(cells, count);
    if (missing == 0) {
      return;
    }
    listMissing(cells, count, scratch.missing);
    cache.makeRoom(missing);
    if (cache.isComplete()) {
      for (int i = 0; i < missing; i++) {
        int which = scratch.missing[i];
        cells[which] = insert(keys[from + which], null, true);
      }
    } else {
      store.readCells(
          range,
          format,
          keys,
          from,
          scratch.missing,
          missing,
          (which, stored) -> cells[which] = insert(keys[from + which], stored, true));
    }
  }

  final int insert(long key, @Nullable ByteBuffer stored, boolean dirty) {
    int cell = cache.insert(key, dirty);
    if (stored == null) {
      memory.initialise(memory.slabOf(cell), memory.startOf(cell), key);
    } else {
      memory.decode(stored, memory.slabOf(cell), memory.startOf(cell));
    }
    return cell;
  }

  /** Whether a call may go on, and whether other ranges want memory back. */
  final void begin() {
    if (closed) {
      throw new IllegalStateException("rows of range " + range + " are closed");
    }
    cache.giveBack();
  }

  @Override
  public final void apply(KeyBatch keys, ByteBuffer values, UpdateContext context) {
    write(rule, format.rowBytes(), keys, values, context);
  }

  @Override
  public final void replace(KeyBatch keys, ByteBuffer rows) {
    write(whole, format.strideBytes(), keys, rows, NO_CONTEXT);
  }

  @Override
  public final int wholeRowBytes() {
    return format.strideBytes();
  }

  /**
   * Brings the rows into the cache and changes them.
   *
   * @param by what changes them, with cells of this format
   * @param updateBytes of the update of each
   */
  abstract void write(
      BatchRule by, int updateBytes, KeyBatch keys, ByteBuffer updates, UpdateContext context);

  /** Feeds a cell's rows to a function. */
  abstract void feed(RangeFunction function, long cellKey, Object values, int at);

  @Override
  public final void evaluate(RangeFunction function) {
    begin();
    new Evaluation(store, range, cache).run((key, values, at) -> feed(function, key, values, at));
  }

  @Override
  public final Checkpoint beginCheckpoint() {
    begin();
    return new RangeCheckpoint(store, range, cache);
  }

  /**
   * How many cells the pass may go over for each that is wanted: reading one alone costs as much.
   */
  private static final int PASSED_PER_WANTED = 16;

  @Override
  public final void bring(long[] keys, int count) {
    begin();
    long stored = store.approximateBytes(range) / format.cellBytes();
    if (cache.isComplete() || stored / PASSED_PER_WANTED > count) {
      return;
    }
    int[] room = {0};
    store.pick(
        range,
        format,
        keys,
        count,
        (cell, bytes) -> {
          if (room[0] == 0) {
            if (!cache.tryRoom(Scratch.PIECE, false)) {
              return false;
            }
            room[0] = Scratch.PIECE;
          }
          if (cache.find(cell) < 0) {
            insert(cell, bytes, false);
            room[0]--;
          }
          return true;
        });
  }

  @Override
  public final boolean warm() {
    begin();
    return warming.advance();
  }

  @Override
  public final long cachedBytes() {
    return cache.bytes();
  }

  @Override
  public final long dirtyBytes() {
    return cache.dirtyBytes();
  }

  @Override
  public final boolean isDirtyFull() {
    return store.budget().isDirtyFull(cache.dirtyBytes());
  }

  @Override
  public final boolean wantsCheckpoint() {
    return store.budget().wantsCheckpoint(cache.dirtyBytes());
  }

  @Override
  public final void close() {
    if (!closed) {
      closed = true;
      cache.close();
      store.budget().rangeClosed();
    }
  }
}
