package io.holdfast.tools.export;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The head of a NumPy {@code .npy} file: magic bytes, a version, a length, and a Python dictionary
 * as text. Versions 1, 2 and 3 are read, 1 is written.
 *
 * @param type as NumPy writes it, such as {@code <f4}
 * @param fortranOrder columns side by side, not rows
 */
record NpyHeader(String type, boolean fortranOrder, List<Long> shape) {
  /** Of every header that is written: enough for two dimensions, and aligned as NumPy wants it. */
  static final int WRITTEN_BYTES = 128;

  /** Magic bytes and version, by which {@link #lengthBytes} knows the rest. */
  static final int FIXED_BYTES = 8;

  /** Headers of more are of no table. */
  static final int MAX_BYTES = 1 << 16;

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern TYPE =
      Pattern.compile("['\"]descr['\"]\\s*:\\s*['\"]([^'\"]*)['\"]");
  private static final Pattern ORDER =
      Pattern.compile("['\"]fortran_order['\"]\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("['\"]shape['\"]\\s*:\\s*\\(([0-9L, ]*)\\)");

  /** {@link #WRITTEN_BYTES} of version 1. */
  ByteBuffer encode() {
    String lengths = shape.stream().map(String::valueOf).collect(Collectors.joining(", "));
    String dictionary =
        "{'descr': '"
            + type
            + "', 'fortran_order': "
            + (fortranOrder ? "True" : "False")
            + ", 'shape': ("
            + lengths
            + (shape.size() == 1 ? "," : "")
            + "), }";
    var header = ByteBuffer.allocate(WRITTEN_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    header.put(MAGIC).put((byte) 1).put((byte) 0);
    header.putShort((short) (WRITTEN_BYTES - FIXED_BYTES - Short.BYTES));
    header.put(dictionary.getBytes(StandardCharsets.US_ASCII));
    while (header.position() < WRITTEN_BYTES - 1) {
      header.put((byte) ' ');
    }
    return header.put((byte) '\n').flip();
  }

  /**
   * Bytes of the length that follows the first {@link #FIXED_BYTES}.
   *
   * @throws HoldfastException INVALID_ARGUMENT where these do not begin such a file
   */
  static int lengthBytes(byte[] fixed) {
    for (int i = 0; i < MAGIC.length; i++) {
      if (fixed.length < FIXED_BYTES || fixed[i] != MAGIC[i]) {
        throw damaged("it does not begin as one");
      }
    }
    int version = fixed[MAGIC.length];
    if (version < 1 || version > 3) {
      throw damaged("version " + version + " is not known, only 1, 2 and 3 are");
    }
    return version == 1 ? Short.BYTES : Integer.BYTES;
  }

  /**
   * Reads the dictionary.
   *
   * @throws HoldfastException INVALID_ARGUMENT where it is none
   */
  static NpyHeader decode(String dictionary) {
    String type = first(TYPE, dictionary);
    boolean fortranOrder = first(ORDER, dictionary).equals("True");
    List<Long> shape = new ArrayList<>();
    for (String length : first(SHAPE, dictionary).replace("L", "").split(",", -1)) {
      if (!length.isBlank()) {
        shape.add(whole(length.strip()));
      }
    }
    return new NpyHeader(type, fortranOrder, List.copyOf(shape));
  }

  private static String first(Pattern pattern, String dictionary) {
    Matcher found = pattern.matcher(dictionary);
    if (!found.find()) {
      throw damaged("its header says no descr, fortran_order and shape of plain numbers");
    }
    return found.group(1);
  }

  private static long whole(String length) {
    try {
      return Long.parseLong(length);
    } catch (NumberFormatException e) {
      throw damaged("its shape has '" + length + "'");
    }
  }

  static HoldfastException damaged(String why) {
    return new HoldfastException(
        ErrorCode.INVALID_ARGUMENT,
        "not a whole .npy file: " + why + "; make it again with numpy.save, or copy it again");
  }
}
