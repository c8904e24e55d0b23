package io.holdfast.store.rows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileWriter;

/** The one sorted file of a checkpoint: the metadata, then the cells in order. */
final class CheckpointFile {
  /** Keys, block ends and filter bits beside the cells themselves; generous. */
  private static final long BYTES_BESIDE_CELL = 64;

  private final Path file;
  private final RocksSettings settings;
  private final CellFormat format;

  CheckpointFile(Path file, RocksSettings settings, CellFormat format) {
    this.file = file;
    this.settings = settings;
    this.format = format;
  }

  /**
   * Writes and syncs the file, or leaves none.
   *
   * @throws StoreException DISK_FULL, also where less than {@code reserveBytes} would be left; IO
   */
  void write(int range, FrozenCells cells, byte[] metadata, long reserveBytes) {
    long bytes = metadata.length + cells.count() * (format.cellBytes() + BYTES_BESIDE_CELL);
    requireSpace(file, bytes, reserveBytes);
    try (SstFileWriter writer = new SstFileWriter(settings.environment(), settings.options())) {
      writer.open(file.toString());
      writer.put(CellKey.metadata(range), format.wrap(metadata));
      putCells(writer, range, cells);
      writer.finish();
    } catch (RocksDBException e) {
      deleteQuietly(file);
      throw StoreFailures.of("writing " + file, e);
    }
  }

  private void putCells(SstFileWriter writer, int range, FrozenCells cells)
      throws RocksDBException {
    ByteBuffer key = ByteBuffer.allocateDirect(CellKey.BYTES);
    ByteBuffer value = ByteBuffer.allocateDirect(format.cellBytes());
    for (int i : cells.sorted()) {
      CellKey.putCell(key.clear(), range, cells.key(i));
      cells.encode(i, value.clear());
      writer.put(key.flip(), value.flip());
    }
  }

  /**
   * @throws StoreException DISK_FULL where less than the reserve would be left beside the file
   */
  static void requireSpace(Path file, long bytes, long reserveBytes) {
    try {
      long usable = Files.getFileStore(file.getParent()).getUsableSpace();
      if (usable - bytes < reserveBytes) {
        throw new StoreException(
            StoreException.Kind.DISK_FULL,
            "a file of "
                + bytes
                + " bytes at "
                + file
                + " would leave less than the reserve of "
                + reserveBytes
                + " bytes; "
                + usable
                + " are free. Free some space",
            null);
      }
    } catch (IOException e) {
      throw new StoreException(StoreException.Kind.IO, "cannot ask for space at " + file, e);
    }
  }

  /** Removes the file if it is there; one that cannot be removed is, when the store is opened. */
  static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // The error that led here matters more.
    }
  }
}
