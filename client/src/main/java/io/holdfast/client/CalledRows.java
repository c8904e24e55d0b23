package io.holdfast.client;

import io.holdfast.client.retry.RowSource;
import io.holdfast.wire.OutboundKeys;
import io.holdfast.wire.OutboundValues;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/** The rows of a caller's call in the placed order of their keys; refers to the caller's arrays. */
final class CalledRows implements RowSource {
  private final KeyOrder keys;
  private final boolean digests;
  private final int width;
  private final float @Nullable [] floats;
  private final long @Nullable [] longs;

  /**
   * @param digests whether lists of keys have digests, by which they can be named later
   */
  CalledRows(
      KeyOrder keys,
      boolean digests,
      int width,
      float @Nullable [] floats,
      long @Nullable [] longs) {
    this.keys = keys;
    this.digests = digests;
    this.width = width;
    this.floats = floats;
    this.longs = longs;
  }

  @Override
  public OutboundKeys keys(int from, int to) {
    return keys.encode(from, to, digests);
  }

  @Override
  public OutboundValues values(int from, int to) {
    int[] rows = keys.rows();
    if (floats != null) {
      return rows == null
          ? OutboundValues.of(floats, from * width, (to - from) * width)
          : OutboundValues.rows(floats, width, rows, from, to);
    }
    if (longs != null) {
      return rows == null
          ? OutboundValues.of(longs, from * width, (to - from) * width)
          : OutboundValues.rows(longs, width, rows, from, to);
    }
    return OutboundValues.NONE;
  }

  @Override
  public int indexOf(long key, int from, int to) {
    return keys.indexOf(key, from, to);
  }

  boolean isFloat() {
    return floats != null;
  }

  int rowBytes() {
    return width * (isFloat() ? Float.BYTES : Long.BYTES);
  }

  /** Writes the rows {@code [from, to)} at the start of a little-endian buffer. */
  void writeTo(ByteBuffer target, int from, int to) {
    int[] rows = keys.rows();
    var intoFloats = target.asFloatBuffer();
    var intoLongs = target.asLongBuffer();
    if (rows == null) {
      if (floats != null) {
        intoFloats.put(floats, from * width, (to - from) * width);
      } else if (longs != null) {
        intoLongs.put(longs, from * width, (to - from) * width);
      }
      return;
    }
    for (int i = from; i < to; i++) {
      if (floats != null) {
        intoFloats.put(floats, rows[i] * width, width);
      } else if (longs != null) {
        intoLongs.put(longs, rows[i] * width, width);
      }
    }
  }

  /** Writes the rows {@code [from, to)} less what was read of them to where the caller has them. */
  void subtract(FloatBuffer read, int from, int to, float[] residue) {
    int[] rows = keys.rows();
    if (floats == null) {
      return;
    }
    for (int i = from; i < to; i++) {
      int at = (rows == null ? i : rows[i]) * width;
      for (int column = 0; column < width; column++) {
        float rest = floats[at + column] - read.get((i - from) * width + column);
        residue[at + column] = Float.isFinite(rest) ? rest : 0;
      }
    }
  }
}
