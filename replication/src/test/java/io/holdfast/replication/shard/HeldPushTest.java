package io.holdfast.replication.shard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.KeyRange;
import io.holdfast.replication.chain.RecordType;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.log.RecordHeader;
import io.holdfast.store.rows.KeyBatch;
import io.holdfast.wire.KeyCodec;
import io.holdfast.wire.KeyField;
import io.holdfast.wire.KeyField.Encoding;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** Pushes that wait for their clock, cut in two with their range (rule P24). */
class HeldPushTest {
  private static final long LAST = -1L;

  /** A push of rows of int64 whose values are their places. */
  private static LogRecord push(Encoding encoding, int width, long... keys) {
    byte[] encoded = {};
    if (encoding == Encoding.DELTA) {
      encoded = new byte[KeyCodec.deltaLength(keys, 0, keys.length)];
      KeyCodec.encodeDeltas(keys, 0, keys.length, encoded);
    } else if (encoding == Encoding.RAW) {
      var raw = ByteBuffer.allocate(keys.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (long key : keys) {
        raw.putLong(key);
      }
      encoded = raw.array();
    }
    int valueBytes = keys.length * width * Long.BYTES;
    var payload =
        ByteBuffer.allocate(PushPayload.HEAD_BYTES + encoded.length + valueBytes)
            .order(ByteOrder.LITTLE_ENDIAN);
    long first = encoding == Encoding.CONTIGUOUS ? keys[0] : 0;
    var field = new KeyField(encoding, keys.length, first, 0, encoded.length);
    PushPayload.writeHead(payload, field, valueBytes);
    payload.position(PushPayload.HEAD_BYTES).put(encoded);
    for (long i = 0; i < (long) keys.length * width; i++) {
      payload.putLong(i);
    }
    var header = new RecordHeader(RecordType.PUSH, (byte) 0, 7, 3, 21, 4, 5, 6, 8);
    return new LogRecord(
        header, 100, payload.position(0).asReadOnlyBuffer().order(payload.order()));
  }

  private static void check(HeldPush part, long[] keys, long... values) {
    var batch = new KeyBatch();
    PushPayload.readKeys(part.payload(), batch);
    long[] found = new long[batch.count()];
    for (int i = 0; i < found.length; i++) {
      found[i] = batch.key(i);
    }
    assertArrayEquals(keys, found);
    assertEquals(values.length * Long.BYTES, PushPayload.valueBytes(part.payload()));
    int at = PushPayload.valuesAt(part.payload());
    for (int i = 0; i < values.length; i++) {
      assertEquals(values[i], part.payload().getLong(at + i * Long.BYTES));
    }
    assertEquals(at + values.length * Long.BYTES, part.payload().limit());
  }

  private static HeldPush cut(LogRecord push, long start, long end) {
    var part = HeldPush.cut(push, 9, new KeyRange(start, end)).orElseThrow();
    assertTrue(part.payload().limit() <= push.payload().limit(), "it fits where the whole did");
    return part;
  }

  @Test
  void eachHalfGetsItsRowsInAnyForm() {
    for (var encoding : new Encoding[] {Encoding.CONTIGUOUS, Encoding.RAW, Encoding.DELTA}) {
      var push = push(encoding, 2, 40, 41, 42, 43);
      check(cut(push, 0, 43), new long[] {40, 41, 42}, 0, 1, 2, 3, 4, 5);
      check(cut(push, 43, 0), new long[] {43}, 6, 7);
      check(cut(push, 0, 0), new long[] {40, 41, 42, 43}, 0, 1, 2, 3, 4, 5, 6, 7);
    }
    var wide = push(Encoding.RAW, 1, 1, 1L << 62, LAST);
    check(cut(wide, 0, 1L << 63), new long[] {1, 1L << 62}, 0, 1);
    check(cut(wide, 1L << 63, 0), new long[] {LAST}, 2);
  }

  @Test
  void theNameOfThePushStaysAndTheRangeIsTheHalf() {
    var header = cut(push(Encoding.CONTIGUOUS, 1, 1, 2), 0, 2).header();
    assertEquals(new RecordHeader(RecordType.PUSH, RecordType.HELD, 9, 3, 21, 4, 5, 6, 8), header);
  }

  @Test
  void aHalfWithoutAKeyOfItGetsNothing() {
    var push = push(Encoding.DELTA, 1, 5, 9);
    assertTrue(HeldPush.cut(push, 9, new KeyRange(10, 0)).isEmpty());
    assertTrue(HeldPush.cut(push, 9, new KeyRange(6, 9)).isEmpty());
    var none = push(Encoding.RAW, 1);
    assertTrue(HeldPush.cut(none, 9, new KeyRange(0, 0)).isEmpty(), "a push of no keys");
  }
}
