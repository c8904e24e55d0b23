package io.holdfast.replication.shard;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.chain.RecordType;
import io.holdfast.store.log.LogException;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.log.ShardLog;
import io.holdfast.wire.Request;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Takes what is numbered: pushes, alone or as one record of several (rule P9), and ticks. Belongs
 * to the shard's thread.
 */
final class PushDesk {
  private final ShardSettings settings;
  private final ShardLog log;
  private final PushGate gate;
  private final Records records;
  private final Answers answers;
  private final BiConsumer<RangeReplica, LogRecord> appended;
  private final PushIntake intake;
  private final CombinedIntake combined;
  private long pushes;
  private long pushedBytes;
  private long combinedPushes;

  PushDesk(
      ShardSettings settings,
      ShardLog log,
      PushGate gate,
      Records records,
      Answers answers,
      BiConsumer<RangeReplica, LogRecord> appended) {
    this.settings = settings;
    this.log = log;
    this.gate = gate;
    this.records = records;
    this.answers = answers;
    this.appended = appended;
    this.intake = new PushIntake(log, settings.limits());
    this.combined = new CombinedIntake(log, intake);
  }

  void push(RangeReplica replica, Request.Push push, ShardRequest request) {
    if (replica.isHome()) {
      throw new HoldfastException(ErrorCode.INVALID_ARGUMENT, "a home range holds no rows");
    }
    int rank = request.channel().rank();
    if (answers.isNew(
        replica,
        replica.chain().clocks().admitPush(rank, push.incarnation(), push.seq(), push.clock()),
        rank,
        push.seq(),
        false,
        request.channel(),
        push.header().call())) {
      refuseWhileClosedOrFull(replica);
      var record = intake.append(replica, push, rank, request.lease().frame());
      count(push);
      records.appended(replica, record, request.channel(), push.header().call());
    }
  }

  private void count(Request.Push push) {
    pushes++;
    pushedBytes += push.keys().wireLength() + push.valuesLength();
  }

  /** Each is answered as if it had come alone; those that are taken share a record. */
  void combine(RangeReplica replica, List<ShardRequest> group) {
    combined.begin();
    var taken = new ArrayList<ShardRequest>();
    for (var request : group) {
      try {
        if (addToCombined(replica, request)) {
          taken.add(request);
        }
      } catch (HoldfastException e) {
        answers.fail(request, e);
      }
    }
    try {
      if (!taken.isEmpty()) {
        appended(replica, combined.append(replica), taken);
      }
    } catch (LogException e) {
      refuseCombined(replica, taken, Refusals.of(e));
    } finally {
      group.forEach(request -> request.lease().done());
    }
  }

  /** Returns false for a duplicate. */
  private boolean addToCombined(RangeReplica replica, ShardRequest request) {
    var push = (Request.Push) request.request();
    int rank = request.channel().rank();
    var chain = replica.chain();
    var refused = chain.mayAppend(push.header().epoch(), replica.effects());
    if (refused != null) {
      throw Refusals.of(refused);
    }
    var admission = chain.clocks().admitPush(rank, push.incarnation(), push.seq(), push.clock());
    long call = push.header().call();
    if (!answers.isNew(replica, admission, rank, push.seq(), false, request.channel(), call)) {
      return false;
    }
    refuseWhileClosedOrFull(replica);
    combined.add(replica, push, rank, request.lease().frame());
    chain.clocks().pushLogged(rank, push.seq()); // The next may follow it.
    return true;
  }

  private void appended(RangeReplica replica, LogRecord record, List<ShardRequest> taken) {
    for (var request : taken) {
      count((Request.Push) request.request());
      long call = request.request().header().call();
      replica.waiters().addLast(new Waiter(record.header().lsn(), request.channel(), call));
    }
    combinedPushes += taken.size();
    appended.accept(replica, record);
  }

  /** No room for the record: none of them was taken, and what came twice has no first any more. */
  private void refuseCombined(
      RangeReplica replica, List<ShardRequest> taken, HoldfastException refusal) {
    replica.chain().recountLogged();
    taken.forEach(request -> answers.fail(request, refusal));
    answers.failUnlogged(replica, refusal);
  }

  void tick(RangeReplica replica, Request.Tick tick, ReplyChannel channel) {
    int rank = channel.rank();
    if (rank < 0) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "a caller outside any group has no clock to tick");
    }
    if (answers.isNew(
        replica,
        replica.chain().clocks().admitTick(rank, tick.incarnation(), tick.seq(), tick.clock()),
        rank,
        tick.seq(),
        true,
        channel,
        tick.header().call())) {
      records.append(
          replica,
          RecordType.TICK,
          rank,
          tick.incarnation(),
          tick.seq(),
          tick.clock(),
          ByteBuffer.allocate(0),
          channel,
          tick.header().call());
    }
  }

  /** Ticks and joins still go on then: they are small, and it may be they that end the shortage. */
  private void refuseWhileClosedOrFull(RangeReplica replica) {
    var refusal = gate.refusal();
    if (refusal != null) {
      throw refusal;
    }
    long needed = replica.firstNeededIndex();
    if (needed != Long.MAX_VALUE && log.bytesFrom(needed) > settings.maxLogBytes()) {
      throw new HoldfastException(
          ErrorCode.OVERLOADED,
          "more than "
              + settings.maxLogBytes()
              + " bytes of log wait for a checkpoint or for the end of a clock");
    }
  }

  long pushes() {
    return pushes;
  }

  /** Keys and values of the pushes taken, as they came. */
  long pushedBytes() {
    return pushedBytes;
  }

  /** Of the pushes, those that went into a record with others. */
  long combinedPushes() {
    return combinedPushes;
  }
}
