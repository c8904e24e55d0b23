package io.holdfast.wire;

import java.io.IOException;
import java.util.Objects;

/** The values of a push: a reference to a part of the caller's array, {@code [rows][width]}. */
public abstract class OutboundValues {
  private OutboundValues() {}

  /** No values. */
  public static final OutboundValues NONE = of(new float[0], 0, 0);

  /** {@code count} values from {@code from}. */
  public static OutboundValues of(float[] values, int from, int count) {
    Objects.checkFromIndexSize(from, count, values.length);
    return new OutboundValues() {
      @Override
      public int byteLength() {
        return Math.multiplyExact(count, Float.BYTES);
      }

      @Override
      void write(FrameWriter writer) throws IOException {
        writer.floats(values, from, count);
      }
    };
  }

  /** {@code count} values from {@code from}. */
  public static OutboundValues of(long[] values, int from, int count) {
    Objects.checkFromIndexSize(from, count, values.length);
    return new OutboundValues() {
      @Override
      public int byteLength() {
        return Math.multiplyExact(count, Long.BYTES);
      }

      @Override
      void write(FrameWriter writer) throws IOException {
        writer.longs(values, from, count);
      }
    };
  }

  /** The rows {@code order[from] ... order[to - 1]} of {@code values}, in that order. */
  public static OutboundValues rows(float[] values, int width, int[] order, int from, int to) {
    Objects.checkFromToIndex(from, to, order.length);
    return new OutboundValues() {
      @Override
      public int byteLength() {
        return Math.multiplyExact(to - from, width * Float.BYTES);
      }

      @Override
      void write(FrameWriter writer) throws IOException {
        for (int i = from; i < to; i++) {
          writer.floats(values, order[i] * width, width);
        }
      }
    };
  }

  /** The rows {@code order[from] ... order[to - 1]} of {@code values}, in that order. */
  public static OutboundValues rows(long[] values, int width, int[] order, int from, int to) {
    Objects.checkFromToIndex(from, to, order.length);
    return new OutboundValues() {
      @Override
      public int byteLength() {
        return Math.multiplyExact(to - from, width * Long.BYTES);
      }

      @Override
      void write(FrameWriter writer) throws IOException {
        for (int i = from; i < to; i++) {
          writer.longs(values, order[i] * width, width);
        }
      }
    };
  }

  /** Values that are encoded; refers to the array. */
  public static OutboundValues encoded(ValueShape shape, byte[] bytes) {
    return new OutboundValues() {
      @Override
      public int byteLength() {
        return bytes.length;
      }

      @Override
      public ValueShape shape() {
        return shape;
      }

      @Override
      void write(FrameWriter writer) throws IOException {
        writer.bytes(bytes, 0, bytes.length);
      }
    };
  }

  /** Values as they are, little-endian already; refers to the array. */
  public static OutboundValues plain(byte[] bytes, int from, int count) {
    Objects.checkFromIndexSize(from, count, bytes.length);
    return new OutboundValues() {
      @Override
      public int byteLength() {
        return count;
      }

      @Override
      void write(FrameWriter writer) throws IOException {
        writer.bytes(bytes, from, count);
      }
    };
  }

  /** The same as rows with their optimizer state, to be written over. */
  public OutboundValues asWholeRows() {
    var same = this;
    return new OutboundValues() {
      @Override
      public boolean areWholeRows() {
        return true;
      }

      @Override
      public ValueShape shape() {
        return same.shape();
      }

      @Override
      public int byteLength() {
        return same.byteLength();
      }

      @Override
      void write(FrameWriter writer) throws IOException {
        same.write(writer);
      }
    };
  }

  /** Whether they are rows with their optimizer state. */
  public boolean areWholeRows() {
    return false;
  }

  /** How they are encoded. */
  public ValueShape shape() {
    return ValueShape.PLAIN;
  }

  /** Bytes on the wire. */
  public abstract int byteLength();

  abstract void write(FrameWriter writer) throws IOException;
}
