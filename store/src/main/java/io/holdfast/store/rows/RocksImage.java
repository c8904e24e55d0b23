package io.holdfast.store.rows;

import io.holdfast.model.KeyRange;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SizeApproximationFlag;
import org.rocksdb.Slice;

/** RocksDB's own checkpoint: sorted files by hard links, the small ones copied. */
final class RocksImage implements StoreImage {
  /** RocksDB builds an image under this name and renames it. */
  private static final String UNFINISHED = ".tmp";

  /** A key, and what a block takes beside key and value of an entry; about. */
  private static final int BYTES_BESIDE_CELL = CellKey.BYTES + 5;

  private final RocksRowStore store;
  private final RocksSettings settings;
  private final Path directory;
  private final List<ImageFile> files;
  private @Nullable RocksDB opened;

  private RocksImage(
      RocksRowStore store, RocksSettings settings, Path directory, List<ImageFile> files) {
    this.store = store;
    this.settings = settings;
    this.directory = directory;
    this.files = files;
  }

  /** While the database is open. */
  static RocksImage make(RocksRowStore store, RocksDB db, RocksSettings settings, Path directory) {
    try (var checkpoint = org.rocksdb.Checkpoint.create(db)) {
      checkpoint.createCheckpoint(directory.toString());
      return new RocksImage(store, settings, directory, list(directory));
    } catch (RocksDBException e) {
      removeQuietly(directory);
      throw StoreFailures.of("making an image at " + directory, e);
    } catch (IOException e) {
      removeQuietly(directory);
      throw new StoreException(StoreException.Kind.IO, "cannot read " + directory + ": " + e, e);
    }
  }

  private static List<ImageFile> list(Path directory) throws IOException {
    var files = new ArrayList<ImageFile>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        files.add(new ImageFile(entry.getFileName().toString(), entry, Files.size(entry)));
      }
    }
    files.sort(Comparator.comparing(ImageFile::name));
    return List.copyOf(files);
  }

  @Override
  public Path directory() {
    return directory;
  }

  @Override
  public List<ImageFile> files() {
    return files;
  }

  @Override
  public Optional<byte[]> metadata(int range) {
    return Optional.ofNullable(stored(range))
        .map(stored -> CellFormat.unwrapMetadata(range, stored));
  }

  private byte @Nullable [] stored(int range) {
    return store.using(
        () -> {
          try {
            return database().get(settings.point(), CellKey.metadata(range));
          } catch (RocksDBException e) {
            throw StoreFailures.of("reading range " + range + " in the image " + directory, e);
          }
        });
  }

  private RocksDB database() throws RocksDBException {
    var database = opened;
    if (database == null) {
      database = RocksDB.openReadOnly(settings.options(), directory.toString());
      opened = database;
    }
    return database;
  }

  @Override
  public Amount amount(int range, KeyRange keys) {
    byte[] stored = stored(range);
    if (stored == null) {
      return new Amount(0, 0);
    }
    var format = CellFormat.unwrap(range, stored);
    long bytes = Math.max(0, bytes(range) - stored.length);
    long cells = bytes / (format.cellBytes() + BYTES_BESIDE_CELL);
    long rows = cells * format.rowsPerCell();
    return new Amount(format.dense() ? Math.min(rows, keys.size()) : rows, bytes);
  }

  private long bytes(int range) {
    return store.using(
        () -> {
          try (Slice first = new Slice(CellKey.first(range));
              Slice end = new Slice(CellKey.end(range))) {
            var all = List.of(new org.rocksdb.Range(first, end));
            return database().getApproximateSizes(all, SizeApproximationFlag.INCLUDE_FILES)[0];
          } catch (RocksDBException e) {
            throw StoreFailures.of("reading the image " + directory, e);
          }
        });
  }

  @Override
  public void close() {
    var database = opened;
    opened = null;
    if (database != null) {
      database.close();
    }
    removeQuietly(directory);
  }

  /** What cannot be removed now is, when the store is opened. */
  private static void removeQuietly(Path directory) {
    try {
      remove(directory);
      remove(directory.resolveSibling(directory.getFileName() + UNFINISHED));
    } catch (IOException e) {
      // Nobody can do more about it here.
    }
  }

  /** Removes a directory of files, if it is there. */
  static void remove(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
        for (Path entry : entries) {
          Files.delete(entry);
        }
      }
      Files.delete(directory);
    }
  }
}
