package io.holdfast.tools.train;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** Files of training data, plain or gzip. */
public final class DataFiles {
  private static final int BUFFER_BYTES = 1 << 16;

  private DataFiles() {}

  /** Opens a file; one that starts with the magic bytes of gzip is unpacked. */
  public static InputStream open(Path file) throws IOException {
    var plain = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES);
    try {
      plain.mark(2);
      boolean gzip = plain.read() == 0x1f && plain.read() == 0x8b;
      plain.reset();
      return gzip ? new GZIPInputStream(plain, BUFFER_BYTES) : plain;
    } catch (IOException e) {
      plain.close();
      throw e;
    }
  }
}
