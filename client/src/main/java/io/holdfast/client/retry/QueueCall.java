package io.holdfast.client.retry;

import io.holdfast.model.KeyRange;
import io.holdfast.v1.QueueRequest;
import io.holdfast.wire.KeyLists;
import io.holdfast.wire.OutboundRequest;
import io.holdfast.wire.Reply;
import io.holdfast.wire.Request;
import org.jspecify.annotations.Nullable;

/** Something about the job's work queues, to its home range. */
public final class QueueCall extends RangeCall {
  private final QueueRequest message;
  private int incarnation;

  public QueueCall(Outcome outcome, long deadlineNanos, QueueRequest message) {
    this(new Parts(outcome), deadlineNanos, message);
  }

  private QueueCall(Parts parts, long deadlineNanos, QueueRequest message) {
    super(parts, deadlineNanos);
    this.message = message;
  }

  @Override
  void admit(WorkerLinks worker, RangeLink range) {
    incarnation = worker.incarnation();
  }

  @Override
  OutboundRequest request(Request.Header header, @Nullable KeyLists<Boolean> sent) {
    return new OutboundRequest.Queue(
        header, message.toBuilder().setIncarnation(incarnation).build());
  }

  @Override
  boolean isAnswer(Reply reply) {
    return reply instanceof Reply.Queue;
  }

  @Override
  QueueCall part(KeyRange heir) {
    throw new IllegalStateException("home ranges are not split");
  }
}
