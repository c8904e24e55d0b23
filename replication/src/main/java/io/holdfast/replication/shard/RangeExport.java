package io.holdfast.replication.shard;

import io.holdfast.model.TableSpec;
import io.holdfast.store.rows.RowExport;

/**
 * Rows of a replica as of one LSN, to be read and closed by whoever asked for them, on a thread of
 * its own.
 *
 * @param spec the table's definition
 * @param rows with their optimizer state
 * @param lsn they hold exactly the records up to here, but for pushes of a sequential table's
 *     clocks that have not ended
 * @param recordEpoch of the record at that LSN
 * @param minClock clocks that every worker has finished
 * @param maxClock clocks that some worker has finished
 */
public record RangeExport(
    TableSpec spec, RowExport rows, long lsn, int recordEpoch, int minClock, int maxClock) {
  static RangeExport of(TableSpec spec, RowExport rows) {
    var chain = RangeMetadata.decode(rows.metadata()).chain();
    var clocks = chain.clocks();
    return new RangeExport(
        spec,
        rows,
        chain.appliedLsn(),
        chain.lastRecordEpoch(),
        clocks.minClock(),
        clocks.maxClock());
  }
}
