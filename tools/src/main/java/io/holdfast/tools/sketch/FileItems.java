package io.holdfast.tools.sketch;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyHash;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32C;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The words of text files, UTF-8, plain or gzip: what stands between white space. An inserter has
 * every so many-th line, and each reads all files.
 */
final class FileItems implements Items {
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private final List<Path> files;
  private final int rank;
  private final int workers;
  private int nextFile;
  private long line;
  private @Nullable BufferedReader reader;
  private String rest = "";
  private int at;

  private FileItems(List<Path> files, int rank, int workers) {
    this.files = files;
    this.rank = rank;
    this.workers = workers;
  }

  /**
   * @throws HoldfastException INVALID_ARGUMENT where a file cannot be read
   */
  static Source source(List<Path> files) {
    for (Path file : files) {
      if (!Files.isReadable(file) || Files.isDirectory(file)) {
        throw unreadable(file, "there is no such file that can be read");
      }
    }
    return new Source() {
      @Override
      public Items open(int rank, int workers) {
        return new FileItems(files, rank, workers);
      }

      @Override
      public long total() {
        return 0;
      }

      @Override
      public String description() {
        return "the words of " + String.join(", ", files.stream().map(Path::toString).toList());
      }

      @Override
      public String summary() {
        return checksum(files);
      }
    };
  }

  /** Of what is in the files, in their order: a name says little about that. */
  private static String checksum(List<Path> files) {
    var sum = new CRC32C();
    long bytes = 0;
    byte[] buffer = new byte[1 << 16];
    for (Path file : files) {
      try (InputStream in = Files.newInputStream(file)) {
        for (int read; (read = in.read(buffer)) > 0; bytes += read) {
          sum.update(buffer, 0, read);
        }
      } catch (IOException e) {
        throw unreadable(file, String.valueOf(e.getMessage()));
      }
    }
    return String.format(
        Locale.ROOT, "(%d files of %d bytes, checksum %08x)", files.size(), bytes, sum.getValue());
  }

  /** The number that stands for a word: FNV-1a of its characters, mixed. */
  static long item(CharSequence word, int from, int to) {
    long hash = FNV_OFFSET;
    for (int i = from; i < to; i++) {
      hash = (hash ^ word.charAt(i)) * FNV_PRIME;
    }
    return KeyHash.place(hash);
  }

  @Override
  public int next(long[] into) {
    int count = 0;
    while (count < into.length) {
      while (at < rest.length() && Character.isWhitespace(rest.charAt(at))) {
        at++;
      }
      if (at == rest.length()) {
        String next = nextLine();
        if (next == null) {
          return count;
        }
        rest = next;
        at = 0;
        continue;
      }
      int start = at;
      while (at < rest.length() && !Character.isWhitespace(rest.charAt(at))) {
        at++;
      }
      into[count++] = item(rest, start, at);
    }
    return count;
  }

  private @Nullable String nextLine() {
    while (true) {
      try {
        if (reader == null) {
          if (nextFile == files.size()) {
            return null;
          }
          reader = open(files.get(nextFile++));
        }
        String read = reader.readLine();
        if (read == null) {
          close();
        } else if (line++ % workers == rank) {
          return read;
        }
      } catch (IOException e) {
        throw unreadable(files.get(nextFile - 1), String.valueOf(e.getMessage()));
      }
    }
  }

  private static BufferedReader open(Path file) throws IOException {
    InputStream in = Files.newInputStream(file);
    boolean zipped = String.valueOf(file.getFileName()).endsWith(".gz");
    return new BufferedReader(
        new InputStreamReader(
            zipped ? new GZIPInputStream(in, 1 << 16) : in, StandardCharsets.UTF_8),
        1 << 16);
  }

  @Override
  public void close() {
    if (reader != null) {
      try {
        reader.close();
      } catch (IOException e) {
        throw unreadable(files.get(nextFile - 1), String.valueOf(e.getMessage()));
      } finally {
        reader = null;
      }
    }
  }

  private static HoldfastException unreadable(Path file, String why) {
    return new HoldfastException(ErrorCode.INVALID_ARGUMENT, file + ": " + why);
  }
}
