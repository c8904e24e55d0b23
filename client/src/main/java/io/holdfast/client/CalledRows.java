package io.holdfast.client;

import io.holdfast.client.retry.RowSource;
import io.holdfast.wire.OutboundKeys;
import io.holdfast.wire.OutboundValues;
import org.jspecify.annotations.Nullable;

/** The rows of a caller's call in the placed order of their keys; refers to the caller's arrays. */
final class CalledRows implements RowSource {
  private final KeyOrder keys;
  private final int width;
  private final float @Nullable [] floats;
  private final long @Nullable [] longs;

  CalledRows(KeyOrder keys, int width, float @Nullable [] floats, long @Nullable [] longs) {
    this.keys = keys;
    this.width = width;
    this.floats = floats;
    this.longs = longs;
  }

  @Override
  public OutboundKeys keys(int from, int to) {
    return keys.encode(from, to);
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
}
