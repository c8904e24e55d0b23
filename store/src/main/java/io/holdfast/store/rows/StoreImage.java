package io.holdfast.store.rows;

import io.holdfast.model.KeyRange;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * All files of a store as they were at one moment, linked into a directory of their own: later
 * checkpoints and drops change nothing of them. Each range in it is as of its last checkpoint, rows
 * and metadata together. Keeps the disk space of its files until it is closed. For one thread at a
 * time.
 */
public interface StoreImage extends AutoCloseable {
  /**
   * One file.
   *
   * @param name without a directory
   * @param path where it lies until the image is closed
   * @param bytes its size
   */
  record ImageFile(String name, Path path, long bytes) {
    /** Whether a store never has another file of this name and size with another content. */
    public boolean isSorted() {
      return name.endsWith(".sst");
    }
  }

  /** What of a range is in an image, about. */
  record Amount(long rows, long bytes) {}

  /** Where they lie; what else is put there is removed with them. */
  Path directory();

  /** In order of their names. */
  List<ImageFile> files();

  /**
   * What the range's last checkpoint before the image was given; empty where there was none.
   * Blocks.
   *
   * @throws StoreException CORRUPT where the image cannot be read
   */
  Optional<byte[]> metadata(int range);

  /** Rows and bytes of a range, as far as that can be told without reading them. Blocks. */
  Amount amount(int range, KeyRange keys);

  /** Removes the files. Files of the store itself stay. */
  @Override
  void close();
}
