package io.holdfast.store.rows;

import java.nio.ByteBuffer;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** Walks the stored cells of one range in order. */
final class CellScan {
  private final RocksIterator iterator;
  private final int range;
  private final CellFormat format;
  private final ByteBuffer key = ByteBuffer.allocateDirect(CellKey.BYTES);
  private final ByteBuffer value;

  CellScan(RocksIterator iterator, int range, CellFormat format) {
    this.iterator = iterator;
    this.range = range;
    this.format = format;
    this.value = ByteBuffer.allocateDirect(format.cellBytes());
  }

  /** Visits those cells that hold {@code keys}, which ascend as unsigned numbers. */
  void pick(long[] keys, int count, RocksRowStore.Visitor visitor) throws RocksDBException {
    int next = 0;
    if (count > 0) {
      iterator.seek(CellKey.cell(range, format.cellOf(keys[0])));
    }
    for (; next < count && iterator.isValid(); iterator.next()) {
      iterator.key(key.clear());
      if (!CellKey.isCellOf(range, key)) {
        return;
      }
      long cell = CellKey.cellOf(key);
      while (next < count && Long.compareUnsigned(format.cellOf(keys[next]), cell) < 0) {
        next++;
      }
      if (next < count && format.cellOf(keys[next]) == cell && !visitor.visit(cell, value())) {
        return;
      }
    }
    iterator.status();
  }

  private ByteBuffer value() {
    int size = iterator.value(value.clear());
    if (size != format.cellBytes()) {
      throw StoredCells.wrongSize(range, size, format.cellBytes());
    }
    return value;
  }

  boolean run(long firstCell, RocksRowStore.Visitor visitor) throws RocksDBException {
    for (iterator.seek(CellKey.cell(range, firstCell)); iterator.isValid(); iterator.next()) {
      iterator.key(key.clear());
      if (!CellKey.isCellOf(range, key)) {
        return true;
      }
      if (!visitor.visit(CellKey.cellOf(key), value())) {
        return false;
      }
    }
    iterator.status();
    return true;
  }
}
