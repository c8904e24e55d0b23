package io.holdfast.wire;

import io.holdfast.filter.Compression;
import io.holdfast.filter.NumberFormat;
import io.holdfast.filter.RowCodec;
import io.holdfast.model.ElementType;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Turns the bytes of a {@code values} field into rows as they are. Never takes more room than the
 * rows asked for, whatever the bytes say. Its buffers are reused, so it belongs to one thread.
 */
public final class ValueDecoder {
  private static final int CHUNK_VALUES = 16 << 10;

  private ByteBuffer coded = buffer(1 << 12);
  private ByteBuffer unpacked = buffer(1 << 12);
  private float[] chunk = new float[CHUNK_VALUES];

  /**
   * Writes {@code rows} rows, little-endian, from {@code to} on.
   *
   * @param at of the values in the frame
   * @param length of the values in the frame
   * @param rows whose bytes the caller has room for
   * @param target little-endian
   * @throws HoldfastException WRONG_WIDTH where there are not the bytes for so many rows,
   *     INVALID_ARGUMENT for a form that there is not or that the element cannot have,
   *     MALFORMED_FRAME where the bytes make no sense
   */
  public void decode(
      InboundFrame frame,
      int at,
      int length,
      ValueShape shape,
      ElementType element,
      int rows,
      int rowBytes,
      ByteBuffer target,
      int to) {
    var format = shape.numberFormat();
    if (format != NumberFormat.PLAIN && element != ElementType.FLOAT32) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "values of " + element + " cannot be written as " + format + ": send them as they are");
    }
    int width = rowBytes / Float.BYTES;
    int maskBytes = shape.masked() ? (rows + 7) / 8 : 0;
    ByteBuffer body = body(frame, at, length, shape, maskBytes + size(format, rows, rowBytes));
    int kept = shape.masked() ? count(body, rows, maskBytes) : rows;
    if (body.limit() != maskBytes + size(format, kept, rowBytes)) {
      throw wrong(body.limit(), maskBytes + size(format, kept, rowBytes));
    }
    body.position(maskBytes);
    if (format == NumberFormat.PLAIN) {
      place(body, shape.masked(), rows, rowBytes, target, to);
    } else {
      convert(format, body, shape.masked(), rows, kept, width, target, to);
    }
  }

  private static int size(NumberFormat format, int rows, int rowBytes) {
    return format == NumberFormat.PLAIN
        ? rows * rowBytes
        : RowCodec.length(format, rows, rowBytes / Float.BYTES);
  }

  // From 0 to its limit. What is larger than it can be is refused before there is room for it.
  @SuppressWarnings("ByteBufferBackingArray") // both are made by buffer()
  private ByteBuffer body(InboundFrame frame, int at, int length, ValueShape shape, int most) {
    var compression = shape.compressedBy();
    int plainLength = compression == Compression.NONE ? length : shape.plainLength();
    if (Integer.compareUnsigned(plainLength, most) > 0) {
      throw wrong(plainLength, most);
    }
    if (compression == Compression.NONE && shape.plainLength() != 0) {
      throw InboundFrame.malformed("a plain length of values that are not compressed");
    }
    coded = grown(coded, length);
    if (length > 0) {
      frame.copyTo(at, length, coded);
    }
    if (compression == Compression.NONE) {
      return coded.flip();
    }
    unpacked = grown(unpacked, plainLength);
    Packing.unpack(compression, coded.array(), length, unpacked.array(), plainLength);
    return unpacked.limit(plainLength);
  }

  private static int count(ByteBuffer body, int rows, int maskBytes) {
    if (body.limit() < maskBytes) {
      throw wrong(body.limit(), maskBytes);
    }
    int kept = 0;
    for (int i = 0; i < maskBytes; i++) {
      kept += Integer.bitCount(body.get(i) & 0xff);
    }
    if (rows % 8 != 0 && (body.get(maskBytes - 1) & 0xff) >>> rows % 8 != 0) {
      throw InboundFrame.malformed("a mask of rows with bits for more than " + rows);
    }
    return kept;
  }

  private static boolean isMarked(ByteBuffer body, int row) {
    return (body.get(row >>> 3) >>> (row & 7) & 1) != 0;
  }

  private static void place(
      ByteBuffer body, boolean masked, int rows, int rowBytes, ByteBuffer target, int to) {
    if (!masked) {
      target.put(to, body, body.position(), rows * rowBytes);
      return;
    }
    int next = body.position();
    for (int row = 0; row < rows; row++) {
      if (isMarked(body, row)) {
        target.put(to + row * rowBytes, body, next, rowBytes);
        next += rowBytes;
      } else {
        clear(target, to + row * rowBytes, rowBytes);
      }
    }
  }

  private void convert(
      NumberFormat format,
      ByteBuffer body,
      boolean masked,
      int rows,
      int kept,
      int width,
      ByteBuffer target,
      int to) {
    int block = RowCodec.blockRows(width);
    int step = Math.max(1, CHUNK_VALUES / width / block) * block;
    if (chunk.length < step * width) {
      chunk = new float[step * width];
    }
    int row = 0;
    for (int from = 0; from < kept; from += step) {
      int some = Math.min(step, kept - from);
      RowCodec.decode(format, body, some, width, chunk, 0);
      if (!masked) {
        floats(target, to + from * width * Float.BYTES, 0, some * width);
        continue;
      }
      for (int next = 0; next < some; row++) {
        int at = to + row * width * Float.BYTES;
        if (!isMarked(body, row)) {
          clear(target, at, width * Float.BYTES);
        } else if (width == 1) {
          target.putFloat(at, chunk[next++]);
        } else {
          floats(target, at, next++ * width, width);
        }
      }
    }
    if (masked && row < rows) {
      clear(target, to + row * width * Float.BYTES, (rows - row) * width * Float.BYTES);
    }
  }

  private void floats(ByteBuffer target, int at, int from, int count) {
    target
        .slice(at, count * Float.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .put(chunk, from, count);
  }

  // Rows are made of four bytes, or of eight.
  private static void clear(ByteBuffer target, int at, int bytes) {
    for (int i = at; i < at + bytes; i += Integer.BYTES) {
      target.putInt(i, 0);
    }
  }

  private static HoldfastException wrong(int length, int wanted) {
    return new HoldfastException(
        ErrorCode.WRONG_WIDTH,
        Integer.toUnsignedString(length)
            + " bytes of encoded values where the keys need "
            + wanted
            + ": open the table again and use its width and type");
  }

  private static ByteBuffer grown(ByteBuffer buffer, int bytes) {
    return buffer.capacity() < bytes ? buffer(bytes) : buffer.clear();
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
