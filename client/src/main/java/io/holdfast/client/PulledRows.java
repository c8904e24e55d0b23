package io.holdfast.client;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import org.jspecify.annotations.Nullable;

/** The answer of a pull. */
final class PulledRows implements Rows {
  private final int width;
  private final int count;
  private final float @Nullable [] floats;
  private final long @Nullable [] longs;
  private final int minClock;

  PulledRows(
      int width, int count, float @Nullable [] floats, long @Nullable [] longs, int minClock) {
    this.width = width;
    this.count = count;
    this.floats = floats;
    this.longs = longs;
    this.minClock = minClock;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public float[] floats() {
    if (floats == null) {
      throw new HoldfastException(
          ErrorCode.WRONG_TYPE, "the table holds int64 values; call longs()");
    }
    return floats;
  }

  @Override
  public long[] longs() {
    if (longs == null) {
      throw new HoldfastException(
          ErrorCode.WRONG_TYPE, "the table holds float32 values; call floats()");
    }
    return longs;
  }

  @Override
  public int minClock() {
    return minClock;
  }
}
