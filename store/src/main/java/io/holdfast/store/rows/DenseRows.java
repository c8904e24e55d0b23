package io.holdfast.store.rows;

import io.holdfast.model.KeyRange;
import io.holdfast.plugin.RangeFunction;
import io.holdfast.plugin.UpdateContext;
import io.holdfast.store.rule.BatchRule;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a range of a dense table: a cell is a page of rows. Pages come to exist when a row of
 * them is first written.
 */
final class DenseRows extends CellRows {
  /** Pages that one piece of a batch may bring in, so that a piece stays small in the budget. */
  private final int maxPages;

  private final KeyRange keyRange;

  DenseRows(RocksRowStore store, RangeDefinition definition, boolean nothingStored) {
    super(store, definition, pageTable(definition), nothingStored);
    this.keyRange = definition.keys();
    long fitting = store.cacheBudgetBytes() / 32 / format.cellBytes();
    this.maxPages = (int) Math.max(1, Math.min(Scratch.PIECE, fitting));
  }

  private static PageTable pageTable(RangeDefinition definition) {
    CellFormat format = definition.format();
    long first = format.cellOf(definition.keys().start());
    long last = format.cellOf(definition.keys().end() - 1);
    return new PageTable(first, last - first + 1);
  }

  /** How many rows of the batch from {@code from} on make one piece. */
  private int pieceLength(KeyBatch keys, int from, int end) {
    if (keys.isContiguous()) {
      long lastKey = format.firstKeyOf(format.cellOf(keys.key(from)) + maxPages);
      return (int) Math.min(end - from, lastKey - keys.key(from));
    }
    return Math.min(Scratch.PIECE, end - from);
  }

  /**
   * Lists the pages of a piece in {@code scratch.keys}, and for a listed piece the place of each
   * row's page among them.
   *
   * @return number of pages; the piece may have been cut: see {@code scratch.rows}
   */
  private int listPages(KeyBatch keys, int from, int length, Scratch scratch) {
    long[] pages = scratch.keys;
    if (keys.isContiguous()) {
      long first = format.cellOf(keys.key(from));
      int count = (int) (format.cellOf(keys.key(from + length - 1)) - first) + 1;
      for (int i = 0; i < count; i++) {
        pages[i] = first + i;
      }
      scratch.rows = length;
      return count;
    }
    long[] listed = keys.listed();
    int count = 0;
    int row = 0;
    for (; row < length; row++) {
      long page = format.cellOf(listed[from + row]);
      if (count == 0 || pages[count - 1] != page) {
        if (count == maxPages) {
          break;
        }
        pages[count++] = page;
      }
      scratch.cellOfRow[row] = count - 1;
    }
    scratch.rows = row;
    return count;
  }

  @Override
  void write(
      BatchRule by, int updateBytes, KeyBatch keys, ByteBuffer updates, UpdateContext context) {
    begin();
    Scratch scratch = Scratch.ofThread();
    ByteBuffer in = littleEndian(updates);
    int valuesAt = updates.position();
    for (int from = 0; from < keys.count(); from += scratch.rows) {
      int pages = listPages(keys, from, pieceLength(keys, from, keys.count()), scratch);
      bringForWrite(scratch, scratch.keys, 0, pages);
      int at = valuesAt + from * updateBytes;
      if (keys.isContiguous()) {
        applyRuns(by, updateBytes, keys.key(from), scratch, in, at, context);
      } else {
        locateRows(keys, from, scratch);
        memory.apply(by, scratch.slab, scratch.at, scratch.rows, in, at, context);
      }
    }
  }

  private void applyRuns(
      BatchRule by,
      int updateBytes,
      long firstKey,
      Scratch scratch,
      ByteBuffer updates,
      int updatesAt,
      UpdateContext context) {
    int done = 0;
    for (int page = 0; done < scratch.rows; page++) {
      int row = format.rowInCell(firstKey + done);
      int rows = Math.min(scratch.rows - done, format.rowsPerCell() - row);
      int at = updatesAt + done * updateBytes;
      memory.applyRun(by, scratch.cells[page], row, rows, updates, at, context);
      done += rows;
    }
  }

