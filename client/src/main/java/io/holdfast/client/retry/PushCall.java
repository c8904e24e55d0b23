package io.holdfast.client.retry;

import io.holdfast.model.KeyRange;
import io.holdfast.wire.KeyLists;
import io.holdfast.wire.OutboundKeys;
import io.holdfast.wire.OutboundRequest;
import io.holdfast.wire.OutboundValues;
import io.holdfast.wire.Reply;
import io.holdfast.wire.Request;
import org.jspecify.annotations.Nullable;

/** A push of some rows to one range. */
public final class PushCall extends RangeCall.Sequenced {
  // Null in a push of nothing, which only takes a seq.
  private final @Nullable RowSource rows;
  private final int from;
  private final int to;
  private final NamedKeys keys;
  private final OutboundValues values;

  /** The rows of the keys {@code [from, to)}; their keys are encoded here and now. */
  public PushCall(Outcome outcome, long deadlineNanos, RowSource rows, int from, int to) {
    this(new Parts(outcome), deadlineNanos, rows, from, to);
  }

  private PushCall(Parts parts, long deadlineNanos, RowSource rows, int from, int to) {
    super(parts, deadlineNanos);
    this.rows = rows;
    this.from = from;
    this.to = to;
    this.keys = new NamedKeys(rows.keys(from, to));
    this.values = rows.values(from, to);
  }

  private PushCall(Parts parts, long deadlineNanos) {
    super(parts, deadlineNanos);
    this.rows = null;
    this.from = 0;
    this.to = 0;
    this.keys = new NamedKeys(OutboundKeys.raw(new long[0], 0, 0));
    this.values = OutboundValues.NONE;
  }

  /** A push of nothing under the seq of one that was refused for good. */
  static PushCall filling(Sequenced refused) {
    return refused.emptied(new Parts(Outcome.NONE));
  }

  static PushCall empty(Parts parts, Sequenced instead) {
    var empty = new PushCall(parts, instead.deadlineNanos());
    empty.link = instead.link;
    return empty.numberedAs(instead, empty);
  }

  /** Bytes of keys and values on the wire. */
  public long byteLength() {
    return (long) keys.byteLength() + values.byteLength();
  }

  /** Whether it carries nothing but its seq. */
  boolean isFiller() {
    return rows == null;
  }

  @Override
  OutboundRequest request(Request.Header header, @Nullable KeyLists<Boolean> sent) {
    return new OutboundRequest.Push(
        header, incarnation, seq, clock, keys.forSending(header.range(), sent), values);
  }

  @Override
  NamedKeys namedKeys() {
    return keys;
  }

  @Override
  boolean isAnswer(Reply reply) {
    return reply instanceof Reply.Pushed;
  }

  @Override
  PushCall emptied(Parts of) {
    return empty(of, this);
  }

  @Override
  @Nullable PushCall part(KeyRange heir) {
    if (rows == null) {
      return null;
    }
    int start = rows.indexOf(heir.start(), from, to);
    int end = heir.end() == 0 ? to : rows.indexOf(heir.end(), from, to);
    return start >= end ? null : new PushCall(shared(), deadlineNanos(), rows, start, end);
  }

  // Every heir has the seqs of what was split, so each takes this one, if only by nothing.
  @Override
  PushCall carried(KeyRange heir) {
    PushCall part = part(heir);
    return part == null ? emptied(shared()) : numberedAs(this, part);
  }
}
