package io.holdfast.store.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * A text file that says what a directory is: one {@code name=value} to a line, and a checksum on
 * the last. Written once, atomically; names and values hold no line breaks.
 */
public final class IdentityFile {
  private static final String CHECKSUM = "crc32c=";

  private IdentityFile() {}

  /** Makes the file durable, replacing one that is there. */
  public static void write(Path file, Map<String, String> fields) throws IOException {
    StringBuilder text = new StringBuilder();
    fields.forEach((name, value) -> text.append(name).append('=').append(value).append('\n'));
    String whole = text + CHECKSUM + checksum(text.toString()) + '\n';
    DurableFiles.replace(file, whole.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The fields in the order in which they were written.
   *
   * @throws IOException where the file cannot be read or is damaged
   */
  public static Map<String, String> read(Path file) throws IOException {
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    int end = text.lastIndexOf(CHECKSUM);
    if (end < 0
        || !text.substring(end).equals(CHECKSUM + checksum(text.substring(0, end)) + "\n")) {
      throw new IOException(file + " is damaged: its checksum does not fit its content");
    }
    Map<String, String> fields = new LinkedHashMap<>();
    text.substring(0, end)
        .lines()
        .forEach(
            line -> {
              int equals = line.indexOf('=');
              fields.put(line.substring(0, Math.max(equals, 0)), line.substring(equals + 1));
            });
    return fields;
  }

  private static String checksum(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(crc.getValue());
  }
}
