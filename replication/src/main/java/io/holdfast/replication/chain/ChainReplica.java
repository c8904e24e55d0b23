package io.holdfast.replication.chain;

import io.holdfast.model.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * One replica of one range: where its log ends, what of it is committed, and the clocks. The state
 * machine that the shard drives; whoever is alone in the chain commits what is durable on its own
 * disk (rule P6).
 *
 * <pre>
 *   admit*  -> may it be appended, is it a duplicate, is it refused      (changes nothing)
 *   logged  -> it has an LSN and is in the log                           (pending)
 *   commit  -> it is durable on every serving replica                    (state; applied, acknowledged)
 * </pre>
 */
public final class ChainReplica {
  private static final int FIXED_BYTES = 4 + 8 + 4;

  private final int epoch;
  private final WorkerClocks clocks;
  private long lastLsn;
  private long committedLsn;
  private int completedClocks;

  private ChainReplica(int epoch, WorkerClocks clocks, long committedLsn, int completedClocks) {
    this.epoch = epoch;
    this.clocks = clocks;
    this.lastLsn = committedLsn;
    this.committedLsn = committedLsn;
    this.completedClocks = completedClocks;
  }

  /** A range that has never had a record. */
  public static ChainReplica empty(int epoch) {
    return new ChainReplica(epoch, new WorkerClocks(), 0, 0);
  }

  /**
   * The replica as a checkpoint holds it; its pending records are to be given to it again from the
   * log.
   */
  public static ChainReplica read(ByteBuffer checkpoint) {
    int epoch = checkpoint.getInt();
    long lsn = checkpoint.getLong();
    int completed = checkpoint.getInt();
    return new ChainReplica(epoch, WorkerClocks.read(checkpoint), lsn, completed);
  }

  /** The committed state, for a checkpoint of the rows as of {@link #committedLsn()}. */
  public ByteBuffer write() {
    var bytes =
        ByteBuffer.allocate(FIXED_BYTES + clocks.encodedBytes()).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(epoch).putLong(committedLsn).putInt(completedClocks);
    clocks.write(bytes);
    return bytes.flip();
  }

  /** P1: a request of another configuration is refused. */
  public Admission.@Nullable Refuse fence(int requestEpoch) {
    if (requestEpoch == epoch) {
      return null;
    }
    return new Admission.Refuse(
        ErrorCode.STALE_EPOCH,
        "request for epoch "
            + requestEpoch
            + ", the chain is in epoch "
            + epoch
            + ": fetch the map again");
  }

  public int epoch() {
    return epoch;
  }

  public WorkerClocks clocks() {
    return clocks;
  }

  public long lastLsn() {
    return lastLsn;
  }

  public long committedLsn() {
    return committedLsn;
  }

  /** Gives the next record its LSN. */
  public long nextLsn() {
    return lastLsn + 1;
  }

  /** The record with this LSN is in the log. */
  public void logged(long lsn) {
    if (lsn != lastLsn + 1) {
      throw new IllegalStateException("record " + lsn + " after record " + lastLsn + " (P5)");
    }
    lastLsn = lsn;
  }

  /** The record with this LSN is durable on every serving replica. */
  public void commit(long lsn) {
    if (lsn != committedLsn + 1 || lsn > lastLsn) {
      throw new IllegalStateException(
          "commit of " + lsn + " after " + committedLsn + ", log ends at " + lastLsn);
    }
    committedLsn = lsn;
  }

  /** Clocks of a sequential table that are combined and applied. */
  public int completedClocks() {
    return completedClocks;
  }

  /**
   * Whether the next clock of a sequential table has ended: for everyone, or for all but {@code
   * backupWorkers}.
   */
  public boolean nextClockHasEnded(int backupWorkers) {
    int expected = clocks.expectedWorkers();
    int needed = Math.max(1, expected - backupWorkers);
    return expected > 0 && clocks.finished(completedClocks + 1) >= needed;
  }

  /** The clock is combined and applied. */
  public void completeClock() {
    completedClocks++;
  }
}
