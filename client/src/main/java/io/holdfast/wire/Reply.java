package io.holdfast.wire;

import io.holdfast.model.HoldfastException;
import io.holdfast.v1.QueueReply;
import org.jspecify.annotations.Nullable;

/**
 * A reply as a client reads it. Values are offsets into the frame's bytes, which stay in the
 * transport's buffers.
 */
public sealed interface Reply {
  /** The request that it answers. */
  long call();

  record Failed(long call, HoldfastException error) implements Reply {}

  /**
   * @param savedState what the rank's last save stored; from the home range only, null where
   *     nothing is saved
   * @param baseSeq of a rank that was away: the last seq of its life before; 0 else
   * @param groupSize ranks of the group as the range knows it
   */
  record Joined(
      long call,
      int incarnation,
      long lastSeq,
      int clock,
      int savedClock,
      byte @Nullable [] savedState,
      long baseSeq,
      int groupSize)
      implements Reply {
    /** Of a rank that was not away. */
    public Joined(
        long call,
        int incarnation,
        long lastSeq,
        int clock,
        int savedClock,
        byte @Nullable [] savedState) {
      this(call, incarnation, lastSeq, clock, savedClock, savedState, 0, 0);
    }
  }

  record Pushed(long call, long lsn, boolean duplicate) implements Reply {}

  /**
   * @param shape how the values are encoded
   * @param bytes of the whole reply in its frame
   */
  record Pulled(
      long call,
      int epoch,
      long lsn,
      int minClock,
      int valuesAt,
      int valuesLength,
      ValueShape shape,
      int bytes)
      implements Reply {
    /** One with the values as they are. */
    public Pulled(long call, int epoch, long lsn, int minClock, int valuesAt, int valuesLength) {
      this(call, epoch, lsn, minClock, valuesAt, valuesLength, ValueShape.PLAIN, valuesLength);
    }
  }

  record Ticked(long call, long lsn, boolean duplicate) implements Reply {}

  record Saved(long call, long lsn) implements Reply {}

  record Left(long call, long lsn) implements Reply {}

  record Group(long call, io.holdfast.v1.GroupNow group) implements Reply {}

  record Queue(long call, QueueReply message) implements Reply {}
}
