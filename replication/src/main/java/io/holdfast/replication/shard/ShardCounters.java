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
 * @param pushedBytes keys and values of the pushes taken, as they came
 * @param forwardedBytes payloads of records that were sent to successors, those sent again included
 * @param combinedPushes of the pushes, those that went into a record with others (rule P9)
 * @param pulledBytes values of the answers to pulls, as they went
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
    long checkpoints,
    long pushedBytes,
    long forwardedBytes,
    long combinedPushes,
    long pulledBytes) {}
