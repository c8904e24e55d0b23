package io.holdfast.client.retry;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import org.jspecify.annotations.Nullable;

/** How far a worker has come with one range. Ranges that come of a split begin with a copy. */
final class Standing {
  boolean joined;
  long lastSeq;
  long answeredSeq;
  // What the range had of this rank when the worker joined.
  private long seqWhenJoined;
  // Sequenced calls behind the seq wait until this clock's state is saved; 0: none do.
  private int clockToSave;
  private long seqToSave;
  @Nullable HoldfastException lost;

  Standing copy() {
    var copy = new Standing();
    copy.joined = joined;
    copy.lastSeq = lastSeq;
    copy.answeredSeq = answeredSeq;
    copy.seqWhenJoined = seqWhenJoined;
    copy.clockToSave = clockToSave;
    copy.seqToSave = seqToSave;
    copy.lost = lost;
    return copy;
  }

  void joinedAt(long seq, long rangeSeq) {
    joined = true;
    lastSeq = seq;
    seqWhenJoined = rangeSeq;
    answeredSeq = Math.min(seq, rangeSeq);
  }

  /**
   * @throws HoldfastException why the range takes no sequenced calls
   */
  void checkTakesPushes(Route route) {
    if (lost != null) {
      throw lost;
    }
    if (!joined) {
      throw new HoldfastException(ErrorCode.NOT_JOINED, "range " + route.range());
    }
  }

  /** The seq that a pull may wait for: own pushes that are not lost. */
  long readableSeq() {
    return lost == null ? lastSeq : answeredSeq;
  }

  /**
   * Whether something is in, or to go out, under a seq that has to keep its meaning: pushed before
   * this worker joined, or waiting for a save.
   */
  boolean mayHaveMore() {
    return lastSeq < seqWhenJoined || clockToSave != 0;
  }

  void holdUntilSaved(int clock) {
    clockToSave = clock;
    seqToSave = lastSeq;
  }

  boolean isHeldUntilSaved(long seq) {
    return clockToSave != 0 && seq > seqToSave;
  }

  boolean waitsForSave(int clock) {
    return clockToSave == clock;
  }

  /** Whether something may be sent now that waited. */
  boolean saved(int clock) {
    boolean waited = clockToSave != 0 && clockToSave <= clock;
    clockToSave = waited ? 0 : clockToSave;
    return waited;
  }
}
