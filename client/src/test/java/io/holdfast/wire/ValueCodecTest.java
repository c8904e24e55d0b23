package io.holdfast.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.filter.Compression;
import io.holdfast.filter.Encoding;
import io.holdfast.filter.NumberFormat;
import io.holdfast.model.ElementType;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Rows to the bytes of a {@code values} field and back, and bytes that are none. */
class ValueCodecTest {
  private static final int GUARD = 16;
  private static final NumberFormat[] FORMATS = NumberFormat.values();
  private static final Compression[] COMPRESSIONS = Compression.values();

  private final ValueEncoder encoder = new ValueEncoder();
  private final ValueDecoder decoder = new ValueDecoder();

  private ValueEncoder.Encoded encode(Encoding encoding, byte[] rows, int rowBytes) {
    encoder.plain(rows.length).put(rows);
    return encoder.encode(encoding, rows.length / rowBytes, rowBytes, 77);
  }

  private byte[] decode(
      ValueShape shape, ElementType element, byte[] values, int rows, int rowBytes) {
    byte[] all = new byte[rows * rowBytes + 2 * GUARD];
    Arrays.fill(all, (byte) 0x5a);
    var target = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
    var frame = Slices.cut(values, new Random(rows));
    decoder.decode(frame, 0, values.length, shape, element, rows, rowBytes, target, GUARD);
    for (int i = 0; i < GUARD; i++) {
      assertEquals(0x5a, all[i]);
      assertEquals(0x5a, all[all.length - 1 - i]);
    }
    return Arrays.copyOfRange(all, GUARD, all.length - GUARD);
  }

  private static byte[] bytes(ValueEncoder.Encoded encoded) {
    byte[] bytes = new byte[encoded.bytes().remaining()];
    encoded.bytes().get(bytes);
    return bytes;
  }

  private static byte[] rows(Random random, int rows, int rowBytes, double zeros) {
    var bytes = ByteBuffer.allocate(rows * rowBytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int row = 0; row < rows; row++) {
      boolean isZero = random.nextDouble() < zeros;
      for (int i = 0; i < rowBytes / 4; i++) {
        bytes.putFloat(isZero ? 0 : random.nextInt(100) / 8f);
      }
    }
    return bytes.array();
  }

  @Test
  void plainNumbersComeBackBitByBit() {
    var random = new Random(5);
    for (int round = 0; round < 300; round++) {
      int rowBytes = 4 * (1 + random.nextInt(round % 10 == 0 ? 3000 : 20));
      int count = random.nextInt(round % 10 == 0 ? 20 : 2000);
      byte[] rows = rows(random, count, rowBytes, random.nextInt(5) / 4.0);
      var encoding =
          new Encoding(
              NumberFormat.PLAIN, COMPRESSIONS[round % 3], false, random.nextBoolean());
      var encoded = encode(encoding, rows, rowBytes);
      assertTrue(encoded.bytes().remaining() <= rows.length + (count + 7) / 8);
      var element = rowBytes % 8 == 0 ? ElementType.INT64 : ElementType.FLOAT32;
      byte[] read = decode(encoded.shape(), element, bytes(encoded), count, rowBytes);
      assertArrayEquals(rows, read, () -> encoding.toString());
    }
  }