  private void locateRows(KeyBatch keys, int from, Scratch scratch) {
    long[] listed = keys.listed();
    int stride = format.stride();
    for (int i = 0; i < scratch.rows; i++) {
      scratch.missing[i] = scratch.cells[scratch.cellOfRow[i]];
    }
    memory.locate(scratch.missing, scratch.rows, scratch.slab, scratch.at);
    for (int i = 0; i < scratch.rows; i++) {
      scratch.at[i] += format.rowInCell(listed[from + i]) * stride;
    }
  }

  @Override
  public int gather(KeyBatch keys, int from, ByteBuffer target) {
    begin();
    Scratch scratch = Scratch.ofThread();
    ByteBuffer out = littleEndian(target);
    int end = from + Math.min(keys.count() - from, target.remaining() / format.rowBytes());
    int position = target.position();
    for (int next = from; next < end; next += scratch.rows) {
      int pages = listPages(keys, next, pieceLength(keys, next, end), scratch);
      int missing = cache.resolve(scratch.keys, 0, pages, scratch.cells);
      cache.touchForRead(scratch.cells, pages);
      int at = position + (next - from) * format.rowBytes();
      if (keys.isContiguous()) {
        gatherRuns(keys.key(next), scratch, out, at);
      } else {
        locateRows(keys, next, scratch);
        memory.gather(scratch.slab, scratch.at, scratch.rows, out, at);
      }
      if (missing > 0) {
        gatherMissing(keys, next, pages, out, at, scratch);
      }
    }
    target.position(position + (end - from) * format.rowBytes());
    return end;
  }

  private void gatherRuns(long firstKey, Scratch scratch, ByteBuffer out, int position) {
    int done = 0;
    for (int page = 0; done < scratch.rows; page++) {
      int row = format.rowInCell(firstKey + done);
      int rows = Math.min(scratch.rows - done, format.rowsPerCell() - row);
      if (scratch.cells[page] >= 0) {
        memory.gatherRun(scratch.cells[page], row, rows, out, position + done * format.rowBytes());
      }
      done += rows;
    }
  }

  /** Writes the rows of pages that are not in the cache; keeps such pages if there is room. */
  private void gatherMissing(
      KeyBatch keys, int from, int pages, ByteBuffer out, int position, Scratch scratch) {
    int missing = listMissing(scratch.cells, pages, scratch.missing);
    if (cache.isComplete()) {
      for (int i = 0; i < missing; i++) {
        putRows(keys, from, scratch.missing[i], null, out, position, scratch);
      }
      return;
    }
    boolean keep = cache.tryRoom(missing, true);
    store.readCells(
        range,
        format,
        scratch.keys,
        0,
        scratch.missing,
        missing,
        (which, stored) -> {
          putRows(keys, from, which, stored, out, position, scratch);
          if (stored != null && keep) {
            insert(scratch.keys[which], stored, false);
          }
        });
  }

  private void putRows(
      KeyBatch keys,
      int from,
      int page,
      @Nullable ByteBuffer stored,
      ByteBuffer out,
      int position,
      Scratch scratch) {
    int rowBytes = format.rowBytes();
    int first = firstRowOf(keys, from, page, scratch);
    for (int i = first; i < scratch.rows; i++) {
      long key = keys.key(from + i);
      if (format.cellOf(key) != scratch.keys[page]) {
        break;
      }
      int at = position + i * rowBytes;
      if (stored == null) {
        memory.putInitial(key, out, at);
      } else {
        int row = format.rowInCell(key) * format.strideBytes();
        out.put(at, stored, stored.position() + row, rowBytes);
      }
    }
  }

  /** Index, within the piece, of the first row on a page. */
  private int firstRowOf(KeyBatch keys, int from, int page, Scratch scratch) {
    if (keys.isContiguous()) {
      return (int) Math.max(0, format.firstKeyOf(scratch.keys[page]) - keys.key(from));
    }
    int first = 0;
    while (scratch.cellOfRow[first] != page) {
      first++;
    }
    return first;
  }

  @Override
  void feed(RangeFunction function, long page, Object values, int at) {
    long firstKey = format.firstKeyOf(page);
    for (int i = 0; i < format.rowsPerCell(); i++) {
      if (keyRange.contains(firstKey + i)) {
        memory.feed(function, firstKey + i, values, at + i * format.stride());
      }
    }
  }
}
