/**
 * The rows of ranges: a cache of cells in flat arrays with a byte budget, over RocksDB as the home
 * of rows.
 *
 * <p>A range's rows belong to one thread, the shard's; only {@link
 * io.holdfast.store.rows.Checkpoint#write} runs on another. Nothing here knows of logs, workers or
 * clocks.
 */
@NullMarked
package io.holdfast.store.rows;

import org.jspecify.annotations.NullMarked;
