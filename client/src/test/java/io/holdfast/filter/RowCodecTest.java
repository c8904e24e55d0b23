package io.holdfast.filter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowCodecTest {
  private static byte[] encode(
      NumberFormat format, float[] values, int width, long seed, float... residue) {
    int rows = values.length / width;
    var target = ByteBuffer.allocate(RowCodec.length(format, rows, width));
    RowCodec.encode(
        format, values, 0, rows, width, seed, 0, target, residue.length == 0 ? null : residue);
    assertEquals(0, target.remaining());
    return target.array();
  }

  private static float[] decode(NumberFormat format, byte[] bytes, int rows, int width) {
    float[] values = new float[rows * width];
    RowCodec.decode(format, ByteBuffer.wrap(bytes), rows, width, values, 0);
    return values;
  }

  private static int bits(NumberFormat format, float value) {
    return ByteBuffer.wrap(encode(format, new float[] {value}, 1, 0))
            .order(ByteOrder.LITTLE_ENDIAN)
            .getShort()
        & 0xffff;
  }

  // Bit patterns as the formats' definitions give them.
  @ParameterizedTest
  @CsvSource({
    "1, 3f80",
    "-1, bf80",
    "0, 0000",
    "-0.0, 8000",
    "3.140625, 4049",
    "1.00390625, 3f80", // halfway, to even: down
    "1.01171875, 3f82", // halfway, to even: up
    "1.0039064, 3f81", // just above halfway
    "1e-45, 0000",
    "1.1754944e-38, 0080",
    "3.4028235e38, 7f7f", // not an infinity
    "-3.4028235e38, ff7f",
    "Infinity, 7f80",
    "-Infinity, ff80"
  })
  void bfloat16HasTheBitsThatItShould(float value, String bits) {
    assertEquals(Integer.parseInt(bits, 16), bits(NumberFormat.BFLOAT16, value));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 3c00",
    "-2, c000",
    "0, 0000",
    "-0.0, 8000",
    "65504, 7bff",
    "65519, 7bff",
    "65520, 7bff", // would round to an infinity
    "-1e30, fbff",
    "1.00048828125, 3c00", // halfway, to even: down
    "1.00146484375, 3c02", // halfway, to even: up
    "6.103515625e-5, 0400", // 2^-14
    "6.097555160522461e-5, 03ff", // the largest below it
    "5.960464477539063e-8, 0001", // 2^-24
    "2.9802322387695312e-8, 0000", // half of that: to even
    "2.9802326e-8, 0001",
    "8.940696716308594e-8, 0002", // 1.5 * 2^-24: to even
    "0.333251953125, 3555",
    "Infinity, 7c00",
    "-Infinity, fc00"
  })
  void float16HasTheBitsThatItShould(float value, String bits) {
    assertEquals(Integer.parseInt(bits, 16), bits(NumberFormat.FLOAT16, value));
  }

  @Test
  void aNanStaysOneWhateverItsBits() {
    for (int nan : new int[] {0x7fc00000, 0x7f800001, 0xff800001, 0x7fffffff, 0xffffffff}) {
      for (var format :
          new NumberFormat[] {NumberFormat.BFLOAT16, NumberFormat.FLOAT16, NumberFormat.INT8}) {
        byte[] bytes = encode(format, new float[] {Float.intBitsToFloat(nan)}, 1, 0);
        assertTrue(Float.isNaN(decode(format, bytes, 1, 1)[0]), format + Integer.toHexString(nan));
      }
    }
  }

  // Against exact arithmetic: no pattern of the format is nearer than the one chosen.
  @Test
  void halvesAreTheNearestOfAllPatterns() {
    var random = new Random(7);
    for (var format : new NumberFormat[] {NumberFormat.BFLOAT16, NumberFormat.FLOAT16}) {
      for (int i = 0; i < 20_000; i++) {
        float value = Float.intBitsToFloat(random.nextInt());
        if (format == NumberFormat.FLOAT16) {
          value = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(45) - 28));
        }
        if (!Float.isFinite(value)) {
          continue;
        }
        int chosen = bits(format, value);
        var distance = distance(format, chosen, value);
        for (int next : new int[] {chosen - 1, chosen + 1}) {
          float neighbour = value(format, next & 0xffff);
          if (!Float.isFinite(neighbour) || (next & 0x8000) != (chosen & 0x8000)) {
            continue;
          }
          int order = distance.compareTo(distance(format, next & 0xffff, value));
          assertTrue(order < 0 || (order == 0 && (chosen & 1) == 0), format + " of " + value);
        }
      }
    }
  }

  private static float value(NumberFormat format, int bits) {
    return decode(format, new byte[] {(byte) bits, (byte) (bits >> 8)}, 1, 1)[0];
  }

  private static BigDecimal distance(NumberFormat format, int bits, float value) {
    return new BigDecimal(value).subtract(new BigDecimal(value(format, bits))).abs();
  }

  @Test
  void everyPatternOfTheHalvesSurvives() {
    for (var format : new NumberFormat[] {NumberFormat.BFLOAT16, NumberFormat.FLOAT16}) {
      for (int bits = 0; bits < 1 << 16; bits++) {
        float value = value(format, bits);
        if (!Float.isNaN(value)) {
          assertEquals(bits, bits(format, value), format + " " + Integer.toHexString(bits));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 300, 3", "3, 50, 2", "64, 3, 2", "65, 3, 3", "4096, 2, 2"})
  void int8HasOneScaleForABlockOfRows(int width, int rows, int blocks) {
    assertEquals(rows * width + 4 * blocks, RowCodec.length(NumberFormat.INT8, rows, width));
    float[] values = new float[rows * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.pow(10, 5 * (i / (width * RowCodec.blockRows(width))));
    }
    byte[] bytes = encode(NumberFormat.INT8, values, width, 3);
    float[] read = decode(NumberFormat.INT8, bytes, rows, width);
    for (int i = 0; i < values.length; i++) {
      // The largest of its block has a step of its own, so blocks do not disturb each other.
      assertEquals(values[i], read[i], values[i] * 1e-6);
    }
  }

  @Test
  void int8IsUnbiasedAndWithinOneStep() {
    float[] values = new float[128];
    var random = new Random(1);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    int seeds = 20_000;
    double[] sums = new double[values.length];
    for (int seed = 0; seed < seeds; seed++) {
      float[] read = decode(NumberFormat.INT8, encode(NumberFormat.INT8, values, 1, seed), 128, 1);
      for (int i = 0; i < values.length; i++) {
        assertEquals(values[i], read[i], largest / 127 * 1.0001);
        sums[i] += read[i];
      }
    }
    for (int i = 0; i < values.length; i++) {
      // Five standard errors of a step that is half up and half down at worst.
      assertEquals(values[i], sums[i] / seeds, 5 * 0.5 * largest / 127 / Math.sqrt(seeds));
    }
  }

  @Test
  void theSameSeedGivesTheSameBytesAndAnotherGivesOthers() {
    float[] values = new float[500];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(i);
    }
    byte[] once = encode(NumberFormat.INT8, values, 5, 42);
    assertArrayEquals(once, encode(NumberFormat.INT8, values, 5, 42));
    assertNotEquals(
        Arrays.hashCode(once), Arrays.hashCode(encode(NumberFormat.INT8, values, 5, 43)));
    // In two parts, at a block's edge, with the counter of each: the same again.
    var parts = ByteBuffer.allocate(once.length);
    RowCodec.encode(NumberFormat.INT8, values, 0, 25, 5, 42, 0, parts, null);
    RowCodec.encode(NumberFormat.INT8, values, 125, 75, 5, 42, 125, parts, null);
    assertArrayEquals(once, parts.array());
  }

  @Test
  void int8TakesTheSmallestAndTheLargestNumbers() {
    for (float most :
        new float[] {Float.MIN_VALUE, 190 * Float.MIN_VALUE, 1e-40f, Float.MAX_VALUE}) {
      float[] values = {most, -most, most / 2, 0, Float.NaN, Float.POSITIVE_INFINITY};
      float[] read = decode(NumberFormat.INT8, encode(NumberFormat.INT8, values, 1, 9), 6, 1);
      assertEquals(most, read[0], most / 127.0);
      assertEquals(-most, read[1], most / 127.0);
      assertEquals(0, read[3]);
      assertTrue(Float.isNaN(read[4]) && Float.isNaN(read[5]));
      assertTrue(Float.isFinite(read[0]));
    }
  }

  @Test
  void theResidueIsWhatTheBytesLack() {
    var random = new Random(3);
    float[] values = new float[300];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    values[7] = Float.NaN;
    values[8] = Float.POSITIVE_INFINITY;
    for (var format : NumberFormat.values()) {
      float[] residue = new float[values.length];
      float[] read = decode(format, encode(format, values, 3, 1, residue), 100, 3);
      for (int i = 0; i < values.length; i++) {
        assertEquals(i == 7 || i == 8 ? 0 : values[i] - read[i], residue[i], format + " " + i);
      }
    }
  }

  @Test
  void aScaleThatIsNoneIsRefused() {
    for (float scale : new float[] {Float.NaN, -1, Float.POSITIVE_INFINITY}) {
      byte[] bytes = new byte[6];
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(scale);
      var thrown =
          assertThrows(HoldfastException.class, () -> decode(NumberFormat.INT8, bytes, 2, 1));
      assertEquals(ErrorCode.MALFORMED_FRAME, thrown.code());
    }
  }
}
