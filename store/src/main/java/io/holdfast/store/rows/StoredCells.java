package io.holdfast.store.rows;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ByteBufferGetStatus;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/**
 * Reads batches of cells from RocksDB through direct buffers of its own. One thread at a time.
 *
 * <p>Uses the call that reports a status for each key: the one that returns arrays turns a read
 * error into "not found", and a row that cannot be read would be made anew.
 */
final class StoredCells {
  private static final int MAX_KEYS = 1024;
  private static final int VALUE_BYTES = 1 << 20;

  /** Takes what was read. */
  interface Sink {
    /**
     * @param which an element of the {@code which} that was asked for
     * @param stored the cell's bytes, to be used before returning; null: there is no such cell
     */
    void accept(int which, @Nullable ByteBuffer stored);
  }

  private final ByteBuffer keyBytes = ByteBuffer.allocateDirect(MAX_KEYS * CellKey.BYTES);
  private ByteBuffer valueBytes = ByteBuffer.allocateDirect(VALUE_BYTES);

  /**
   * Reads cells {@code keys[from + which[i]]} for {@code i < count}.
   *
   * @throws StoreException IO or CORRUPT
   */
  void read(
      RocksDB db,
      ReadOptions options,
      int range,
      int cellBytes,
      long[] keys,
      int from,
      int[] which,
      int count,
      Sink sink) {
    if (valueBytes.capacity() < cellBytes) {
      valueBytes = ByteBuffer.allocateDirect(cellBytes);
    }
    int atOnce = Math.min(MAX_KEYS, valueBytes.capacity() / cellBytes);
    for (int done = 0; done < count; done += atOnce) {
      int length = Math.min(atOnce, count - done);
      List<ByteBuffer> keySlices = new ArrayList<>(length);
      List<ByteBuffer> valueSlices = new ArrayList<>(length);
      keyBytes.clear();
      for (int i = 0; i < length; i++) {
        CellKey.putCell(keyBytes, range, keys[from + which[done + i]]);
        keySlices.add(keyBytes.slice(i * CellKey.BYTES, CellKey.BYTES));
        valueSlices.add(valueBytes.slice(i * cellBytes, cellBytes));
      }
      List<ByteBufferGetStatus> found = get(db, options, range, keySlices, valueSlices);
      for (int i = 0; i < length; i++) {
        sink.accept(which[done + i], value(range, cellBytes, found.get(i)));
      }
    }
  }

  private static List<ByteBufferGetStatus> get(
      RocksDB db, ReadOptions options, int range, List<ByteBuffer> keys, List<ByteBuffer> values) {
    try {
      return db.multiGetByteBuffers(options, keys, values);
    } catch (RocksDBException e) {
      throw StoreFailures.of("reading rows of range " + range, e);
    }
  }

  private static @Nullable ByteBuffer value(int range, int cellBytes, ByteBufferGetStatus found) {
    Status.Code code = found.status.getCode();
    if (code == Status.Code.NotFound) {
      return null;
    }
    if (code != Status.Code.Ok) {
      throw StoreFailures.of("reading rows of range " + range, found.status);
    }
    if (found.requiredSize != cellBytes) {
      throw wrongSize(range, found.requiredSize, cellBytes);
    }
    return found.value;
  }

  static StoreException wrongSize(int range, int actual, int expected) {
    return StoreFailures.corrupt(
        "a stored cell of range " + range + " has " + actual + " bytes, not " + expected);
  }
}
