package io.holdfast.tools.snapshot;

import io.holdfast.model.KeyRange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A range, at one LSN.
 *
 * @param id in the cluster that it was taken of
 * @param ancestors the ranges that it was split out of, the oldest first
 * @param table empty: the job's home range
 * @param keys placed keys
 * @param image number of the {@link Image} that holds its rows and metadata, from 0
 * @param lsn the rows hold exactly the records up to here, but for the held ones
 * @param recordEpoch of the record at that LSN
 * @param minClock clocks that all workers have finished
 * @param clocks by rank
 * @param rows about how many
 * @param bytes about how many the rows take, their optimizer state included
 * @param held null: none wait
 */
public record SnapshotRange(
    int id,
    List<Integer> ancestors,
    String job,
    String table,
    KeyRange keys,
    int image,
    long lsn,
    int recordEpoch,
    int minClock,
    List<WorkerClock> clocks,
    long rows,
    long bytes,
    @Nullable HeldPushes held) {
  public SnapshotRange {
    ancestors = List.copyOf(ancestors);
    clocks = List.copyOf(clocks);
  }

  /** Whether it holds the workers' saved states of its job, and no rows. */
  public boolean home() {
    return table.isEmpty();
  }
}
