package io.holdfast.filter;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Rows of float32 to bytes and back, all little-endian. Pure: the same arguments give the same
 * bytes.
 *
 * <p>{@link NumberFormat#INT8} has one scale for a block of rows: as many as have 128 values
 * together, or one row where a row has more than 64. A block is a float32 scale and then a signed
 * byte for each value, which is the byte times the scale; -128 is a NaN. The scale is the largest
 * magnitude of the block divided by 127, and a value between two steps is rounded up or down at
 * random, so that its expectation is the value: the stochastic quantisation of QSGD (Alistarh et
 * al., NIPS '17) with one byte and the largest magnitude as the norm. What rounding leaves can be
 * carried to the next push, as 1-bit SGD does (Seide et al., Interspeech '14): see {@link
 * #encode}'s residue.
 */
public final class RowCodec {
  private static final int BLOCK_VALUES = 128;
  private static final float LARGEST = 127;
  private static final byte NOT_A_NUMBER = -128;

  private RowCodec() {}

  /**
   * Bytes of rows in a format.
   *
   * @throws ArithmeticException beyond 2^31 - 1
   */
  public static int length(NumberFormat format, int rows, int width) {
    int values = Math.multiplyExact(rows, width);
    return switch (format) {
      case PLAIN -> Math.multiplyExact(values, Float.BYTES);
      case BFLOAT16, FLOAT16 -> Math.multiplyExact(values, Short.BYTES);
      case INT8 -> Math.addExact(values, blocks(rows, width) * Float.BYTES);
    };
  }

  /** Rows that share a scale in {@link NumberFormat#INT8}; the last block may have fewer. */
  public static int blockRows(int width) {
    return Math.max(1, BLOCK_VALUES / width);
  }

  private static int blocks(int rows, int width) {
    int step = blockRows(width);
    return (int) (((long) rows + step - 1) / step);
  }

  /**
   * Writes rows at the buffer's position and moves it on.
   *
   * @param from index of the first value
   * @param seed of the random rounding (INT8 alone)
   * @param counter of the first value: with the same seed, values of different counters are rounded
   *     independently of each other
   * @param residue if not null becomes, from {@code from} on, each value less what its bytes decode
   *     to; 0 where that is not finite
   * @throws java.nio.BufferOverflowException where there is no room for {@link #length} bytes
   */
  public static void encode(
      NumberFormat format,
      float[] values,
      int from,
      int rows,
      int width,
      long seed,
      long counter,
      ByteBuffer target,
      float @Nullable [] residue) {
    ByteOrder order = target.order();
    target.order(ByteOrder.LITTLE_ENDIAN);
    int to = from + rows * width;
    switch (format) {
      case PLAIN -> {
        target.asFloatBuffer().put(values, from, to - from);
        target.position(target.position() + (to - from) * Float.BYTES);
      }
      case BFLOAT16 -> {
        for (int i = from; i < to; i++) {
          target.putShort(HalfFloats.toBfloat16(values[i]));
        }
      }
      case FLOAT16 -> {
        for (int i = from; i < to; i++) {
          target.putShort(HalfFloats.toFloat16(values[i]));
        }
      }
      case INT8 -> {
        int step = blockRows(width) * width;
        for (int i = from; i < to; i += step) {
          encodeBlock(values, i, Math.min(to, i + step), seed, counter + (i - from), target);
        }
      }
    }
    if (residue != null) {
      residue(format, values, from, rows, width, target, residue);
    }
    target.order(order);
  }

  private static void encodeBlock(
      float[] values, int from, int to, long seed, long counter, ByteBuffer target) {
    float scale = scale(values, from, to);
    target.putFloat(scale);
    for (int i = from; i < to; i++) {
      float value = values[i];
      if (!Float.isFinite(value)) {
        target.put(NOT_A_NUMBER);
      } else if (scale == 0) {
        target.put((byte) 0);
      } else {
        double steps = (double) value / scale;
        double low = Math.floor(steps);
        double drawn = (mix(seed, counter + (i - from)) >>> 11) * 0x1p-53;
        double rounded = drawn < steps - low ? low + 1 : low;
        target.put((byte) Math.max(-LARGEST, Math.min(LARGEST, rounded)));
      }
    }
  }

  // Such that 127 steps reach the largest value, and stay finite.
  private static float scale(float[] values, int from, int to) {
    float largest = 0;
    for (int i = from; i < to; i++) {
      float magnitude = Math.abs(values[i]);
      if (magnitude > largest && magnitude <= Float.MAX_VALUE) {
        largest = magnitude;
      }
    }
    float scale = largest / LARGEST;
    if (scale * LARGEST < largest) {
      scale = Math.nextUp(scale);
    }
    return Float.isInfinite(scale * LARGEST) ? Math.nextDown(scale) : scale;
  }

  // SplitMix64's output function, over the counter's place in the sequence that the seed begins.
  private static long mix(long seed, long counter) {
    long z = seed + (counter + 1) * 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  private static void residue(
      NumberFormat format,
      float[] values,
      int from,
      int rows,
      int width,
      ByteBuffer encoded,
      float[] residue) {
    var read = encoded.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    read.limit(encoded.position());
    read.position(encoded.position() - length(format, rows, width));
    decode(format, read, rows, width, residue, from);
    for (int i = from; i < from + rows * width; i++) {
      float rest = values[i] - residue[i];
      residue[i] = Float.isFinite(rest) ? rest : 0;
    }
  }

  /**
   * Reads rows at the buffer's position and moves it on.
   *
   * @param to index of the first value in {@code values}
   * @throws HoldfastException MALFORMED_FRAME where a scale is none
   * @throws java.nio.BufferUnderflowException where there are fewer than {@link #length} bytes
   */
  public static void decode(
      NumberFormat format, ByteBuffer source, int rows, int width, float[] values, int to) {
    ByteOrder order = source.order();
    source.order(ByteOrder.LITTLE_ENDIAN);
    int end = to + rows * width;
    switch (format) {
      case PLAIN -> {
        source.asFloatBuffer().get(values, to, end - to);
        source.position(source.position() + (end - to) * Float.BYTES);
      }
      case BFLOAT16 -> {
        for (int i = to; i < end; i++) {
          values[i] = HalfFloats.fromBfloat16(source.getShort());
        }
      }
      case FLOAT16 -> {
        for (int i = to; i < end; i++) {
          values[i] = HalfFloats.fromFloat16(source.getShort());
        }
      }
      case INT8 -> {
        int step = blockRows(width) * width;
        for (int i = to; i < end; i += step) {
          decodeBlock(source, values, i, Math.min(end, i + step));
        }
      }
    }
    source.order(order);
  }

  private static void decodeBlock(ByteBuffer source, float[] values, int from, int to) {
    float scale = source.getFloat();
    if (!(scale >= 0 && scale <= Float.MAX_VALUE)) {
      throw new HoldfastException(
          ErrorCode.MALFORMED_FRAME,
          "a block of int8 values has the scale " + scale + ": it must be finite and not negative");
    }
    for (int i = from; i < to; i++) {
      byte steps = source.get();
      values[i] = steps == NOT_A_NUMBER ? Float.NaN : steps * scale;
    }
  }
}
