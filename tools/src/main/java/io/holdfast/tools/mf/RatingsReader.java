package io.holdfast.tools.mf;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.train.DataFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Reads the formats of MovieLens, plain or gzip, told by the first line: {@code u.data} (tabs),
 * {@code ratings.dat} ({@code ::}) and {@code ratings.csv} (commas; a first line that begins with
 * no digit is its header). A line is {@code user item rating}, and a time that is not used. Empty
 * lines are skipped.
 *
 * <p>Whatever else is found is an INVALID_ARGUMENT that names file, line, column (one-based, in
 * bytes) and what was expected there.
 */
final class RatingsReader {
  private final Path file;
  private final String separator;
  private String text = "";
  private long line;
  private int at;

  private RatingsReader(Path file, String first) {
    this.file = file;
    this.separator = first.contains("\t") ? "\t" : first.contains("::") ? "::" : ",";
  }

  /**
   * Reads a whole file into the builder. Blocks.
   *
   * @throws HoldfastException INVALID_ARGUMENT where the file cannot be read, has no rating, or is
   *     malformed
   */
  static void read(Path file, Ratings.Builder into) {
    int before = into.count();
    try (var lines =
        new BufferedReader(
            new InputStreamReader(DataFiles.open(file), StandardCharsets.ISO_8859_1), 1 << 16)) {
      String next = lines.readLine();
      var reader = new RatingsReader(file, next == null ? "" : next);
      while (next != null) {
        reader.take(next, into);
        next = lines.readLine();
      }
    } catch (IOException e) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "cannot read " + file + ": " + e.getMessage(), e);
    }
    if (into.count() == before) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, file + ": the file is empty; expected at least one rating");
    }
  }

  private void take(String read, Ratings.Builder into) {
    text = read;
    at = 0;
    line++;
    boolean header = line == 1 && separator.equals(",") && !read.isEmpty() && !digitAt(0);
    if (read.isBlank() || header) {
      return;
    }
    int user = id("a user's number");
    separator();
    int item = id("an item's number");
    separator();
    float value = rating();
    if (at < text.length()) {
      separator();
      whole("a time in whole seconds");
    }
    if (at < text.length()) {
      throw malformed(at, shown(), "the end of the line");
    }
    into.add(user, item, value);
  }

  private int id(String expected) {
    int start = at;
    long id = whole(expected);
    if (id > Integer.MAX_VALUE) {
      throw malformed(start, "" + id, expected + ", at most " + Integer.MAX_VALUE);
    }
    return (int) id;
  }

  private long whole(String expected) {
    int start = at;
    while (digitAt(at)) {
      at++;
    }
    if (at == start) {
      throw malformed(start, shown(), expected);
    }
    if (at - start > 18) {
      throw malformed(start, "'" + text.substring(start, at) + "'", expected + " of 18 digits");
    }
    return Long.parseLong(text, start, at, 10);
  }

  private float rating() {
    int start = at;
    int end = text.indexOf(separator, start);
    at = end < 0 ? text.length() : end;
    String found = text.substring(start, at);
    float value;
    try {
      value = Float.parseFloat(found);
    } catch (NumberFormatException e) {
      value = Float.NaN;
    }
    if (!Float.isFinite(value)) {
      throw malformed(start, "'" + found + "'", "a rating, a finite number within float32");
    }
    return value;
  }

  private void separator() {
    if (!text.startsWith(separator, at)) {
      throw malformed(at, shown(), separator.equals("\t") ? "a tab" : "'" + separator + "'");
    }
    at += separator.length();
  }

  private boolean digitAt(int index) {
    return index < text.length() && text.charAt(index) >= '0' && text.charAt(index) <= '9';
  }

  private String shown() {
    return at == text.length() ? "the end of the line" : "'" + text.charAt(at) + "'";
  }

  private HoldfastException malformed(int where, String found, String expected) {
    return new HoldfastException(
        ErrorCode.INVALID_ARGUMENT,
        file + ":" + line + ":" + (where + 1) + ": found " + found + ", expected " + expected);
  }
}
