package io.holdfast.client.retry;

import io.holdfast.model.KeyRange;
import io.holdfast.wire.KeyLists;
import io.holdfast.wire.OutboundRequest;
import io.holdfast.wire.Reply;
import io.holdfast.wire.Request;
import org.jspecify.annotations.Nullable;

/** The end of a clock on one range. */
public final class TickCall extends RangeCall.Sequenced {
  public TickCall(Outcome outcome, long deadlineNanos) {
    this(new Parts(outcome), deadlineNanos);
  }

  private TickCall(Parts parts, long deadlineNanos) {
    super(parts, deadlineNanos);
  }

  @Override
  OutboundRequest request(Request.Header header, @Nullable KeyLists<Boolean> sent) {
    return new OutboundRequest.Tick(header, incarnation, seq, clock);
  }

  @Override
  boolean isAnswer(Reply reply) {
    return reply instanceof Reply.Ticked;
  }

  @Override
  PushCall emptied(Parts of) {
    return PushCall.empty(of, this);
  }

  @Override
  TickCall part(KeyRange heir) {
    return new TickCall(shared(), deadlineNanos());
  }

  @Override
  TickCall carried(KeyRange heir) {
    return numberedAs(this, part(heir));
  }
}
