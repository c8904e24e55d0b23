package io.holdfast.store.log;

import io.holdfast.store.file.DurableFiles;
import io.holdfast.store.file.IdentityFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;

/** What log a directory holds: file {@code log.id}, written once when the log is created. */
final class LogIdentity {
  static final String FILE_NAME = "log.id";

  private static final String FORMAT = "holdfast-log";
  private static final String KIND = "kind";
  private static final String SHARD = "shard";
  private static final String ID = "id";

  private LogIdentity() {}

  /** The log's id, 16 bytes; creates the log where the directory is empty or not there. */
  static byte[] openOrCreate(LogOptions options) throws IOException {
    Path file = options.directory().resolve(FILE_NAME);
    if (Files.exists(file)) {
      return check(options, file);
    }
    Files.createDirectories(options.directory());
    try (Stream<Path> entries = Files.list(options.directory())) {
      Path stranger =
          entries.filter(entry -> !isUnfinished(entry)).findAny().orElse(options.directory());
      if (!stranger.equals(options.directory())) {
        throw foreign(
            options.directory()
                + " holds "
                + stranger.getFileName()
                + " but no log: name an empty directory, or bring "
                + FILE_NAME
                + " back");
      }
    }
    return create(options, file);
  }

  private static byte[] create(LogOptions options, Path file) throws IOException {
    UUID id = UUID.randomUUID();
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put(FORMAT, Integer.toString(RecordLayout.FORMAT_VERSION));
    fields.put(KIND, options.kind().name());
    fields.put(SHARD, Integer.toString(options.shard()));
    fields.put(ID, id.toString());
    IdentityFile.write(file, fields);
    DurableFiles.forceDirectory(
        Objects.requireNonNull(options.directory().toAbsolutePath().getParent()));
    return bytes(id);
  }

  private static byte[] check(LogOptions options, Path file) throws IOException {
    Map<String, String> fields = IdentityFile.read(file);
    String format = fields.getOrDefault(FORMAT, "none");
    if (!format.equals(Integer.toString(RecordLayout.FORMAT_VERSION))) {
      throw foreign(
          file
              + " says log format "
              + format
              + ", this version reads "
              + RecordLayout.FORMAT_VERSION
              + ": start the version of Holdfast that wrote it");
    }
    expect(file, fields, KIND, options.kind().name(), "set the log kind to that");
    expect(
        file,
        fields,
        SHARD,
        Integer.toString(options.shard()),
        "a shard's directory was renamed or copied; put it back where it was");
    return bytes(UUID.fromString(fields.getOrDefault(ID, "")));
  }

  private static void expect(
      Path file, Map<String, String> fields, String name, String wanted, String remedy) {
    String found = fields.getOrDefault(name, "none");
    if (!found.equals(wanted)) {
      throw foreign(
          file + " says " + name + " " + found + ", but " + wanted + " was asked for: " + remedy);
    }
  }

  static boolean isUnfinished(Path file) {
    return file.getFileName().toString().endsWith(DurableFiles.UNFINISHED);
  }

  private static LogException foreign(String message) {
    return new LogException(LogException.Kind.FOREIGN, message);
  }

  private static byte[] bytes(UUID id) {
    return ByteBuffer.allocate(16)
        .putLong(id.getMostSignificantBits())
        .putLong(id.getLeastSignificantBits())
        .array();
  }
}
