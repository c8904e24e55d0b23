package io.holdfast.replication.shard;

import io.holdfast.model.HoldfastException;
import io.holdfast.replication.chain.Admission;
import io.holdfast.replication.chain.RecordType;
import io.holdfast.store.log.RecordHeader;
import io.holdfast.wire.OutboundReply;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Answers what went into the log once it is committed, and what was there already (rule P10).
 * Belongs to the shard's thread.
 */
final class Answers {
  private final Replies replies;
  private final List<DuplicateWaiter> duplicates = new ArrayList<>();

  /** A push or tick that the range has already, but not yet committed. */
  private record DuplicateWaiter(
      RangeReplica replica, int rank, long seq, boolean tick, ReplyChannel channel, long call) {}

  Answers(Replies replies) {
    this.replies = replies;
  }

  void fail(ShardRequest request, HoldfastException error) {
    replies.add(request.channel(), OutboundReply.failed(request.request().header().call(), error));
  }

  /** P10: takes what is next, answers what is there already, refuses the rest. */
  boolean isNew(
      RangeReplica replica,
      Admission admission,
      int rank,
      long seq,
      boolean tick,
      ReplyChannel channel,
      long call) {
    return switch (admission) {
      case Admission.Take take -> true;
      case Admission.Refuse refuse -> throw Refusals.of(refuse);
      case Admission.Duplicate duplicate -> {
        var waiter = new DuplicateWaiter(replica, rank, seq, tick, channel, call);
        if (duplicate.committed()) {
          answer(waiter);
        } else {
          duplicates.add(waiter);
        }
        yield false;
      }
    };
  }

  private void answer(DuplicateWaiter waiter) {
    long lsn = waiter.replica().chain().appliedLsn();
    replies.add(
        waiter.channel(),
        waiter.tick()
            ? OutboundReply.ticked(waiter.call(), lsn, true)
            : OutboundReply.pushed(waiter.call(), lsn, true));
  }

  /** The record is committed and applied: says so to whoever sent it. */
  void committed(RangeReplica replica, RecordHeader header) {
    var waiters = replica.waiters();
    for (Waiter first; (first = waiters.peekFirst()) != null && first.lsn() == header.lsn(); ) {
      answer(replica, header, waiters.removeFirst());
    }
  }

  private void answer(RangeReplica replica, RecordHeader header, Waiter waiter) {
    long call = waiter.call();
    replies.add(
        waiter.channel(),
        switch (header.type()) {
          case RecordType.PUSH, RecordType.REPLACE, RecordType.COMBINED ->
              OutboundReply.pushed(call, header.lsn(), false);
          case RecordType.TICK -> OutboundReply.ticked(call, header.lsn(), false);
          case RecordType.JOIN ->
              MemberDesk.joined(replica, header.worker(), header.incarnation(), call);
          case RecordType.SAVE, RecordType.SAVE_WORK -> OutboundReply.saved(call, header.lsn());
          case RecordType.QUEUE_OPEN, RecordType.QUEUE_TAKE ->
              OutboundReply.queue(
                  call,
                  WorkDesk.answer(
                      replica.states().queues(),
                      Objects.requireNonNull(replica.retained().get(header.lsn()))));
          case RecordType.LEAVE -> OutboundReply.left(call, header.lsn());
          default -> throw new IllegalStateException("record of unknown type " + header.type());
        });
  }

  /** Fails whoever waits for a record from this LSN on, and all that came twice. */
  void fail(RangeReplica replica, long fromLsn, HoldfastException error) {
    replica
        .waiters()
        .removeIf(
            waiter -> {
              boolean fails = waiter.lsn() >= fromLsn;
              if (fails) {
                replies.add(waiter.channel(), OutboundReply.failed(waiter.call(), error));
              }
              return fails;
            });
    duplicates.removeIf(waiter -> fails(waiter, replica, Long.MIN_VALUE, error));
  }

  /** What was about to be logged is not: what came twice has no first any more. */
  void failUnlogged(RangeReplica replica, HoldfastException error) {
    var clocks = replica.chain().clocks();
    duplicates.removeIf(waiter -> fails(waiter, replica, clocks.loggedSeq(waiter.rank()), error));
  }

  private boolean fails(
      DuplicateWaiter waiter, RangeReplica replica, long logged, HoldfastException error) {
    boolean fails = waiter.replica() == replica && waiter.seq() > logged;
    if (fails) {
      replies.add(waiter.channel(), OutboundReply.failed(waiter.call(), error));
    }
    return fails;
  }

  /** Looks again at what came twice: once a turn, after commits. */
  void review() {
    if (!duplicates.isEmpty()) {
      duplicates.removeIf(
          waiter -> {
            boolean committed =
                waiter.replica().chain().clocks().seq(waiter.rank()) >= waiter.seq();
            if (committed) {
              answer(waiter);
            }
            return committed || waiter.channel().isClosed();
          });
    }
  }
}
