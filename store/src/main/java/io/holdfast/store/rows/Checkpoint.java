package io.holdfast.store.rows;

/**
 * A durable cut of one range, in three steps: the shard's thread copies what is frozen, a little at
 * a time; then another thread writes it; then the shard's thread completes it.
 */
public interface Checkpoint {
  /**
   * Shard's thread: copies frozen cells.
   *
   * @param maxBytes about how many bytes to copy in this call
   * @return whether all are copied
   */
  boolean copy(int maxBytes);

  /**
   * Checkpoint thread, once {@link #copy} has returned true: writes rows and metadata as sorted
   * files and ingests them into RocksDB in one atomic step; durable when it returns. Blocks.
   *
   * @param metadata the range's state that belongs to these rows, opaque; what {@link
   *     RowStore#metadata} will return
   * @throws StoreException where it failed; RocksDB is as it was before
   */
  void write(byte[] metadata);

  /**
   * Shard's thread, once {@link #write} has returned: cells not changed since the freeze are clean.
   */
  void complete();

  /** Shard's thread, once {@link #write} has thrown: what was frozen is dirty again. */
  void abandon();
}
