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
  static final int DIGEST = 12;

  /** A digest in place of fewer bytes saves nothing to speak of. */
  private static final int LEAST_DIGESTED_BYTES = 32;

  private final Encoding encoding;
  private final int count;
  private final long first;
  private final long[] keys;
  private final int from;
  private final byte[] deltas;
  private final boolean digested;
  private final long digest;

  private OutboundKeys(
      Encoding encoding, int count, long first, long[] keys, int from, byte[] deltas) {
    this(encoding, count, first, keys, from, deltas, false, 0);
  }

  private OutboundKeys(
      Encoding encoding,
      int count,
      long first,
      long[] keys,
      int from,
      byte[] deltas,
      boolean digested,
      long digest) {
    this.encoding = encoding;
    this.count = count;
    this.first = first;
    this.keys = keys;
    this.from = from;
    this.deltas = deltas;
    this.digested = digested;
    this.digest = digest;
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

  /** As {@link #of}, with a digest where that can save bytes the next time. */
  public static OutboundKeys digested(long[] keys, int from, int to) {
    OutboundKeys of = of(keys, from, to);
    return of.byteLength() < LEAST_DIGESTED_BYTES
        ? of
        : of.with(of.encoding, true, KeyDigest.of(keys, from, to));
  }

  private OutboundKeys with(Encoding as, boolean hasDigest, long its) {
    return new OutboundKeys(as, count, first, keys, from, deltas, hasDigest, its);
  }

  /** Whether it has a digest. */
  public boolean isDigested() {
    return digested;
  }

  /** The digest. */
  public long digest() {
    return digest;
  }

  /** The keys without their digest. */
  public OutboundKeys withoutDigest() {
    return digested ? with(encoding, false, 0) : this;
  }

  /** The digest in place of the keys. */
  public OutboundKeys digestAlone() {
    if (!digested) {
      throw new IllegalStateException("these keys have no digest");
    }
    return with(Encoding.DIGEST, true, digest);
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

  /** Bytes of the encoded keys, the digest not counted. */
  public int byteLength() {
    return switch (encoding) {
      case CONTIGUOUS, DIGEST -> 0;
      case RAW -> count * Long.BYTES;
      case DELTA -> deltas.length;
    };
  }

  /** Bytes of all key fields in the frame. */
  int size() {
    return FrameWriter.fieldSize(count)
        + (digested ? FrameWriter.fixed64Size() : 0)
        + switch (encoding) {
          case DIGEST -> 0;
          case CONTIGUOUS -> 1 + FrameWriter.varintSize(first);
          case RAW -> count == 0 ? 0 : FrameWriter.bytesSize(Math.multiplyExact(count, Long.BYTES));
          case DELTA -> count == 0 ? 0 : FrameWriter.bytesSize(deltas.length);
        };
  }

  void write(FrameWriter writer) throws IOException {
    writer.field(COUNT, count);
    if (digested) {
      writer.fixed64(DIGEST, digest);
    }
    switch (encoding) {
      case DIGEST -> {}
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
