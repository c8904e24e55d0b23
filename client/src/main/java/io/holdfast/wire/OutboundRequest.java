package io.holdfast.wire;

import io.holdfast.v1.QueueRequest;
import io.holdfast.v1.SavedWork;
import org.jspecify.annotations.Nullable;

/** A request as a client sends it; bulk arrays are referenced, not copied. */
public sealed interface OutboundRequest {
  Request.Header header();

  record Join(Request.Header header, int incarnation, int groupSize, int clock)
      implements OutboundRequest {}

  record Push(
      Request.Header header,
      int incarnation,
      long seq,
      int clock,
      OutboundKeys keys,
      OutboundValues values)
      implements OutboundRequest {}

  /**
   * @param wanted how the answer may be encoded
   * @param seed of its random rounding
   * @param need what the worker needs of the others by the consistency that it knows
   */
  record Pull(
      Request.Header header,
      int incarnation,
      int clock,
      long ownSeq,
      OutboundKeys keys,
      boolean anyClock,
      boolean latest,
      ValueShape wanted,
      long seed,
      Request.Need need)
      implements OutboundRequest {
    /** One that any replica may answer, with the values as they are. */
    public Pull(
        Request.Header header,
        int incarnation,
        int clock,
        long ownSeq,
        OutboundKeys keys,
        boolean anyClock) {
      this(
          header,
          incarnation,
          clock,
          ownSeq,
          keys,
          anyClock,
          false,
          ValueShape.PLAIN,
          0,
          Request.Need.NONE);
    }
  }

  record Tick(Request.Header header, int incarnation, long seq, int clock)
      implements OutboundRequest {}

  /**
   * @param work what is done of work queues as of the state; null for nothing
   */
  record Save(
      Request.Header header, int incarnation, int clock, byte[] state, @Nullable SavedWork work)
      implements OutboundRequest {
    /** Of a worker that has no queues open. */
    public Save(Request.Header header, int incarnation, int clock, byte[] state) {
      this(header, incarnation, clock, state, null);
    }
  }

  record Queue(Request.Header header, QueueRequest message) implements OutboundRequest {}

  record Leave(Request.Header header, int incarnation, int clock) implements OutboundRequest {}

  record Heartbeat(Request.Header header, int incarnation, int clock, boolean members)
      implements OutboundRequest {}
}
