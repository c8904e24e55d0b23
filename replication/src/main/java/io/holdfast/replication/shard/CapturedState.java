package io.holdfast.replication.shard;

import io.holdfast.replication.chain.WorkerEntry;
import java.util.List;

/**
 * What a range's metadata say of the moment that they belong to.
 *
 * @param lsn the rows hold the records up to here
 * @param recordEpoch of the record at that LSN
 * @param minClock clocks that all workers have finished
 * @param appliedClocks of a sequential table: clocks that are applied
 * @param split whether the range has ended, since halves of it take its place
 * @param roster version of the roster that counts
 * @param workers by rank
 * @param saved states of workers, on a home range, by rank
 */
public record CapturedState(
    long lsn,
    int recordEpoch,
    int minClock,
    int appliedClocks,
    boolean split,
    int roster,
    List<WorkerEntry> workers,
    List<Saved> saved) {
  /** The newest state that a worker saved; the bytes are the client library's. */
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  public record Saved(int rank, int clock, byte[] state) {}

  /**
   * @param metadata as the store has them
   * @throws IllegalStateException where they are of a format that this version does not read
   */
  public static CapturedState of(byte[] metadata) {
    var decoded = RangeMetadata.decode(metadata);
    var chain = decoded.chain();
    return new CapturedState(
        chain.appliedLsn(),
        chain.lastRecordEpoch(),
        chain.clocks().minClock(),
        chain.completedClocks(),
        chain.isSealApplied(),
        chain.clocks().roster().version(),
        chain.clocks().workers(),
        decoded.states().list());
  }
}
