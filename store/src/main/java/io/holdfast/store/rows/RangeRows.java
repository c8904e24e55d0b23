package io.holdfast.store.rows;

import io.holdfast.plugin.RangeFunction;
import io.holdfast.plugin.UpdateContext;
import java.nio.ByteBuffer;

/**
 * The rows of one range of one table, for the thread that owns the range. Holds a committed prefix
 * of the range's log.
 *
 * <p>Calls that meet rows that are not in the cache read them from RocksDB, in batches, and block
 * meanwhile.
 */
public interface RangeRows extends AutoCloseable {
  /**
   * Applies one push by the table's update rule and proximal operators. Total: cannot fail for keys
   * of the range (rule P4); an I/O error while reading absent rows is a {@link StoreException},
   * after which the range has to stop.
   *
   * @param keys ascending keys of the range
   * @param values holds {@code [keys][width]} little-endian values from its position on; not
   *     changed
   */
  void apply(KeyBatch keys, ByteBuffer values, UpdateContext context);

  /**
   * Writes rows over, with their optimizer state; neither rule nor operators see it. Total, as
   * {@link #apply}.
   *
   * @param keys ascending keys of the range
   * @param rows holds {@link #wholeRowBytes} for each key from its position on, little-endian: the
   *     values of the row, then its state in the order of the rule; not changed
   */
  void replace(KeyBatch keys, ByteBuffer rows);

  /** Bytes of a row with its optimizer state. */
  int wholeRowBytes();

  /**
   * Writes rows {@code from}, {@code from + 1}, ... of the batch (row values without optimizer
   * state, little-endian) to {@code target} while whole rows fit, and moves its position. Creates
   * nothing.
   *
   * @return index of the first row not written
   */
  int gather(KeyBatch keys, int from, ByteBuffer target);

  /** Feeds all rows that exist, cached or not, to a function in ascending order of keys. */
  void evaluate(RangeFunction function);

  /**
   * Freezes the rows as they are. Changes made after this do not show in the checkpoint. One at a
   * time per range.
   */
  Checkpoint beginCheckpoint();

  /**
   * Brings further rows from RocksDB into the cache while there is room, some hundred microseconds'
   * worth.
   *
   * @return whether there is more to bring
   */
  boolean warm();

  /**
   * Brings rows that are to be written soon into the cache, as far as there is room without
   * evicting: by one pass over the stored rows, where so many are wanted that this is faster than
   * reading them one by one; else does nothing. Blocks; changes no row.
   *
   * @param keys of the range, ascending as unsigned numbers; the first {@code count} are taken
   */
  void bring(long[] keys, int count);

  /** Bytes of cells and index in memory. */
  long cachedBytes();

  /** Bytes of cells that the next checkpoint would write. */
  long dirtyBytes();

  /**
   * Whether so much of the budget is dirty that pushes must wait until a checkpoint is complete.
   */
  boolean isDirtyFull();

  /** Whether enough of the budget is dirty that a checkpoint should begin. */
  boolean wantsCheckpoint();

  /** Frees the memory; writes nothing. */
  @Override
  void close();
}
