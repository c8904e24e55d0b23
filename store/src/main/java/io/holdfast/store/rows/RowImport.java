package io.holdfast.store.rows;

import java.nio.ByteBuffer;

/**
 * Takes the rows of a {@link RowExport} into another store, or to another range. For one thread.
 */
public interface RowImport extends AutoCloseable {
  /**
   * Adds a chunk, in the order of the export. Blocks; nothing shows yet.
   *
   * @throws IllegalArgumentException where it is no such chunk, or has rows of another shape, or
   *     outside of the range
   * @throws StoreException DISK_FULL or IO; nothing of the import is left
   */
  void add(ByteBuffer chunk);

  /**
   * Replaces all that the store holds of the range by what was added; durable when it returns. A
   * crash meanwhile leaves what was there before, or nothing at all, not even metadata, or all of
   * the new: never a part. The range must not be open.
   *
   * @throws StoreException DISK_FULL or IO; the range may be empty then
   */
  void complete(byte[] metadata);

  /** Lets go; removes what was not completed. */
  @Override
  void close();
}
