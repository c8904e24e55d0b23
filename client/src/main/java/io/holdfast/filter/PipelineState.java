package io.holdfast.filter;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.Inflater;

/**
 * What a table's push filters have to have again after a resume, bit for bit.
 *
 * <p>Form, little-endian: length of all that follows before compression (int32), and the rest as a
 * zlib stream: the filters' text (int32 length, UTF-8), width (int32), values encoded (int64),
 * number of filters (int32), the state of each (int32 length, bytes), number of rows (int32), each
 * key less the one before it (int64), and the rows' bits, first the lowest byte of every value,
 * then the next one: signs and exponents, which are alike, come to stand together.
 *
 * @param filters as a text
 * @param encoded values numbered so far, see {@link PushPipeline#encoding}
 * @param stages the state of each filter
 * @param keys placed, ascending
 * @param rows {@code [keys][width]}
 */
public record PipelineState(
    String filters, int width, long encoded, List<byte[]> stages, long[] keys, float[] rows) {
  public byte[] encode() {
    byte[] text = filters.getBytes(StandardCharsets.UTF_8);
    long length =
        4 * Integer.BYTES + Long.BYTES + text.length + 8L * keys.length + 4L * rows.length;
    for (byte[] stage : stages) {
      length += Integer.BYTES + stage.length;
    }
    if (length > Integer.MAX_VALUE - 8) {
      throw new HoldfastException(
          ErrorCode.LIMIT_EXCEEDED,
          keys.length
              + " rows that are held back do not fit a saved state; release them by"
              + " Worker.flush() before the tick, or hold back less");
    }
    ByteBuffer plain = ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN);
    plain.putInt(text.length).put(text).putInt(width).putLong(encoded).putInt(stages.size());
    stages.forEach(stage -> plain.putInt(stage.length).put(stage));
    plain.putInt(keys.length);
    for (int i = 0; i < keys.length; i++) {
      plain.putLong(keys[i] - (i == 0 ? 0 : keys[i - 1]));
    }
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      for (float value : rows) {
        plain.put((byte) (Float.floatToRawIntBits(value) >>> shift));
      }
    }
    return deflated(plain.array());
  }

  /**
   * @throws HoldfastException INVALID_ARGUMENT where the bytes are of something else
   */
  public static PipelineState decode(byte[] encoded) {
    try {
      ByteBuffer in = ByteBuffer.wrap(inflated(encoded)).order(ByteOrder.LITTLE_ENDIAN);
      String filters = new String(bytes(in, in.getInt()), StandardCharsets.UTF_8);
      int width = in.getInt();
      long values = in.getLong();
      int stageCount = checked(in, in.getInt());
      var stages = new ArrayList<byte[]>();
      for (int i = 0; i < stageCount; i++) {
        stages.add(bytes(in, in.getInt()));
      }
      int count = checked(in, in.getInt());
      long[] keys = new long[count];
      for (int i = 0; i < count; i++) {
        keys[i] = in.getLong() + (i == 0 ? 0 : keys[i - 1]);
        if (i > 0 && Long.compareUnsigned(keys[i - 1], keys[i]) >= 0) {
          throw unreadable(null);
        }
      }
      if (in.remaining() != 4L * count * width) {
        throw unreadable(null);
      }
      int[] bits = new int[count * width];
      for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
        for (int i = 0; i < bits.length; i++) {
          bits[i] |= (in.get() & 0xff) << shift;
        }
      }
      float[] rows = new float[bits.length];
      for (int i = 0; i < bits.length; i++) {
        rows[i] = Float.intBitsToFloat(bits[i]);
      }
      return new PipelineState(filters, width, values, stages, keys, rows);
    } catch (BufferUnderflowException | DataFormatException e) {
      throw unreadable(e);
    }
  }

  private static byte[] deflated(byte[] plain) {
    var out = new ByteArrayOutputStream(Integer.BYTES + plain.length / 2);
    byte[] length =
        ByteBuffer.allocate(Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(plain.length)
            .array();
    out.writeBytes(length);
    var deflater = new Deflater(Deflater.BEST_SPEED);
    try (var stream = new DeflaterOutputStream(out, deflater)) {
      stream.write(plain);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e); // a byte array takes all
    } finally {
      deflater.end();
    }
    return out.toByteArray();
  }

  private static byte[] inflated(byte[] encoded) throws DataFormatException {
    ByteBuffer in = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN);
    int length = in.getInt();
    // zlib cannot shrink anything to less than a thousandth.
    if (length < 0 || length > 1_100L * encoded.length) {
      throw unreadable(null);
    }
    byte[] plain = new byte[length];
    var inflater = new Inflater();
    try {
      inflater.setInput(encoded, Integer.BYTES, encoded.length - Integer.BYTES);
      int done = 0;
      while (done < length) {
        int some = inflater.inflate(plain, done, length - done);
        if (some == 0) {
          throw unreadable(null);
        }
        done += some;
      }
      // The end of the stream holds a sum over all of it.
      if (inflater.inflate(new byte[1]) != 0 || !inflater.finished()) {
        throw unreadable(null);
      }
      return plain;
    } finally {
      inflater.end();
    }
  }

  private static byte[] bytes(ByteBuffer in, int length) {
    byte[] bytes = new byte[checked(in, length)];
    in.get(bytes);
    return bytes;
  }

  // Everything counted takes a byte at the least.
  private static int checked(ByteBuffer in, int count) {
    if (count < 0 || count > in.remaining()) {
      throw unreadable(null);
    }
    return count;
  }

  private static HoldfastException unreadable(@org.jspecify.annotations.Nullable Exception cause) {
    return new HoldfastException(
        ErrorCode.INVALID_ARGUMENT,
        "another kind or version of client saved what this rank's filters held back; resume with"
            + " that one, or join FRESH",
        cause);
  }
}
