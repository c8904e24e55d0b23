package io.holdfast.tools.train;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Reads LIBSVM files: a line {@code label index:value index:value ...} for each example.
 *
 * <p>Labels are -1 and +1, or 0 and 1, but not both kinds in one file. Indices are one-based,
 * strictly ascending within a line, and at most 2^63 - 1; values are finite float32. Fields are
 * separated by blanks or tabs; a {@code #} starts a comment; empty lines are skipped; lines end
 * with LF or CR LF, the last one may end without. Files that start with the magic bytes of gzip are
 * unpacked. {@code qid:} fields (ranking data) are refused.
 *
 * <p>Whatever else is found is an INVALID_ARGUMENT that names file, line, column (one-based, in
 * bytes) and what was expected there. Streams: the memory needed is that of the examples kept.
 */
final class LibSvmReader {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int END = -1;
  private static final int MAX_NUMBER_BYTES = 64;
  private static final double[] POWERS_OF_TEN = {
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15
  };

  private final Path file;
  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final byte[] number = new byte[MAX_NUMBER_BYTES];
  private int numberLength;
  private int at;
  private int limit;

  /** The byte that is looked at, or END; line and column are where it stands. */
  private int current;

  private long line = 1;
  private long column;
  private int negativeLabel;

  private LibSvmReader(Path file, InputStream in) {
    this.file = file;
    this.in = in;
  }

  /**
   * Reads a whole file into the builder. Blocks.
   *
   * @return how many examples the file has
   * @throws HoldfastException INVALID_ARGUMENT where the file cannot be read, has no example, or is
   *     malformed
   */
  static long read(Path file, Examples.Builder into) {
    long before = into.seen();
    try (InputStream in = DataFiles.open(file)) {
      new LibSvmReader(file, in).readAll(into);
    } catch (IOException e) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "cannot read " + file + ": " + e.getMessage(), e);
    }
    if (into.seen() == before) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, file + ": the file is empty; expected at least one example");
    }
    return into.seen() - before;
  }

  private void readAll(Examples.Builder into) throws IOException {
    advance();
    while (current != END) {
      skipBlanks();
      if (!atLineEnd()) {
        readExample(into);
      }
      if (current == '#') {
        skipComment();
      }
      if (current == '\n') {
        line++;
        column = 0;
        advance();
      }
    }
  }

  private void readExample(Examples.Builder into) throws IOException {
    boolean isPositive = readLabel();
    long previous = 0;
    skipBlanks();
    while (!atLineEnd()) {
      long indexColumn = column;
      long index = readIndex();
      if (index <= previous) {
        throw malformed(
            indexColumn, "index " + index, "an index above " + previous + ", in ascending order");
      }
      if (current != ':') {
        throw malformed(column, shown(current), "':' after index " + index);
      }
      advance();
      into.add(index, readValue(index));
      previous = index;
      skipBlanks();
    }
    into.end(isPositive);
  }

  private boolean readLabel() throws IOException {
    long labelColumn = column;
    numberLength = 0;
    while (!isBlank(current) && !atLineEnd()) {
      keepByte();
    }
    String text = numberText();
    double label = parsed(text);
    if (label != 1 && label != 0 && label != -1) {
      throw malformed(labelColumn, "label '" + text + "'", "-1 or +1, or 0 or 1");
    }
    if (label == 1) {
      return true;
    }
    int kind = label == 0 ? 2 : 1;
    if (negativeLabel != 0 && negativeLabel != kind) {
      throw malformed(
          labelColumn, "label '" + text + "'", "one kind of labels: -1 and +1, or 0 and 1");
    }
    negativeLabel = kind;
    return false;
  }

  private long readIndex() throws IOException {
    long start = column;
    if (current == 'q') {
      throw malformed(
          start, "a 'qid:' field", "index:value; this is ranking data, which train lr cannot use");
    }
    if (!isDigit(current)) {
      throw malformed(start, shown(current), "index:value");
    }
    long index = 0;
    while (isDigit(current)) {
      int digit = current - '0';
      if (index > (Long.MAX_VALUE - digit) / 10) {
        throw malformed(start, "a larger index", "an index of at most 9223372036854775807");
      }
      index = index * 10 + digit;
      advance();
    }
    if (index == 0) {
      throw malformed(start, "index 0", "an index of 1 or more; indices are one-based");
    }
    return index;
  }

  private float readValue(long index) throws IOException {
    long start = column;
    readNumber();
    if (numberLength == 0 && !isLetter(current)) {
      throw malformed(start, shown(current), "the value of index " + index);
    }
    if (!isBlank(current) && !atLineEnd()) {
      while (isLetter(current)) {
        keepByte();
      }
      throw malformed(
          start, "value '" + numberText() + "'", "a finite number, then a blank or the line's end");
    }
    float read = (float) parsedNumber();
    if (!Float.isFinite(read)) {
      throw malformed(start, "value '" + numberText() + "'", "a finite number within float32");
    }
    return read;
  }

  /** Plain decimals are computed exactly from their digits; anything longer goes to the JDK. */
  private double parsedNumber() {
    long digits = 0;
    int count = 0;
    int decimals = 0;
    boolean fraction = false;
    int i = numberLength > 0 && (number[0] == '-' || number[0] == '+') ? 1 : 0;
    for (; i < numberLength; i++) {
      byte b = number[i];
      if (b == '.' && !fraction) {
        fraction = true;
      } else if (isDigit(b) && ++count <= 15) {
        digits = digits * 10 + (b - '0');
        decimals += fraction ? 1 : 0;
      } else {
        return parsed(numberText());
      }
    }
    if (count == 0) {
      return Double.NaN;
    }
    double magnitude = digits / POWERS_OF_TEN[decimals];
    return number[0] == '-' ? -magnitude : magnitude;
  }

  private static double parsed(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  private void readNumber() throws IOException {
    numberLength = 0;
    while (isDigit(current)
        || current == '+'
        || current == '-'
        || current == '.'
        || current == 'e'
        || current == 'E') {
      keepByte();
    }
  }

  private void keepByte() throws IOException {
    if (numberLength == MAX_NUMBER_BYTES) {
      throw malformed(
          column - numberLength,
          "'" + numberText() + "...'",
          "a number of at most " + MAX_NUMBER_BYTES + " characters");
    }
    number[numberLength++] = (byte) current;
    advance();
  }

  private String numberText() {
    return new String(number, 0, numberLength, StandardCharsets.ISO_8859_1);
  }

  private void skipBlanks() throws IOException {
    while (isBlank(current)) {
      advance();
    }
  }

  private void skipComment() throws IOException {
    while (current != '\n' && current != END) {
      advance();
    }
  }

  private boolean atLineEnd() {
    return current == '\n' || current == '#' || current == END;
  }

  private static boolean isBlank(int b) {
    return b == ' ' || b == '\t' || b == '\r';
  }

  private static boolean isDigit(int b) {
    return b >= '0' && b <= '9';
  }

  private static boolean isLetter(int b) {
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
  }

  private void advance() throws IOException {
    if (at == limit) {
      limit = in.read(buffer);
      at = 0;
      if (limit <= 0) {
        limit = 0;
        current = END;
        column++;
        return;
      }
    }
    current = buffer[at++] & 0xff;
    column++;
  }

  private static String shown(int b) {
    return switch (b) {
      case END -> "the end of the file";
      case '\n' -> "the end of the line";
      default -> b > ' ' && b < 127 ? "'" + (char) b + "'" : "byte 0x" + Integer.toHexString(b);
    };
  }

  private HoldfastException malformed(long where, String found, String expected) {
    return new HoldfastException(
        ErrorCode.INVALID_ARGUMENT,
        file + ":" + line + ":" + where + ": found " + found + ", expected " + expected);
  }
}
