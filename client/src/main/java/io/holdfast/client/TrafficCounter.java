package io.holdfast.client;

import io.holdfast.wire.OutboundRequest;
import io.holdfast.wire.Reply;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Counts what becomes a {@link Traffic}. */
final class TrafficCounter {
  private final LongAdder pushed = new LongAdder();
  private final LongAdder pullRequests = new LongAdder();
  private final LongAdder otherRequests = new LongAdder();
  private final LongAdder pulled = new LongAdder();
  private final LongAdder otherReplies = new LongAdder();

  void sent(OutboundRequest request, int bytes) {
    LongAdder counter =
        request instanceof OutboundRequest.Push
            ? pushed
            : request instanceof OutboundRequest.Pull ? pullRequests : otherRequests;
    counter.add(bytes);
  }

  /** The replies of a frame. */
  void received(List<Reply> replies, int frameBytes) {
    int values = 0;
    for (Reply reply : replies) {
      values += reply instanceof Reply.Pulled answer ? answer.bytes() : 0;
    }
    pulled.add(values);
    otherReplies.add(frameBytes - values);
  }

  Traffic total() {
    return new Traffic(
        pushed.sum(), pullRequests.sum(), otherRequests.sum(), pulled.sum(), otherReplies.sum());
  }
}
