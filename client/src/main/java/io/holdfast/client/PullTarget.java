package io.holdfast.client;

import io.holdfast.model.ElementType;
import io.holdfast.wire.InboundFrame;
import io.holdfast.wire.Reply;
import io.holdfast.wire.ValueDecoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The array that a pull fills: answers are copied out of the transport's buffers straight to the
 * rows that they belong to. Parts touch different rows, so they need no lock.
 */
final class PullTarget {
  private static final int CHUNK_VALUES = 4 << 10;
  private static final ThreadLocal<ValueDecoder> DECODER =
      ThreadLocal.withInitial(ValueDecoder::new);

  private final int width;
  private final float @Nullable [] floats;
  private final long @Nullable [] longs;
  private final int @Nullable [] rows;

  PullTarget(int width, float @Nullable [] floats, long @Nullable [] longs, int @Nullable [] rows) {
    this.width = width;
    this.floats = floats;
    this.longs = longs;
    this.rows = rows;
  }

  int byteLength(int count) {
    return count * width * valueBytes();
  }

  /**
   * Takes {@code count} rows that stand at {@code at}; the first is the placed row {@code from}.
   */
  void take(InboundFrame frame, int at, int from, int count) {
    if (rows == null) {
      if (floats != null) {
        frame.readFloats(at, floats, from * width, count * width);
      } else if (longs != null) {
        frame.readLongs(at, longs, from * width, count * width);
      }
      return;
    }
    // Through a chunk that stays in the cache, then each row to its place.
    int step = Math.max(1, CHUNK_VALUES / width);
    float[] someFloats = floats == null ? null : new float[step * width];
    long[] someLongs = longs == null ? null : new long[step * width];
    for (int done = 0; done < count; done += step) {
      int some = Math.min(step, count - done);
      int start = at + done * width * valueBytes();
      if (someFloats != null && floats != null) {
        frame.readFloats(start, someFloats, 0, some * width);
        scatter(someFloats, floats, rows, from + done, some);
      } else if (someLongs != null && longs != null) {
        frame.readLongs(start, someLongs, 0, some * width);
        scatter(someLongs, longs, rows, from + done, some);
      }
    }
  }

  /** Takes {@code count} rows that are encoded; the first is the placed row {@code from}. */
  void takeEncoded(InboundFrame frame, Reply.Pulled pulled, int from, int count) {
    var plain = ByteBuffer.allocate(byteLength(count)).order(ByteOrder.LITTLE_ENDIAN);
    DECODER
        .get()
        .decode(
            frame,
            pulled.valuesAt(),
            pulled.valuesLength(),
            pulled.shape(),
            floats == null ? ElementType.INT64 : ElementType.FLOAT32,
            count,
            width * valueBytes(),
            plain,
            0);
    take(InboundFrame.of(plain), 0, from, count);
  }

  private int valueBytes() {
    return floats == null ? Long.BYTES : Float.BYTES;
  }

  private void scatter(float[] source, float[] target, int[] places, int from, int count) {
    if (width == 1) {
      for (int i = 0; i < count; i++) {
        target[places[from + i]] = source[i];
      }
      return;
    }
    for (int i = 0; i < count; i++) {
      System.arraycopy(source, i * width, target, places[from + i] * width, width);
    }
  }

  private void scatter(long[] source, long[] target, int[] places, int from, int count) {
    for (int i = 0; i < count; i++) {
      System.arraycopy(source, i * width, target, places[from + i] * width, width);
    }
  }
}
