package io.holdfast.store.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Records whose header and payload follow from their index and length, and can be checked. */
final class Records {
  private Records() {}

  static RecordHeader header(long index) {
    Random random = new Random(index);
    return new RecordHeader(
        (byte) (1 + random.nextInt(127)),
        (byte) random.nextInt(),
        random.nextInt(),
        random.nextInt(),
        random.nextLong(),
        random.nextInt(),
        random.nextInt(),
        random.nextLong(),
        random.nextInt());
  }

  /** Appends a record that {@link #check} knows, in room for {@code reserved} bytes. */
  static LogRecord append(ShardLog log, int length, int reserved) {
    ShardLog.Reservation room = log.reserve(reserved);
    long index = log.lastIndex() + 1;
    fill(room.payload(), index, length);
    return room.append(header(index), length);
  }

  static LogRecord append(ShardLog log, int length) {
    return append(log, length, length);
  }

  static void fill(ByteBuffer payload, long index, int length) {
    for (int i = 0; i < length; i++) {
      payload.put(i, byteAt(index, i));
    }
  }

  private static byte byteAt(long index, int i) {
    long mixed = (index * 0x9E3779B97F4A7C15L + i) * 0xBF58476D1CE4E5B9L;
    return (byte) (1 + (mixed >>> 40) % 255);
  }

  static void check(LogRecord record) {
    assertEquals(header(record.index()), record.header());
    for (int i = 0; i < record.payload().remaining(); i++) {
      assertEquals(byteAt(record.index(), i), record.payload().get(i), "record " + record.index());
    }
  }

  /** Replays and checks all; gives the payloads' lengths. */
  static List<Integer> replay(ShardLog log, long from) {
    List<Integer> lengths = new ArrayList<>();
    long[] next = {Math.max(from, log.firstIndex())};
    log.replay(
        from,
        record -> {
          assertEquals(next[0]++, record.index());
          check(record);
          lengths.add(record.payload().remaining());
        });
    assertEquals(log.lastIndex() + 1, next[0]);
    return lengths;
  }
}
