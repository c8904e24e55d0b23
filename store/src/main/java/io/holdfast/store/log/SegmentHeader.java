package io.holdfast.store.log;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The 64 bytes at the start of a segment; see docs/storage-format.md, "Log".
 *
 * @param logId 16 bytes
 * @param number of the segment, as in its file's name
 * @param firstIndex index of the segment's first record
 */
record SegmentHeader(byte[] logId, LogKind kind, int shard, int number, long firstIndex) {
  static final int BYTES = 64;

  private static final long MAGIC =
      ByteBuffer.wrap(new byte[] {'H', 'F', 'L', 'O', 'G', 'S', 'E', 'G'})
          .order(ByteOrder.LITTLE_ENDIAN)
          .getLong();
  private static final int CRC = 8;
  private static final int VERSION = 12;
  private static final int KIND = 14;
  private static final int LOG_ID = 16;
  private static final int SHARD = 32;
  private static final int NUMBER = 36;
  private static final int FIRST_INDEX = 40;

  void write(ByteBuffer map, int at) {
    for (int i = 0; i < BYTES; i++) {
      map.put(at + i, (byte) 0);
    }
    map.putLong(at, MAGIC);
    map.putShort(at + VERSION, RecordLayout.FORMAT_VERSION);
    map.put(at + KIND, kind.code());
    map.put(at + LOG_ID, logId);
    map.putInt(at + SHARD, shard);
    map.putInt(at + NUMBER, number);
    map.putLong(at + FIRST_INDEX, firstIndex);
    map.putInt(at + CRC, checksum(map, at));
  }

  /** Whether these very bytes are a sound header of the given log, kind and number. */
  static boolean verifies(ByteBuffer map, int at, byte[] logId, LogKind kind, int number) {
    return sound(map, at)
        && map.get(at + KIND) == kind.code()
        && map.getInt(at + NUMBER) == number
        && Arrays.equals(logId, logId(map, at));
  }

  /** Whether this is a sound header, of whatever log. */
  static boolean sound(ByteBuffer map, int at) {
    return at >= 0
        && at <= map.capacity() - BYTES
        && map.getLong(at) == MAGIC
        && map.getInt(at + CRC) == checksum(map, at);
  }

  static byte[] logId(ByteBuffer map, int at) {
    byte[] id = new byte[16];
    map.get(at + LOG_ID, id);
    return id;
  }

  static long firstIndex(ByteBuffer map, int at) {
    return map.getLong(at + FIRST_INDEX);
  }

  private static int checksum(ByteBuffer map, int at) {
    CRC32C crc = new CRC32C();
    crc.update(map.slice(at + VERSION, BYTES - VERSION));
    return (int) crc.getValue();
  }
}
