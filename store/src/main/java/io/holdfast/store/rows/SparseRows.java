package io.holdfast.store.rows;

import io.holdfast.plugin.RangeFunction;
import io.holdfast.plugin.UpdateContext;
import io.holdfast.store.rule.BatchRule;
import java.nio.ByteBuffer;

/** The rows of a range of a sparse table: a cell is a row. */
final class SparseRows extends CellRows {
  SparseRows(RocksRowStore store, RangeDefinition definition, boolean nothingStored) {
    super(store, definition, new KeyIndex(), nothingStored);
  }

  @Override
  void write(
      BatchRule by, int updateBytes, KeyBatch keys, ByteBuffer updates, UpdateContext context) {
    begin();
    Scratch scratch = Scratch.ofThread();
    ByteBuffer in = littleEndian(updates);
    for (int from = 0; from < keys.count(); from += Scratch.PIECE) {
      int count = Math.min(Scratch.PIECE, keys.count() - from);
      if (keys.isContiguous()) {
        bringForWrite(scratch, list(keys, from, count, scratch), 0, count);
      } else {
        bringForWrite(scratch, keys.listed(), from, count);
      }
      memory.locate(scratch.cells, count, scratch.slab, scratch.at);
      int valuesAt = updates.position() + from * updateBytes;
      memory.apply(by, scratch.slab, scratch.at, count, in, valuesAt, context);
    }
  }

  private static long[] list(KeyBatch keys, int from, int count, Scratch scratch) {
    for (int i = 0; i < count; i++) {
      scratch.keys[i] = keys.key(from + i);
    }
    return scratch.keys;
  }

  @Override
  public int gather(KeyBatch keys, int from, ByteBuffer target) {
    begin();
    Scratch scratch = Scratch.ofThread();
    ByteBuffer out = littleEndian(target);
    int end = from + Math.min(keys.count() - from, target.remaining() / format.rowBytes());
    int position = target.position();
    for (int next = from; next < end; next += Scratch.PIECE) {
      int count = Math.min(Scratch.PIECE, end - next);
      if (keys.isContiguous()) {
        gatherPiece(list(keys, next, count, scratch), 0, count, out, position, scratch);
      } else {
        gatherPiece(keys.listed(), next, count, out, position, scratch);
      }
      position += count * format.rowBytes();
    }
    target.position(position);
    return end;
  }

  private void gatherPiece(
      long[] keys, int from, int count, ByteBuffer out, int position, Scratch scratch) {
    int[] cells = scratch.cells;
    int missing = cache.resolve(keys, from, count, cells);
    cache.touchForRead(cells, count);
    memory.locate(cells, count, scratch.slab, scratch.at);
    memory.gather(scratch.slab, scratch.at, count, out, position);
    if (missing == 0) {
      return;
    }
    int rowBytes = format.rowBytes();
    listMissing(cells, count, scratch.missing);
    if (cache.isComplete()) {
      for (int i = 0; i < missing; i++) {
        int which = scratch.missing[i];
        memory.putInitial(keys[from + which], out, position + which * rowBytes);
      }
      return;
    }
    boolean keep = cache.tryRoom(missing, true);
    store.readCells(
        range,
        format,
        keys,
        from,
        scratch.missing,
        missing,
        (which, stored) -> {
          int at = position + which * rowBytes;
          if (stored == null) {
            memory.putInitial(keys[from + which], out, at);
            return;
          }
          out.put(at, stored, stored.position(), rowBytes);
          if (keep) {
            insert(keys[from + which], stored, false);
          }
        });
  }

  @Override
  void feed(RangeFunction function, long cellKey, Object values, int at) {
    memory.feed(function, cellKey, values, at);
  }
}
