package io.holdfast.wire;

import io.holdfast.wire.KeyField.Encoding;
import java.io.IOException;
import java.util.Objects;

/**
 * The keys of a request as they will stand in its frame: strictly ascending as unsigned numbers,
 * which the maker has checked.
 */
public final class OutboundKeys {
  private static final byte[] NO_DELTAS = {};
  private static final long[] NO_KEYS = {};

  // Field numbers, the same in Push and in Pull.
  private static final int COUNT = 4;
  private static final int FIRST = 5;
  private static final int RAW = 6;
  private static final int DELTAS = 7;

  private final Encoding encoding;
  private final int count;
  private final long first;
  private final long[] keys;
  private final int from;
  private final byte[] deltas;

  private OutboundKeys(
      Encoding encoding, int count, long first, long[] keys, int from, byte[] deltas) {
    this.encoding = encoding;
    this.count = count;
    this.first = first;
    this.keys = keys;
    this.from = from;
    this.deltas = deltas;
  }

  /** {@code first, first + 1, ...}. */
  public static OutboundKeys contiguous(long first, int count) {
    return new OutboundKeys(Encoding.CONTIGUOUS, count, first, NO_KEYS, 0, NO_DELTAS);
  }

  /** {@code keys[from] ... keys[to - 1]}, eight bytes each; refers to the array. */
  public static OutboundKeys raw(long[] keys, int from, int to) {
    Objects.checkFromToIndex(from, to, keys.length);
    return new OutboundKeys(Encoding.RAW, to - from, 0, keys, from, NO_DELTAS);
  }

  /** The same as differences, encoded here and now. */
  public static OutboundKeys delta(long[] keys, int from, int to) {
    return delta(keys, from, to, KeyCodec.deltaLength(keys, from, to));
  }

  /** The shortest form. Refers to the array where that is the raw one. */
  public static OutboundKeys of(long[] keys, int from, int to) {
    Objects.checkFromToIndex(from, to, keys.length);
    int count = to - from;
    if (count > 0 && keys[to - 1] - keys[from] == count - 1) {
      return contiguous(keys[from], count);
    }
    int length = KeyCodec.deltaLength(keys, from, to);
    return length < count * 8L ? delta(keys, from, to, length) : raw(keys, from, to);
  }

  private static OutboundKeys delta(long[] keys, int from, int to, int length) {
    byte[] deltas = new byte[length];
    KeyCodec.encodeDeltas(keys, from, to, deltas);
    return new OutboundKeys(Encoding.DELTA, to - from, 0, NO_KEYS, 0, deltas);
  }

  public Encoding encoding() {
    return encoding;
  }

  public int count() {
    return count;
  }

  /** Bytes of the encoded keys. */
  public int byteLength() {
    return switch (encoding) {
      case CONTIGUOUS -> 0;
      case RAW -> count * Long.BYTES;
      case DELTA -> deltas.length;
    };
  }

  /** Bytes of all key fields in the frame. */
  int size() {
    return FrameWriter.fieldSize(count)
        + switch (encoding) {
          case CONTIGUOUS -> 1 + FrameWriter.varintSize(first);
          case RAW -> count == 0 ? 0 : FrameWriter.bytesSize(Math.multiplyExact(count, Long.BYTES));
          case DELTA -> count == 0 ? 0 : FrameWriter.bytesSize(deltas.length);
        };
  }

  void write(FrameWriter writer) throws IOException {
    writer.field(COUNT, count);
    switch (encoding) {
      case CONTIGUOUS -> {
        // An optional field: written even where it is 0.
        writer.varint(FIRST << 3);
        writer.varint(first);
      }
      case RAW -> {
        if (count > 0) {
          writer.head(RAW, count * Long.BYTES);
          writer.longs(keys, from, count);
        }
      }
      case DELTA -> {
        if (count > 0) {
          writer.head(DELTAS, deltas.length);
          writer.bytes(deltas, 0, deltas.length);
        }
      }
    }
  }
}
