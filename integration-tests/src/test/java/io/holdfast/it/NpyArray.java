package io.holdfast.it;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * An array of a {@code .npy} file, read as NumPy's own description of the format has it: rows of
 * {@code columns} elements, little-endian, one row after the other.
 *
 * @param type NumPy's name of it, such as {@code <f4}
 * @param columns 1 where it has one dimension
 * @param data behind the header
 */
record NpyArray(String type, int rows, int columns, ByteBuffer data) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  private static final int HEADER_AT = MAGIC.length + Short.BYTES;
  private static final Pattern HEADER =
      Pattern.compile(
          "\\{'descr': '(<[fiu][48])', 'fortran_order': False, 'shape': \\((\\d+),( (\\d+))?\\), \\} *\n");

  /** Of a file of less than 2 GiB. */
  static NpyArray read(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    if (!Arrays.equals(MAGIC, Arrays.copyOf(bytes, MAGIC.length))) {
      throw new IOException(file + " does not begin as version 1.0 does");
    }
    var all = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int length = Short.toUnsignedInt(all.getShort(MAGIC.length));
    String text = new String(bytes, HEADER_AT, length, StandardCharsets.US_ASCII);
    var header = HEADER.matcher(text);
    if (!header.matches() || (HEADER_AT + length) % 64 != 0) {
      throw new IOException(file + " has the header " + text);
    }
    int rows = Integer.parseInt(header.group(2));
    int columns = header.group(4) == null ? 1 : Integer.parseInt(header.group(4));
    int element = header.group(1).charAt(2) - '0';
    var data = all.position(HEADER_AT + length).slice().order(ByteOrder.LITTLE_ENDIAN);
    if (data.limit() != (long) rows * columns * element) {
      throw new IOException(file + " has " + data.limit() + " bytes of " + text);
    }
    return new NpyArray(header.group(1), rows, columns, data);
  }

  long longAt(int row) {
    return data.getLong(row * Long.BYTES);
  }

  /** Copies a row of {@code <f4}. */
  void floats(int row, float[] into, int at) {
    data.slice(row * columns * Float.BYTES, columns * Float.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(into, at, columns);
  }
}
