package io.holdfast.store.rows;

import io.holdfast.model.KeyRange;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * An export by one iterator, which has metadata and rows of the same moment and holds on to the
 * files that they are in.
 */
final class RocksRowExport implements RowExport {
  private final OpenRocks source;
  private final int range;
  private final KeyRange keys;
  private final RocksIterator iterator;
  private final CellFormat format;
  private final byte[] metadata;
  private final long approximateBytes;
  private final RowChunks.Writer writer;
  private final ByteBuffer key = ByteBuffer.allocateDirect(CellKey.BYTES);
  private final ByteBuffer cell;
  private boolean begun;
  // The rest of the cell that the iterator stands at.
  private long nextKey;
  private int left;
  private boolean closed;

  /**
   * Begins an export, if the range has a checkpoint. While the database is open.
   *
   * @param iterator is closed with the export, or here
   */
  static @Nullable RocksRowExport begin(
      OpenRocks source, int range, KeyRange keys, RocksIterator iterator) {
    boolean isHandedOver = false;
    try {
      byte[] key = CellKey.metadata(range);
      iterator.seek(key);
      iterator.status();
      if (!iterator.isValid() || !Arrays.equals(iterator.key(), key)) {
        return null;
      }
      var export = new RocksRowExport(source, range, keys, iterator);
      isHandedOver = true;
      return export;
    } catch (RocksDBException e) {
      throw source.failure("reading range " + Integer.toUnsignedString(range), e);
    } finally {
      if (!isHandedOver) {
        iterator.close();
      }
    }
  }

  private RocksRowExport(OpenRocks source, int range, KeyRange keys, RocksIterator iterator) {
    byte[] stored = iterator.value();
    this.source = source;
    this.range = range;
    this.keys = keys;
    this.iterator = iterator;
    this.format = CellFormat.unwrap(range, stored);
    this.metadata = CellFormat.unwrapMetadata(range, stored);
    this.approximateBytes = source.approximateBytes(range);
    this.writer = new RowChunks.Writer(RowChunks.Shape.of(format));
    this.cell = ByteBuffer.allocateDirect(format.cellBytes());
  }

  @Override
  public byte[] metadata() {
    return metadata.clone();
  }

  @Override
  public long approximateBytes() {
    return approximateBytes;
  }

  @Override
  public int minChunkBytes() {
    return RowChunks.HEAD_BYTES + RowChunks.RUN_BYTES + format.strideBytes();
  }

  @Override
  public boolean next(ByteBuffer target) {
    return source.using(
        () -> {
          try {
            return fill(target);
          } catch (RocksDBException e) {
            throw source.failure("reading rows of range " + Integer.toUnsignedString(range), e);
          }
        });
  }

  private boolean fill(ByteBuffer target) throws RocksDBException {
    if (closed) {
      throw new IllegalStateException(
          "the export of range " + Integer.toUnsignedString(range) + " is closed");
    }
    int start = target.position();
    writer.begin(target);
    if (!begun) {
      begun = true;
      iterator.seek(CellKey.cell(range, format.cellOf(keys.start())));
      load();
    }
    while (left > 0) {
      int row = format.rowInCell(nextKey);
      int taken = writer.add(nextKey, left, cell, row * format.strideBytes());
      if (taken == 0) {
        break;
      }
      nextKey += taken;
      left -= taken;
      if (left == 0) {
        iterator.next();
        load();
      }
    }
    return target.position() > start;
  }

  // Nothing is left where the iterator is past the keys.
  private void load() throws RocksDBException {
    left = 0;
    if (!iterator.isValid()) {
      iterator.status();
      return;
    }
    iterator.key(key.clear());
    if (!CellKey.isCellOf(range, key)) {
      return;
    }
    long first = format.firstKeyOf(CellKey.cellOf(key));
    long end = first + format.rowsPerCell();
    nextKey = Long.compareUnsigned(first, keys.start()) < 0 ? keys.start() : first;
    if (!keys.isBeforeEnd(nextKey)) {
      return;
    }
    long rows = end - nextKey;
    long wanted = keys.end() - nextKey;
    left = (int) (Long.compareUnsigned(wanted, rows) < 0 && keys.end() != 0 ? wanted : rows);
    int size = iterator.value(cell.clear());
    if (size != format.cellBytes()) {
      throw StoredCells.wrongSize(range, size, format.cellBytes());
    }
  }

  @Override
  public void close() {
    source.closeExport(this);
  }

  /** While the database is open, and nobody else uses this. */
  void release() {
    if (!closed) {
      closed = true;
      iterator.close();
    }
  }
}
