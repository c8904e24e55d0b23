package io.holdfast.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyCodecTest {
  /** Strictly ascending unsigned keys with differences of up to {@code bits} bits. */
  static long[] ascending(Random random, int count, int bits) {
    long[] keys = new long[count];
    long key = random.nextLong() >>> (1 + random.nextInt(63));
    for (int i = 0; i < count; i++) {
      keys[i] = key;
      long next = key + 1 + (bits == 0 ? 0 : random.nextLong() >>> (64 - bits));
      if (Long.compareUnsigned(next, key) <= 0) {
        return Arrays.copyOf(keys, i + 1);
      }
      key = next;
    }
    return keys;
  }

  @Test
  void keysComeBackFromEveryForm() {
    for (long seed = 0; seed < 2_000; seed++) {
      var random = new Random(seed);
      long[] keys = ascending(random, random.nextInt(300), random.nextInt(60));
      byte[] deltas = new byte[KeyCodec.deltaLength(keys, 0, keys.length)];
      assertEquals(deltas.length, KeyCodec.encodeDeltas(keys, 0, keys.length, deltas));
      assertArrayEquals(keys, decode(deltas, keys.length), "seed " + seed);

      ByteBuffer raw = ByteBuffer.allocate(3 + 8 * keys.length).order(ByteOrder.LITTLE_ENDIAN);
      raw.position(3).slice().order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().put(keys);
      long[] back = new long[keys.length];
      KeyCodec.decodeRaw(raw, 3, 8 * keys.length, back, keys.length);
      assertArrayEquals(keys, back, "seed " + seed);
    }
  }

  @Test
  void keysBeyondTheSignedRangeAscend() {
    long[] keys = {0, Long.MAX_VALUE, Long.MIN_VALUE, -1};
    byte[] deltas = new byte[KeyCodec.deltaLength(keys, 0, 4)];
    KeyCodec.encodeDeltas(keys, 0, 4, deltas);
    assertArrayEquals(keys, decode(deltas, 4));
    assertEquals(4, KeyCodec.firstNotAscending(keys, 0, 4));
    assertEquals(1, KeyCodec.firstNotAscending(new long[] {-1, 0}, 0, 2));
  }

  @Test
  void aZeroDifferenceOrOneBeyondTheLastKeyIsRefused() {
    for (int at = 1; at < 40; at++) {
      byte[] deltas = new byte[40];
      Arrays.fill(deltas, (byte) 1);
      deltas[at] = 0;
      assertEquals(ErrorCode.KEYS_NOT_ASCENDING, failure(deltas, 40), "at " + at);
    }
    long[] wrapping = {5, 7, 3};
    byte[] deltas = new byte[KeyCodec.deltaLength(wrapping, 0, 3)];
    KeyCodec.encodeDeltas(wrapping, 0, 3, deltas);
    assertEquals(ErrorCode.KEYS_NOT_ASCENDING, failure(deltas, 3));
    ByteBuffer raw = ByteBuffer.allocate(16);
    assertEquals(
        ErrorCode.KEYS_NOT_ASCENDING,
        assertThrows(HoldfastException.class, () -> KeyCodec.decodeRaw(raw, 0, 16, new long[2], 2))
            .code());
  }

  @Test
  void bytesCutOffLeftOverOrOverlongAreRefused() {
    byte[] ones = new byte[30];
    Arrays.fill(ones, (byte) 1);
    assertEquals(ErrorCode.MALFORMED_FRAME, failure(ones, 31));
    assertEquals(ErrorCode.MALFORMED_FRAME, failure(ones, 29));
    for (int at = 0; at < 28; at++) {
      byte[] overlong = ones.clone();
      overlong[at] = (byte) 0x81;
      overlong[at + 1] = 0;
      assertEquals(ErrorCode.MALFORMED_FRAME, failure(overlong, 29), "at " + at);
    }
    byte[] eleven = new byte[30];
    Arrays.fill(eleven, (byte) 0x81);
    assertEquals(ErrorCode.MALFORMED_FRAME, failure(eleven, 3));
    byte[] unfinished = {1, 1, (byte) 0x80};
    assertEquals(ErrorCode.MALFORMED_FRAME, failure(unfinished, 3));
    byte[] beyond = {
      (byte) 0xff,
      (byte) 0xff,
      (byte) 0xff,
      (byte) 0xff,
      (byte) 0xff,
      (byte) 0xff,
      (byte) 0xff,
      (byte) 0xff,
      (byte) 0xff,
      2
    };
    assertEquals(ErrorCode.MALFORMED_FRAME, failure(beyond, 1));
  }

  @Test
  void theShortestFormIsChosen() {
    assertEquals(
        KeyField.Encoding.CONTIGUOUS, OutboundKeys.of(new long[] {4, 5, 6}, 0, 3).encoding());
    assertEquals(KeyField.Encoding.DELTA, OutboundKeys.of(new long[] {4, 5, 9}, 0, 3).encoding());
    assertEquals(
        KeyField.Encoding.RAW, OutboundKeys.of(new long[] {1L << 62, -1}, 0, 2).encoding());
  }

  private static long[] decode(byte[] deltas, int count) {
    ByteBuffer source = ByteBuffer.allocateDirect(deltas.length + 5).order(ByteOrder.LITTLE_ENDIAN);
    source.put(2, deltas);
    long[] keys = new long[count];
    KeyCodec.decodeDeltas(source, 2, deltas.length, keys, count);
    return keys;
  }

  private static ErrorCode failure(byte[] deltas, int count) {
    return assertThrows(HoldfastException.class, () -> decode(deltas, count)).code();
  }
}
