package io.holdfast.replication.shard;

/**
 * Fingerprints of a replica at an LSN; equal on all replicas of the range.
 *
 * @param lsn the log is applied up to here, no further
 * @param rows of all rows with their optimizer state
 * @param state of clocks, duplicate table and saved states
 * @param bytes of all rows, about
 */
public record RangeDigest(long lsn, long rows, long state, long bytes) {}
