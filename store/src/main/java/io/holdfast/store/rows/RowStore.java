package io.holdfast.store.rows;

import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import java.util.Optional;

/** The home of all rows of a node: one RocksDB. May be called by any thread. */
public interface RowStore extends AutoCloseable {
  /**
   * What the range's last checkpoint was given, empty where there is none.
   *
   * @throws StoreException CORRUPT where it cannot be read
   */
  Optional<byte[]> metadata(int range);

  /**
   * Opens the rows of a range.
   *
   * @param keys the range's keys
   * @param table its table; the rule must be known
   */
  RangeRows open(int range, KeyRange keys, TableSpec table);

  /**
   * Removes all that is kept of a range; durable when it returns. Its {@link RangeRows} must be
   * closed.
   */
  void drop(int range);

  /** Bytes that the cells and indexes of all ranges may take together. */
  long cacheBudgetBytes();

  /** Bytes that they take now. */
  long cachedBytes();

  @Override
  void close();
}
