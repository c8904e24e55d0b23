package io.holdfast.store.rows;

import java.nio.ByteBuffer;

/**
 * Stored rows of a range as of its last checkpoint, unmoved by later ones and by a drop of the
 * range: what a copy to another node, a digest or a snapshot is made of. Keeps the files that it
 * reads on disk until it is closed. For one thread, which need not be the range's; ends with the
 * store.
 */
public interface RowExport extends AutoCloseable {
  /** The metadata that belongs to the rows. */
  byte[] metadata();

  /** Bytes of all rows, about. */
  long approximateBytes();

  /** What a target must at least have room for, so that a row fits. */
  int minChunkBytes();

  /**
   * Writes the next rows to {@code target}, in chunks that {@link RowImport#add} takes whole, and
   * moves its position. Blocks.
   *
   * @return whether something was written; false at the end
   * @throws StoreException IO or CORRUPT where the rows cannot be read
   */
  boolean next(ByteBuffer target);

  @Override
  void close();
}
