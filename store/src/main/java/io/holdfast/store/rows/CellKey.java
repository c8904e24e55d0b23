package io.holdfast.store.rows;

import java.nio.ByteBuffer;

/**
 * Keys in RocksDB, in the order in which they shall lie: range id (unsigned 32 bits, big-endian),
 * kind (0: metadata, 1: cell), then the cell's key or page number (unsigned 64 bits, big-endian).
 */
final class CellKey {
  static final int BYTES = 13;
  static final int PREFIX_BYTES = 5;
  private static final byte METADATA = 0;
  private static final byte CELL = 1;

  private CellKey() {}

  static byte[] metadata(int range) {
    return encode(range, METADATA, 0);
  }

  static byte[] cell(int range, long cell) {
    return encode(range, CELL, cell);
  }

  /** The first key of the range. */
  static byte[] first(int range) {
    return metadata(range);
  }

  /** A key above all of the range, and below all of the next. */
  static byte[] end(int range) {
    return encode(range, (byte) (CELL + 1), 0);
  }

  private static byte[] encode(int range, byte kind, long cell) {
    byte[] key = new byte[BYTES];
    ByteBuffer.wrap(key).putInt(range).put(kind).putLong(cell);
    return key;
  }

  static void putCell(ByteBuffer target, int range, long cell) {
    target.putInt(range).put(CELL).putLong(cell);
  }

  static boolean isCellOf(int range, ByteBuffer key) {
    return key.getInt(0) == range && key.get(4) == CELL;
  }

  static long cellOf(ByteBuffer key) {
    return key.getLong(PREFIX_BYTES);
  }
}
