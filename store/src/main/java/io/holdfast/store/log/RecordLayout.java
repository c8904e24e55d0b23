package io.holdfast.store.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The bytes of a record: a header of 64 bytes, little-endian, then the payload; see
 * docs/storage-format.md, "Log". Not thread-safe: one per thread.
 */
final class RecordLayout {
  static final int HEADER_BYTES = 64;
  static final int ALIGNMENT = 8;
  static final short FORMAT_VERSION = 1;

  private static final int CRC = 0;
  private static final int LENGTH = 4;
  private static final int INDEX = 8;
  private static final int DURABLE_INDEX = 16;
  private static final int RANGE = 24;
  private static final int RECORD_EPOCH = 28;
  private static final int LSN = 32;
  private static final int WORKER = 40;
  private static final int INCARNATION = 44;
  private static final int SEQ = 48;
  private static final int CLOCK = 56;
  private static final int TYPE = 60;
  private static final int FLAGS = 61;
  private static final int VERSION = 62;

  private final byte[] logId;
  private final CRC32C crc = new CRC32C();

  /**
   * @param logId 16 bytes; seeds every checksum, so that a record of another log never verifies
   */
  RecordLayout(byte[] logId) {
    this.logId = logId.clone();
  }

  /** Writes the header of the record that starts at {@code at}; its payload must be in place. */
  void seal(
      ByteBuffer map, int at, int payloadLength, long index, long durableIndex, RecordHeader h) {
    map.putInt(at + LENGTH, payloadLength);
    map.putLong(at + INDEX, index);
    map.putLong(at + DURABLE_INDEX, durableIndex);
    map.putInt(at + RANGE, h.range());
    map.putInt(at + RECORD_EPOCH, h.recordEpoch());
    map.putLong(at + LSN, h.lsn());
    map.putInt(at + WORKER, h.worker());
    map.putInt(at + INCARNATION, h.incarnation());
    map.putLong(at + SEQ, h.seq());
    map.putInt(at + CLOCK, h.clock());
    map.put(at + TYPE, h.type());
    map.put(at + FLAGS, h.flags());
    map.putShort(at + VERSION, FORMAT_VERSION);
    map.putInt(at + CRC, checksum(map, at, payloadLength));
  }

  /** Whether a whole record of this log starts at {@code at}. */
  boolean verifies(ByteBuffer map, int at) {
    if (at < 0 || at > map.capacity() - HEADER_BYTES) {
      return false;
    }
    int length = payloadLength(map, at);
    return length >= 0
        && length <= map.capacity() - HEADER_BYTES - at
        && map.getShort(at + VERSION) == FORMAT_VERSION
        && map.getLong(at + INDEX) > 0
        && map.getInt(at + CRC) == checksum(map, at, length);
  }

  private int checksum(ByteBuffer map, int at, int payloadLength) {
    crc.reset();
    crc.update(logId);
    map.limit(at + HEADER_BYTES + payloadLength).position(at + LENGTH);
    crc.update(map);
    map.clear();
    return (int) crc.getValue();
  }

  static int payloadLength(ByteBuffer map, int at) {
    return map.getInt(at + LENGTH);
  }

  static long index(ByteBuffer map, int at) {
    return map.getLong(at + INDEX);
  }

  static long durableIndex(ByteBuffer map, int at) {
    return map.getLong(at + DURABLE_INDEX);
  }

  static RecordHeader header(ByteBuffer map, int at) {
    return new RecordHeader(
        map.get(at + TYPE),
        map.get(at + FLAGS),
        map.getInt(at + RANGE),
        map.getInt(at + RECORD_EPOCH),
        map.getLong(at + LSN),
        map.getInt(at + WORKER),
        map.getInt(at + INCARNATION),
        map.getLong(at + SEQ),
        map.getInt(at + CLOCK));
  }

  static int align(int position, int alignment) {
    return (position + alignment - 1) & -alignment;
  }
}
