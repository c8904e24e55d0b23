package io.holdfast.wire;

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

  record Pull(
      Request.Header header,
      int incarnation,
      int clock,
      long ownSeq,
      OutboundKeys keys,
      boolean anyClock,
      boolean latest)
      implements OutboundRequest {
    /** One that any replica may answer. */
    public Pull(
        Request.Header header,
        int incarnation,
        int clock,
        long ownSeq,
        OutboundKeys keys,
        boolean anyClock) {
      this(header, incarnation, clock, ownSeq, keys, anyClock, false);
    }
  }

  record Tick(Request.Header header, int incarnation, long seq, int clock)
      implements OutboundRequest {}

  record Save(Request.Header header, int incarnation, int clock, byte[] state)
      implements OutboundRequest {}

  record Leave(Request.Header header, int incarnation, int clock) implements OutboundRequest {}

  record Heartbeat(Request.Header header, int incarnation, int clock, boolean members)
      implements OutboundRequest {}
}
