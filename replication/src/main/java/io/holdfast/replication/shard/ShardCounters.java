package io.holdfast.replication.shard;

/**
 * What a shard has done since it started, as one moment's values.
 *
 * @param shard its number
 * @param lastIndex records in its log
 * @param durableIndex records on disk
 * @param replayBytes what a restart would replay
 * @param logBytes disk that the log takes
 * @param pushes taken, duplicates not counted
 * @param pulls answered
 * @param parked pulls that wait now
 * @param checkpoints written
 */
public record ShardCounters(
    int shard,
    long lastIndex,
    long durableIndex,
    long replayBytes,
    long logBytes,
    long pushes,
    long pulls,
    long parked,
    long checkpoints) {}
