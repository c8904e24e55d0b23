package io.holdfast.replication.shard;

/**
 * A range as its shard sees it, as one moment's values.
 *
 * @param range its id
 * @param epoch of its chain
 * @param lastLsn end of its log
 * @param committedLsn what its rows hold
 * @param checkpointLsn what its last checkpoint holds
 * @param cachedBytes of rows in memory
 * @param dirtyBytes of rows that no checkpoint holds
 * @param minClock clocks that all workers have finished
 * @param maxClock clocks that the fastest has finished
 * @param workers known to it
 * @param state SERVING, SYNCING, WAITING, OUT (in no chain), or QUARANTINED and why
 * @param durableLsn end of what is durable here
 * @param head whether it gives LSNs
 * @param tail whether it decides what is committed
 * @param lastRecordEpoch in which the log's last record got its LSN
 */
public record RangeSummary(
    int range,
    int epoch,
    long lastLsn,
    long committedLsn,
    long checkpointLsn,
    long cachedBytes,
    long dirtyBytes,
    int minClock,
    int maxClock,
    int workers,
    String state,
    long durableLsn,
    boolean head,
    boolean tail,
    int lastRecordEpoch) {}
