package io.holdfast.wire;

import io.holdfast.model.HoldfastException;
import java.util.Arrays;
import java.util.Objects;

/**
 * Columns of numbers of which neighbours are alike, as of clocks: differences, run-length coded.
 * Numbers that are equal, or go up by the same step, take a few bytes however many they are; others
 * take their difference and little more.
 *
 * <p>A column is a sequence of groups. A group begins with a varint <i>2n</i> or <i>2n + 1</i>, n
 * at least 1: after <i>2n</i> comes one difference, which the next n numbers all have to the one
 * before them; after <i>2n + 1</i> come n differences. The number before the first is 0.
 * Differences are modulo 2^64, in zigzag varints: 0, -1, 1, -2 ... as 0, 1, 2, 3 ...
 */
public final class DeltaRuns {
  private static final int MAX_VARINT_BYTES = 10;

  // A run costs two bytes more than its place among single differences.
  private static final int SHORTEST_RUN = 3;

  private DeltaRuns() {}

  /** Encodes the first {@code count} numbers. */
  public static byte[] encode(long[] values, int count) {
    Objects.checkFromIndexSize(0, count, values.length);
    var out = new Output(Math.min(count, 1 << 10) + 2 * MAX_VARINT_BYTES);
    int single = 0; // where the differences begin that are in no run
    int at = 0;
    while (at < count) {
      int end = runEnd(values, at, count);
      if (end - at >= SHORTEST_RUN) {
        singles(values, single, at, out);
        out.varint((long) (end - at) << 1);
        out.varint(zigzag(difference(values, at)));
        single = end;
      }
      at = end;
    }
    singles(values, single, count, out);
    return out.bytes();
  }

  /**
   * Decodes as many numbers as the array has, which must take all of the bytes.
   *
   * @throws HoldfastException MALFORMED_FRAME
   */
  public static void decode(byte[] bytes, long[] into) {
    var in = new Input(bytes);
    long value = 0;
    int at = 0;
    while (at < into.length) {
      long head = in.varint();
      long n = head >>> 1;
      if (n == 0 || n > into.length - at) {
        throw InboundFrame.malformed(
            "a group of " + n + " numbers where " + (into.length - at) + " are left");
      }
      boolean run = (head & 1) == 0;
      long step = run ? in.difference() : 0;
      for (int end = at + (int) n; at < end; at++) {
        value += run ? step : in.difference();
        into[at] = value;
      }
    }
    in.end();
  }

  private static long difference(long[] values, int at) {
    return values[at] - (at == 0 ? 0 : values[at - 1]);
  }

  private static int runEnd(long[] values, int from, int count) {
    long step = difference(values, from);
    int end = from + 1;
    while (end < count && values[end] - values[end - 1] == step) {
      end++;
    }
    return end;
  }

  private static void singles(long[] values, int from, int to, Output out) {
    if (to > from) {
      out.varint((long) (to - from) << 1 | 1);
      for (int i = from; i < to; i++) {
        out.varint(zigzag(difference(values, i)));
      }
    }
  }

  private static long zigzag(long difference) {
    return difference << 1 ^ difference >> 63;
  }

  private static final class Output {
    private byte[] bytes;
    private int length;

    Output(int capacity) {
      bytes = new byte[capacity];
    }

    void varint(long value) {
      if (bytes.length - length < MAX_VARINT_BYTES) {
        bytes = Arrays.copyOf(bytes, bytes.length * 2);
      }
      long left = value;
      while ((left & ~0x7fL) != 0) {
        bytes[length++] = (byte) (left | 0x80);
        left >>>= 7;
      }
      bytes[length++] = (byte) left;
    }

    byte[] bytes() {
      return Arrays.copyOf(bytes, length);
    }
  }

  private static final class Input {
    private final byte[] bytes;
    private int at;

    Input(byte[] bytes) {
      this.bytes = bytes;
    }

    long varint() {
      long value = 0;
      for (int shift = 0; shift < 7 * MAX_VARINT_BYTES; shift += 7) {
        if (at == bytes.length) {
          throw InboundFrame.malformed("a column of numbers is cut off");
        }
        byte next = bytes[at++];
        value |= (next & 0x7fL) << shift;
        if (next >= 0) {
          return value;
        }
      }
      throw InboundFrame.malformed("a varint of more than ten bytes in a column of numbers");
    }

    long difference() {
      long coded = varint();
      return coded >>> 1 ^ -(coded & 1);
    }

    void end() {
      if (at != bytes.length) {
        throw InboundFrame.malformed(
            (bytes.length - at) + " bytes are left over behind a column of numbers");
      }
    }
  }
}
