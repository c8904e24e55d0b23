package io.holdfast.replication.shard;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.chain.RecordType;
import io.holdfast.replication.chain.Roster;
import io.holdfast.replication.chain.RosterAnswer;
import io.holdfast.store.log.LogException;
import io.holdfast.v1.Joined;
import io.holdfast.wire.OutboundReply;
import io.holdfast.wire.Request;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/**
 * Takes what concerns a worker's membership: joins, leaves, heartbeats, versions of the roster, and
 * on a job's home range what is kept for workers, saved states and work queues. Belongs to the
 * shard's thread.
 */
final class MemberDesk {
  private static final int MAX_GROUP = 100_000;

  private final Limits limits;
  private final Records records;
  private final Replies replies;
  private final GroupDesk groups = new GroupDesk();

  MemberDesk(Limits limits, Records records, Replies replies) {
    this.limits = limits;
    this.records = records;
    this.replies = replies;
  }

  void join(RangeReplica replica, Request.Join join, ReplyChannel channel) {
    int rank = channel.rank();
    var clocks = replica.chain().clocks();
    int incarnation = join.incarnation();
    if (incarnation < 0 || join.clock() < 0) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "incarnations and clocks of workers are below 2^31");
    }
    checkGroup(rank, join.groupSize());
    if (incarnation == 0) {
      if (!replica.isHome()) {
        throw new HoldfastException(
            ErrorCode.INVALID_ARGUMENT,
            "a worker joins its job's home range first, which gives it an incarnation");
      }
      if (rank >= 0) {
        groups.checkJoin(replica, rank, join.groupSize(), System.nanoTime());
        groups.heard(replica, rank, clocks.nextIncarnation(rank), join.clock(), System.nanoTime());
      }
      incarnation = clocks.nextIncarnation(rank);
    }
    if (clocks.isGone(rank, incarnation)) {
      Refusals.fence(replica, rank, incarnation);
    }
    if (clocks.isStale(rank, incarnation)) {
      var refuse = clocks.fence(rank, incarnation);
      throw refuse == null
          ? new IllegalStateException("stale and not fenced")
          : Refusals.of(refuse);
    }
    if (clocks.hasJoined(rank, incarnation, join.clock())) {
      replies.add(channel, joined(replica, rank, incarnation, join.header().call()));
      return;
    }
    records.append(
        replica,
        RecordType.JOIN,
        rank,
        incarnation,
        rank < 0 ? 0 : join.groupSize(), // a join has no seq
        rank < 0 ? join.clock() : Math.max(join.clock(), clocks.firstClock(rank)),
        ByteBuffer.allocate(0),
        channel,
        join.header().call());
  }

  /** What a worker is told whose join is committed. */
  static OutboundReply joined(RangeReplica replica, int rank, int incarnation, long call) {
    var clocks = replica.chain().clocks();
    var reply =
        Joined.newBuilder()
            .setIncarnation(incarnation)
            .setLastSeq(clocks.seq(rank))
            .setBaseSeq(clocks.baseSeq(rank))
            .setClock(clocks.clock(rank))
            .setGroupSize(clocks.groupSize());
    var saved = replica.states().of(rank);
    if (saved != null) {
      reply
          .setHasSavedState(true)
          .setSavedClock(saved.clock())
          .setSavedState(com.google.protobuf.ByteString.copyFrom(saved.state()));
    }
    return OutboundReply.joined(call, reply.build());
  }

  void save(RangeReplica replica, Request.Save save, ShardRequest request) {
    if (!replica.isHome()) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "states are saved on the job's home range");
    }
    if (save.stateLength() > limits.maxStateBytes()) {
      throw new HoldfastException(
          ErrorCode.LIMIT_EXCEEDED,
          "a saved state of "
              + save.stateLength()
              + " bytes is over the limit of "
              + limits.maxStateBytes());
    }
    int rank = request.channel().rank();
    Refusals.fence(replica, rank, save.incarnation());
    var state = ByteBuffer.allocate(save.stateLength());
    request.lease().frame().copyTo(save.stateAt(), save.stateLength(), state);
    var work = save.work();
    byte[] payload = state.array();
    if (work != null) {
      try {
        payload = WorkDesk.saved(replica.states().queues(), rank, work, payload).encode();
      } catch (HoldfastException e) {
        throw unlessUnsettled(replica, e);
      }
    }
    records.append(
        replica,
        work == null ? RecordType.SAVE : RecordType.SAVE_WORK,
        rank,
        save.incarnation(),
        0,
        save.clock(),
        ByteBuffer.wrap(payload),
        request.channel(),
        save.header().call());
  }

  void queue(RangeReplica replica, Request.Queue queue, ReplyChannel channel) {
    if (!replica.isHome()) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "work queues are on the job's home range");
    }
    int rank = channel.rank();
    long call = queue.header().call();
    var message = queue.message();
    if (!message.hasStatus()) {
      Refusals.fence(replica, rank, message.getIncarnation());
    }
    var queues = replica.states().queues();
    WorkDesk.Entry entry;
    try {
      entry = WorkDesk.admit(queues, rank, message);
    } catch (HoldfastException e) {
      throw unlessUnsettled(replica, e);
    }
    if (entry == null) {
      replies.add(channel, OutboundReply.queue(call, WorkDesk.answer(queues, rank, message)));
      return;
    }
    records.append(
        replica,
        entry.type(),
        rank,
        message.getIncarnation(),
        entry.seq(),
        0,
        ByteBuffer.wrap(entry.payload()),
        channel,
        call);
  }

  /** A new head may not have applied yet what its worker was told by the one before. */
  private static HoldfastException unlessUnsettled(RangeReplica replica, HoldfastException error) {
    return replica.chain().appliedLsn() == replica.chain().lastLsn()
        ? error
        : new HoldfastException(
            ErrorCode.NOT_READY, "records of the range are pending: " + error.getMessage(), error);
  }

  void leave(RangeReplica replica, Request.Leave leave, ReplyChannel channel) {
    Refusals.fence(replica, channel.rank(), leave.incarnation());
    records.append(
        replica,
        RecordType.LEAVE,
        channel.rank(),
        leave.incarnation(),
        0,
        leave.clock(),
        ByteBuffer.allocate(0),
        channel,
        leave.header().call());
  }

  private static void checkGroup(int rank, int groupSize) {
    if (rank >= 0 && (groupSize < 1 || groupSize > MAX_GROUP || rank >= groupSize)) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "rank "
              + rank
              + " of a group of "
              + Integer.toUnsignedString(groupSize)
              + ": a group has 1 to "
              + MAX_GROUP
              + " workers, and their ranks begin with 0");
    }
  }

  void heartbeat(RangeReplica replica, Request.Heartbeat heartbeat, ReplyChannel channel) {
    checkHome(replica);
    int rank = channel.rank();
    if (heartbeat.incarnation() != 0) {
      Refusals.fence(replica, rank, heartbeat.incarnation());
    }
    var group = groups.heartbeat(replica, rank, heartbeat, System.nanoTime());
    replies.add(channel, OutboundReply.group(heartbeat.header().call(), group));
  }

  private static void checkHome(RangeReplica replica) {
    if (!replica.isHome()) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "only a job's home range knows its group");
    }
    if (!replica.chain().isHead()) {
      throw new HoldfastException(
          ErrorCode.STALE_EPOCH,
          "this node is not the head of range " + replica.range() + ": fetch the map again");
    }
  }

  /** What is to be done about a job's workers; see {@link Shard#group}. */
  GroupView group(RangeReplica replica, GroupPolicy policy) {
    checkHome(replica);
    return groups.view(replica, policy, System.nanoTime());
  }

  io.holdfast.v1.GroupNow describeGroup(RangeReplica replica) {
    checkHome(replica);
    return groups.describe(replica, true, System.nanoTime());
  }

  void expel(RangeReplica replica, int rank) {
    checkHome(replica);
    groups.expel(replica, rank, System.nanoTime());
  }

  /** Logs a version of the roster unless it is there; see {@link Shard#applyRoster}. */
  CompletableFuture<RosterAnswer> applyRoster(RangeReplica replica, Roster roster) {
    var chain = replica.chain();
    var refused = chain.mayAppend(chain.epoch(), replica.effects());
    if (refused != null) {
      throw Refusals.of(refused);
    }
    if (roster.version() > chain.clocks().loggedRoster().version()) {
      if (replica.isHome()) {
        GroupDesk.checkPlan(replica, roster);
      }
      try {
        var payload = ByteBuffer.wrap(roster.encode());
        records.append(replica, RecordType.ROSTER, roster.version(), payload);
      } catch (LogException e) {
        throw Refusals.of(e);
      }
    }
    return groups.await(replica, roster.version());
  }

  /** A version of the roster is committed. */
  void rosterCommitted(RangeReplica replica) {
    groups.committed(replica);
  }

  /** The replica is not the head any more, or its records failed. */
  void forget(RangeReplica replica) {
    groups.forget(replica);
  }
}
