package io.holdfast.store.rows;

import io.holdfast.model.KeyRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * The files of a checkpoint of RocksDB, as a snapshot has them: the rows of some ranges, to be read
 * only. Nothing but RocksDB's own notes ({@code LOG}) is written into the directory. Any thread.
 */
public final class RowImage implements AutoCloseable {
  private static final String REMEDY =
      ". Nothing was changed: check the snapshot with 'snapshot verify', and take another one";

  /** What RocksDB has in a directory of its own. */
  private static final Pattern OWN =
      Pattern.compile(
          "[0-9]+\\.(sst|log)|CURRENT|(MANIFEST|OPTIONS)-[0-9]+|IDENTITY|LOCK|LOG(\\.old\\.[0-9]+)?");

  /** How RocksDB names a file that is not the one that its list of files means. */
  private static final Pattern NUMBER = Pattern.compile("table file ([0-9]+)");

  private final Path directory;
  private final OpenRocks rocks;

  private RowImage(Path directory, OpenRocks rocks) {
    this.directory = directory;
    this.rocks = rocks;
  }

  /**
   * Opens an image. Blocks; reads the end of each file, and no rows: {@link #verify} does.
   *
   * @throws StoreException CORRUPT where a file is damaged, missing, of another database, or of a
   *     RocksDB that this version does not read: the message names it; IO
   */
  public static RowImage open(Path directory) {
    requireFiles(directory);
    var settings = new RocksSettings(RowStoreOptions.ofBudget(64L << 20));
    settings.options().setCreateIfMissing(false);
    try {
      RocksDB db = RocksDB.openReadOnly(settings.options(), directory.toString());
      var rocks = new OpenRocks(db, settings, (doing, e) -> failure(directory, doing, e));
      return checked(new RowImage(directory, rocks));
    } catch (RocksDBException e) {
      settings.close();
      throw failure(directory, "opening it", e);
    }
  }

  private static RowImage checked(RowImage image) {
    try {
      image.requireOwnFiles();
      return image;
    } catch (RuntimeException e) {
      image.close();
      throw e;
    }
  }

  private static void requireFiles(Path directory) {
    Path current = directory.resolve("CURRENT");
    if (!Files.isRegularFile(current)) {
      throw damaged(current + " is missing: " + directory + " is no image of rows");
    }
    try (Stream<Path> files = Files.list(directory)) {
      var foreign =
          files.filter(file -> !OWN.matcher(file.getFileName().toString()).matches()).findFirst();
      if (foreign.isPresent()) {
        throw damaged(foreign.get() + " does not belong into an image of rows");
      }
    } catch (IOException e) {
      throw new StoreException(
          StoreException.Kind.IO, directory + " cannot be read: " + e.getMessage(), e);
    }
  }

  private void requireOwnFiles() {
    var known =
        rocks.db().getLiveFilesMetaData().stream()
            .map(file -> Path.of(file.fileName()).getFileName().toString())
            .collect(Collectors.toSet());
    try (Stream<Path> files = Files.list(directory)) {
      var foreign =
          files
              .filter(file -> file.toString().endsWith(".sst"))
              .filter(file -> !known.contains(file.getFileName().toString()))
              .findFirst();
      if (foreign.isPresent()) {
        throw damaged(foreign.get() + " is of another database than " + directory);
      }
    } catch (IOException e) {
      throw new StoreException(
          StoreException.Kind.IO, directory + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** As {@link RowStore#metadata}. */
  public Optional<byte[]> metadata(int range) {
    byte[] stored = rocks.metadata(range);
    return stored == null
        ? Optional.empty()
        : Optional.of(naming(range, r -> CellFormat.unwrapMetadata(r, stored)));
  }

  /**
   * As {@link RowStore#export}; empty where the image does not have the range. Ends with the image.
   *
   * @throws StoreException CORRUPT where it cannot be read; IO
   */
  public Optional<RowExport> export(int range, KeyRange keys) {
    return naming(range, r -> rocks.export(r, keys));
  }

  // What is wrong with an image has another remedy than what is wrong with a node's own rows.
  private <T> T naming(int range, Function<Integer, T> read) {
    try {
      return read.apply(range);
    } catch (StoreException e) {
      if (e.getCause() == null) {
        throw damaged("range " + range + " in " + directory + " is of a format not known here");
      }
      throw e;
    }
  }

  /**
   * Reads all of the image's files to their end. Blocks.
   *
   * @throws StoreException CORRUPT, naming the file; IO
   */
  public void verify() {
    rocks.using(
        () -> {
          try {
            rocks.db().verifyChecksum();
            return true;
          } catch (RocksDBException e) {
            throw failure(directory, "reading all of it", e);
          }
        });
  }

  /** Ends its exports, too. */
  @Override
  public void close() {
    rocks.close();
  }

  private static StoreException failure(Path directory, String doing, RocksDBException cause) {
    var failure = StoreFailures.of(doing, cause);
    String message = String.valueOf(cause.getMessage());
    var number = NUMBER.matcher(message);
    String file = number.find() ? String.format(" %06d.sst", Long.valueOf(number.group(1))) : "";
    String text = "the image " + directory + file + " failed " + doing + ": " + message;
    return new StoreException(failure.kind(), text + REMEDY, cause);
  }

  private static StoreException damaged(String what) {
    return new StoreException(StoreException.Kind.CORRUPT, what + REMEDY, null);
  }
}
