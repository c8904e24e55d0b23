package io.holdfast.wire;

import io.holdfast.filter.Compression;
import io.holdfast.filter.Encoding;
import io.holdfast.filter.NumberFormat;
import io.holdfast.filter.RowCodec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Turns rows as they are into the bytes of a {@code values} field: leaves out zero rows, changes
 * the number format, compresses. Its buffers are reused, so it belongs to one thread.
 */
public final class ValueEncoder {
  private static final int CHUNK_VALUES = 16 << 10;

  private ByteBuffer plain = buffer(1 << 12);
  private ByteBuffer coded = buffer(1 << 12);
  private ByteBuffer packed = buffer(1 << 12);
  private float[] chunk = new float[CHUNK_VALUES];

  /**
   * What came of it.
   *
   * @param bytes from position to limit; valid until the encoder is used again
   */
  public record Encoded(ValueShape shape, ByteBuffer bytes) {}

  /** Room for rows as they are, to be filled from position 0 on: little-endian. */
  public ByteBuffer plain(int bytes) {
    if (plain.capacity() < bytes) {
      plain = buffer(bytes);
    }
    return plain.clear().limit(bytes);
  }

  /**
   * Encodes the rows that {@link #plain} was filled with, which are used up by it.
   *
   * @param rowBytes bytes of a row as it is; of float32 where the format is not PLAIN
   * @param seed of random rounding
   */
  public Encoded encode(Encoding encoding, int rows, int rowBytes, long seed) {
    var format = encoding.format();
    int width = rowBytes / Float.BYTES;
    int maskBytes = (rows + 7) / 8;
    int kept = rows;
    boolean masked = false;
    if (encoding.skipZeroRows() && rows > 0) {
      kept = countNonZero(rows, rowBytes);
      long saved = (long) (rows - kept) * rowBytes / (format == NumberFormat.PLAIN ? 1 : 4);
      masked = saved > maskBytes;
    }
    if (!masked) {
      kept = rows;
      maskBytes = 0;
    }
    ByteBuffer body;
    if (!masked && format == NumberFormat.PLAIN) {
      body = plain.position(0).limit(rows * rowBytes);
    } else {
      int length =
          maskBytes
              + (format == NumberFormat.PLAIN
                  ? kept * rowBytes
                  : RowCodec.length(format, kept, width));
      coded = grown(coded, length);
      coded.clear();
      if (masked) {
        mask(rows, rowBytes, maskBytes);
      }
      if (format == NumberFormat.PLAIN) {
        coded.put(coded.position(), plain, 0, kept * rowBytes);
      } else {
        convert(format, kept, width, seed);
      }
      body = coded.position(0).limit(length);
    }
    return pack(encoding.compression(), format, masked, body);
  }

  private int countNonZero(int rows, int rowBytes) {
    int found = 0;
    for (int row = 0; row < rows; row++) {
      found += isZero(row * rowBytes, rowBytes) ? 0 : 1;
    }
    return found;
  }

  // By its bits, so that a row with a -0.0 counts as something.
  private boolean isZero(int at, int bytes) {
    int end = at + bytes;
    int next = at;
    for (; next + Long.BYTES <= end; next += Long.BYTES) {
      if (plain.getLong(next) != 0) {
        return false;
      }
    }
    return next == end || plain.getInt(next) == 0;
  }

  // Writes the mask and moves the rows that stay together.
  private void mask(int rows, int rowBytes, int maskBytes) {
    int kept = 0;
    for (int from = 0; from < rows; from += 8) {
      int bits = 0;
      for (int row = from; row < Math.min(rows, from + 8); row++) {
        if (!isZero(row * rowBytes, rowBytes)) {
          bits |= 1 << (row - from);
          if (kept < row) {
            plain.put(kept * rowBytes, plain, row * rowBytes, rowBytes);
          }
          kept++;
        }
      }
      coded.put(from / 8, (byte) bits);
    }
    coded.position(maskBytes);
  }

  private void convert(NumberFormat format, int rows, int width, long seed) {
    int block = RowCodec.blockRows(width);
    int step = Math.max(1, CHUNK_VALUES / width / block) * block;
    if (chunk.length < step * width) {
      chunk = new float[step * width];
    }
    for (int from = 0; from < rows; from += step) {
      int some = Math.min(step, rows - from);
      int values = some * width;
      long counter = (long) from * width;
      plain
          .slice(from * width * Float.BYTES, values * Float.BYTES)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(chunk, 0, values);
      RowCodec.encode(format, chunk, 0, some, width, seed, counter, coded, null);
    }
  }

  @SuppressWarnings("ByteBufferBackingArray") // all of them are made by buffer()
  private Encoded pack(
      Compression compression, NumberFormat format, boolean masked, ByteBuffer body) {
    int length = body.remaining();
    if (compression != Compression.NONE && length > 0) {
      packed = grown(packed, Packing.bound(compression, length));
      int small = Packing.pack(compression, body.array(), length, packed.array());
      if (small < length) {
        return new Encoded(
            ValueShape.of(format, compression, masked, length), packed.position(0).limit(small));
      }
    }
    return new Encoded(ValueShape.of(format, Compression.NONE, masked, 0), body);
  }

  private static ByteBuffer grown(ByteBuffer buffer, int bytes) {
    return buffer.capacity() < bytes ? buffer(bytes) : buffer.clear();
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
