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

  /**
   * Those rows of the range's last checkpoint that have one of these keys, with the metadata of the
   * whole range; empty where there is no checkpoint. For all rows give the range's own keys: the
   * last page of a dense table reaches beyond them. Blocks shortly.
   *
   * <p>A range is split by an export of each half, imported to a range of its own (see {@link
   * #importer}), and a drop of the whole once both are complete.
   *
   * @throws StoreException CORRUPT where it cannot be read
   */
  Optional<RowExport> export(int range, KeyRange keys);

  /**
   * Takes rows of an export, of this store or another one, as the range's; nothing shows until it
   * is complete. One at a time for each range.
   *
   * @param keys the range's keys
   * @param table its table; the rule must be known
   */
  RowImport importer(int range, KeyRange keys, TableSpec table);

  /**
   * Links all files as they are now into a directory of their own, which is removed when the image
   * is closed, or when the store is opened after a crash. Writes nothing of what no checkpoint
   * holds, and copies no rows. Blocks shortly.
   *
   * @throws StoreException IO or DISK_FULL; nothing is left of it
   */
  StoreImage image();

  /** Bytes that the cells and indexes of all ranges may take together. */
  long cacheBudgetBytes();

  /** Bytes that they take now. */
  long cachedBytes();

  @Override
  void close();
}
