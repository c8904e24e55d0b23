package io.holdfast.wire;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Writes the protobuf wire format through one small staging array per thread, which stays in the
 * processor's first cache: the one copy between the caller's arrays and the transport's buffers.
 */
final class FrameWriter {
  private static final int STAGING_BYTES = 64 << 10;
  // Smaller than the staging array, so that what is staged is still in the first cache when the
  // transport copies it.
  private static final int STEP_BYTES = 16 << 10;
  private static final ThreadLocal<ByteBuffer> STAGING =
      ThreadLocal.withInitial(
          () -> ByteBuffer.allocate(STAGING_BYTES).order(ByteOrder.LITTLE_ENDIAN));

  private final OutputStream out;
  private final ByteBuffer staging;
  private int written;

  FrameWriter(OutputStream out) {
    this.out = out;
    this.staging = STAGING.get().clear();
  }

  static int varintSize(long value) {
    return (Long.SIZE - Long.numberOfLeadingZeros(value | 1) + 6) / 7;
  }

  /** Size of a varint field of a number below 16; nothing where it has its default. */
  static int fieldSize(long value) {
    return value == 0 ? 0 : 1 + varintSize(value);
  }

  static int fieldSize(int value) {
    return fieldSize(Integer.toUnsignedLong(value));
  }

  static int fieldSize(boolean value) {
    return value ? 2 : 0;
  }

  /** Size of a field of bytes, with its tag and length. */
  static int bytesSize(int length) {
    return 1 + varintSize(length) + length;
  }

  void field(int number, long value) throws IOException {
    if (value != 0) {
      tag(number, FrameCursor.VARINT);
      varint(value);
    }
  }

  void field(int number, int value) throws IOException {
    field(number, Integer.toUnsignedLong(value));
  }

  void field(int number, boolean value) throws IOException {
    field(number, value ? 1L : 0L);
  }

  /** Size of a fixed64 field of a number below 16. */
  static int fixed64Size() {
    return 1 + Long.BYTES;
  }

  /** A fixed64 field, written whatever its value is. */
  void fixed64(int number, long value) throws IOException {
    tag(number, FrameCursor.FIXED64);
    room(Long.BYTES);
    staging.putLong(value);
  }

  /** The tag and length of a message or of bytes that follow. */
  void head(int number, int length) throws IOException {
    tag(number, FrameCursor.BYTES);
    varint(length);
  }

  void varint(long value) throws IOException {
    room(10);
    long left = value;
    while ((left & ~0x7fL) != 0) {
      staging.put((byte) (left | 0x80));
      left >>>= 7;
    }
    staging.put((byte) left);
  }

  void bytes(byte[] source, int from, int count) throws IOException {
    if (count <= staging.remaining()) {
      staging.put(source, from, count);
      return;
    }
    flush();
    out.write(source, from, count);
    written += count;
  }

  /** Writes the remaining bytes of a buffer, whose position stays. */
  void bytes(ByteBuffer source) throws IOException {
    int end = source.limit();
    for (int next = source.position(); next < end; ) {
      int step = Math.min(end - next, step(Byte.BYTES));
      staging.put(staging.position(), source, next, step);
      staging.position(staging.position() + step);
      next += step;
    }
  }

  void floats(float[] source, int from, int count) throws IOException {
    int end = from + count;
    for (int next = from; next < end; ) {
      int step = Math.min(end - next, step(Float.BYTES));
      staging.asFloatBuffer().put(source, next, step);
      staging.position(staging.position() + step * Float.BYTES);
      next += step;
    }
  }

  void longs(long[] source, int from, int count) throws IOException {
    int end = from + count;
    for (int next = from; next < end; ) {
      int step = Math.min(end - next, step(Long.BYTES));
      staging.asLongBuffer().put(source, next, step);
      staging.position(staging.position() + step * Long.BYTES);
      next += step;
    }
  }

  /** Writes all of a source that says {@code length} bytes. */
  void values(ValueSource source, int length) throws IOException {
    int left = length;
    while (left > 0) {
      flush();
      source.fill(staging);
      int filled = staging.position();
      if (filled < 1 || filled > left) {
        throw new IllegalStateException(
            "a value source gave " + filled + " bytes where " + left + " were left");
      }
      left -= filled;
    }
  }

  /** Hands on what is staged, and checks that the frame has the length that was announced. */
  void finish(int length) throws IOException {
    flush();
    if (written != length) {
      throw new IllegalStateException(
          "a frame of " + written + " bytes was announced with " + length);
    }
  }

  private void flush() throws IOException {
    int staged = staging.position();
    if (staged > 0) {
      out.write(staging.array(), staging.arrayOffset(), staged);
      written += staged;
      staging.clear();
    }
  }

  private void tag(int number, int type) throws IOException {
    varint((long) number << 3 | type);
  }

  private void room(int bytes) throws IOException {
    if (staging.remaining() < bytes) {
      flush();
    }
  }

  // How many values to stage next: at least one.
  private int step(int valueBytes) throws IOException {
    if (STEP_BYTES - staging.position() < valueBytes) {
      flush();
    }
    return (STEP_BYTES - staging.position()) / valueBytes;
  }
}