  @Test
  void otherFormatsComeBackAsNearAsTheyAreWithZeroRowsInPlace() {
    var random = new Random(6);
    for (int round = 0; round < 300; round++) {
      int width = 1 + random.nextInt(round % 10 == 0 ? 3000 : 20);
      int count = random.nextInt(round % 10 == 0 ? 50 : 2000);
      byte[] rows = rows(random, count, 4 * width, random.nextInt(5) / 4.0);
      var encoding =
          new Encoding(
              FORMATS[1 + round % 3],
              COMPRESSIONS[random.nextInt(3)],
              false,
              random.nextBoolean());
      var encoded = encode(encoding, rows, 4 * width);
      var read =
          ByteBuffer.wrap(
                  decode(encoded.shape(), ElementType.FLOAT32, bytes(encoded), count, 4 * width))
              .order(ByteOrder.LITTLE_ENDIAN);
      var sent = ByteBuffer.wrap(rows).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < rows.length; i += 4) {
        float value = sent.getFloat(i);
        double off = encoding.format() == NumberFormat.INT8 ? 12.5 / 127 : value / 256;
        assertEquals(value, read.getFloat(i), off, () -> encoding.toString());
      }
    }
  }

  @Test
  void aRowOfNegativeZerosIsKept() {
    var rows = ByteBuffer.allocate(64 * 4).order(ByteOrder.LITTLE_ENDIAN);
    rows.putFloat(20 * 4, -0.0f);
    var encoded = encode(Encoding.PLAIN.withSkipZeroRows(true), rows.array(), 4);
    assertTrue(encoded.shape().masked());
    assertEquals(8 + 4, encoded.bytes().remaining());
    assertArrayEquals(
        rows.array(), decode(encoded.shape(), ElementType.FLOAT32, bytes(encoded), 64, 4));
  }

  @Test
  void whatSavesNothingIsLeftOut() {
    byte[] noise = new byte[4096];
    new Random(2).nextBytes(noise);
    for (var compression : Compression.values()) {
      var encoded =
          encode(Encoding.PLAIN.withCompression(compression).withSkipZeroRows(true), noise, 4);
      assertEquals(ValueShape.PLAIN, encoded.shape());
      assertArrayEquals(noise, bytes(encoded));
    }
  }

  private void assertRefused(ErrorCode code, ValueShape shape, byte[] values, int rows) {
    var thrown =
        assertThrows(
            HoldfastException.class,
            () -> decode(shape, ElementType.FLOAT32, values, rows, 4),
            shape::toString);
    assertEquals(code, thrown.code(), thrown::getMessage);
  }

  @Test
  void bytesOfAnotherLengthAreRefused() {
    for (int length : new int[] {0, 15, 17, 40}) {
      assertRefused(ErrorCode.WRONG_WIDTH, new ValueShape(1, 0, false, 0), new byte[length], 8);
    }
    // A mask of eight rows and two marks.
    assertRefused(ErrorCode.WRONG_WIDTH, new ValueShape(0, 0, true, 0), new byte[] {}, 8);
    assertRefused(ErrorCode.WRONG_WIDTH, new ValueShape(0, 0, true, 0), new byte[] {3, 0, 0}, 8);
    assertRefused(ErrorCode.WRONG_WIDTH, new ValueShape(0, 0, true, 0), new byte[10], 8);
  }

  @Test
  void marksOfRowsThatThereAreNotAreRefused() {
    byte[] values = {(byte) 0x40, 0, 0, 0, 0};
    assertRefused(ErrorCode.MALFORMED_FRAME, new ValueShape(0, 0, true, 0), values, 5);
  }

  @Test
  void formsThatThereAreNotAreRefused() {
    byte[] values = new byte[16];
    assertRefused(ErrorCode.INVALID_ARGUMENT, new ValueShape(4, 0, false, 0), values, 4);
    assertRefused(ErrorCode.INVALID_ARGUMENT, new ValueShape(-1, 0, false, 0), values, 4);
    assertRefused(ErrorCode.INVALID_ARGUMENT, new ValueShape(0, 3, false, 16), values, 4);
    assertRefused(ErrorCode.MALFORMED_FRAME, new ValueShape(0, 0, false, 16), values, 4);
    var thrown =
        assertThrows(
            HoldfastException.class,
            () -> decode(new ValueShape(1, 0, false, 0), ElementType.INT64, values, 1, 8));
    assertEquals(ErrorCode.INVALID_ARGUMENT, thrown.code());
  }

  @Test
  void bytesThatCannotBeDecompressedAreRefused() {
    var random = new Random(8);
    byte[] zeros = new byte[4000];
    for (var compression : new Compression[] {Compression.LZ4, Compression.ZSTD}) {
      var encoded = encode(Encoding.PLAIN.withCompression(compression), zeros, 4);
      byte[] packed = bytes(encoded);
      int number = compression.number();
      assertTrue(packed.length < 100);
      // Another length than the bytes give, on either side.
      for (int length : new int[] {0, 1, 3996, 3999}) {
        assertRefused(
            ErrorCode.MALFORMED_FRAME, new ValueShape(0, number, false, length), packed, 1000);
      }
      // More than the rows can take: refused before there is room for it.
      for (int length : new int[] {4001, Integer.MAX_VALUE, -1}) {
        assertRefused(
            ErrorCode.WRONG_WIDTH, new ValueShape(0, number, false, length), packed, 1000);
      }
      for (int cut = 0; cut < packed.length; cut++) {
        assertRefused(ErrorCode.MALFORMED_FRAME, encoded.shape(), Arrays.copyOf(packed, cut), 1000);
      }
      for (int round = 0; round < 2_000; round++) {
        byte[] garbled = packed.clone();
        garbled[random.nextInt(garbled.length)] ^= (byte) (1 << random.nextInt(8));
        try {
          decode(encoded.shape(), ElementType.FLOAT32, garbled, 1000, 4);
        } catch (HoldfastException e) {
          assertEquals(ErrorCode.MALFORMED_FRAME, e.code());
        }
      }
    }
  }

  @Test
  void aDigestHasTheValueOfTheDocumentation() {
    assertEquals(0, KeyDigest.of(new long[0], 0, 0));
    assertEquals(
        io.holdfast.model.KeyHash.place(0x9e3779b97f4a7c15L ^ 5),
        KeyDigest.of(new long[] {5}, 0, 1));
    assertEquals(0x452d1db0fc1c98f3L, KeyDigest.of(new long[] {9, 1, 2, 300, 9}, 1, 4));
  }

  @Test
  void theListThatWasNotUsedForLongestIsGivenUpFirst() {
    var lists = new KeyLists<String>(3 * (64 + 100));
    for (int i = 0; i < 3; i++) {
      lists.put(1, i, "list " + i, 100);
    }
    assertEquals("list 0", lists.get(1, 0)); // used
    lists.put(2, 0, "of another range", 90);
    assertEquals(null, lists.get(1, 1));
    assertEquals("list 0", lists.get(1, 0));
    assertEquals("list 2", lists.get(1, 2));
    assertEquals("of another range", lists.get(2, 0));
    lists.put(1, 7, "too large", 3 * 164);
    assertEquals(null, lists.get(1, 7));
    assertEquals("list 2", lists.get(1, 2));
    lists.put(1, 2, "again", 100); // takes the place of the one before
    assertEquals("list 0", lists.get(1, 0));
    assertEquals("again", lists.get(1, 2));
  }
}
