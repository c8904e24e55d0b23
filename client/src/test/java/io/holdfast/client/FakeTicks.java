package io.holdfast.client;

import com.google.protobuf.ByteString;
import io.holdfast.v1.Reply;
import io.holdfast.v1.Request;
import io.holdfast.v1.TicksDone;
import io.holdfast.wire.DeltaRuns;
import java.util.ArrayList;
import java.util.List;

/** Groups of ticks as a server in another language would deal with them. */
final class FakeTicks {
  private FakeTicks() {}

  static List<Request> apart(Request group) {
    var ticks = group.getTicks();
    long[] ranges = numbers(ticks.getRanges(), ticks.getCount());
    long[] epochs = numbers(ticks.getEpochs(), ticks.getCount());
    long[] seqs = numbers(ticks.getSeqs(), ticks.getCount());
    var apart = new ArrayList<Request>();
    for (int i = 0; i < ticks.getCount(); i++) {
      var tick =
          Request.newBuilder()
              .setCall(group.getCall() + i)
              .setRange((int) ranges[i])
              .setEpoch((int) epochs[i]);
      tick.getTickBuilder()
          .setIncarnation(ticks.getIncarnation())
          .setSeq(seqs[i])
          .setClock(ticks.getClock());
      apart.add(tick.build());
    }
    return apart;
  }

  static List<Reply> together(List<Reply> replies) {
    var rest = new ArrayList<Reply>();
    var calls = new ArrayList<Long>();
    for (Reply reply : replies) {
      if (reply.hasTicked() && !reply.getTicked().getDuplicate()) {
        calls.add(reply.getCall());
      } else {
        rest.add(reply);
      }
    }
    if (!calls.isEmpty()) {
      long[] numbers = calls.stream().mapToLong(Long::longValue).toArray();
      rest.add(
          Reply.newBuilder()
              .setTicksDone(
                  TicksDone.newBuilder()
                      .setCount(numbers.length)
                      .setCalls(ByteString.copyFrom(DeltaRuns.encode(numbers, numbers.length))))
              .build());
    }
    return rest;
  }

  private static long[] numbers(ByteString column, int count) {
    var numbers = new long[count];
    DeltaRuns.decode(column.toByteArray(), numbers);
    return numbers;
  }
}
