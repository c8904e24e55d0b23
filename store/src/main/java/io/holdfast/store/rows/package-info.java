/**
 * The rows of ranges: a cache of cells in flat arrays with a byte budget, over RocksDB as the home
 * of rows.
 *
 * <p>A range's rows belong to one thread, the shard's; only {@link
 * io.holdfast.store.rows.Checkpoint#write} runs on another. Nothing here knows of logs, workers or
 * clocks.
 *
 * <p>The invariants: what is on disk is whole checkpoints, rows and metadata of the same moment; a
 * cell that the disk has no equal of is never evicted; an absent row is made anew only where it is
 * known, or has been read, that it does not exist. {@code docs/storage-format.md} has the format.
 */
@NullMarked
package io.holdfast.store.rows;

import org.jspecify.annotations.NullMarked;
