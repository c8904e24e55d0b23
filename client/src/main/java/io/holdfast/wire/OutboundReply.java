package io.holdfast.wire;

import io.holdfast.model.HoldfastException;
import io.holdfast.v1.QueueReply;

/** A reply as a server sends it; values are copied out of their source while it is written. */
public sealed interface OutboundReply {
  long call();

  record Failed(long call, HoldfastException error) implements OutboundReply {}

  record Joined(long call, io.holdfast.v1.Joined joined) implements OutboundReply {}

  record Pushed(long call, long lsn, boolean duplicate) implements OutboundReply {}

  /**
   * @param shape how the values are encoded
   */
  record Pulled(long call, int epoch, long lsn, int minClock, ValueSource values, ValueShape shape)
      implements OutboundReply {}

  record Ticked(long call, long lsn, boolean duplicate) implements OutboundReply {}

  record Saved(long call, long lsn) implements OutboundReply {}

  record Left(long call, long lsn) implements OutboundReply {}

  record Group(long call, io.holdfast.v1.GroupNow group) implements OutboundReply {}

  record Queue(long call, QueueReply message) implements OutboundReply {}

  static OutboundReply failed(long call, HoldfastException error) {
    return new Failed(call, error);
  }

  static OutboundReply joined(long call, io.holdfast.v1.Joined joined) {
    return new Joined(call, joined);
  }

  static OutboundReply group(long call, io.holdfast.v1.GroupNow group) {
    return new Group(call, group);
  }

  static OutboundReply pushed(long call, long lsn, boolean duplicate) {
    return new Pushed(call, lsn, duplicate);
  }

  static OutboundReply pulled(long call, int epoch, long lsn, int minClock, ValueSource values) {
    return new Pulled(call, epoch, lsn, minClock, values, ValueShape.PLAIN);
  }

  static OutboundReply ticked(long call, long lsn, boolean duplicate) {
    return new Ticked(call, lsn, duplicate);
  }

  static OutboundReply saved(long call, long lsn) {
    return new Saved(call, lsn);
  }

  static OutboundReply queue(long call, QueueReply message) {
    return new Queue(call, message);
  }

  static OutboundReply left(long call, long lsn) {
    return new Left(call, lsn);
  }
}
