package io.holdfast.replication.shard;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.chain.Admission;
import io.holdfast.replication.chain.RecordType;
import io.holdfast.replication.chain.Roster;
import io.holdfast.replication.chain.RosterAnswer;
import io.holdfast.store.log.LogException;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.log.RecordHeader;
import io.holdfast.store.log.ShardLog;
import io.holdfast.store.rows.StoreException;
import io.holdfast.v1.Joined;
import io.holdfast.wire.OutboundReply;
import io.holdfast.wire.Request;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * What a shard does with requests: admits and logs what changes a range, and answers once it is
 * committed. Pulls are {@link PullDesk}'s. Belongs to the shard's thread.
 */
final class RequestHandler {
  private static final int MAX_GROUP = 100_000;

  private final ShardSettings settings;
  private final ShardLog log;
  private final PushGate gate;
  private final Replies replies;
  private final BiConsumer<RangeReplica, LogRecord> appended;
  private final Predicate<RangeReplica> stalls;
  private final BiConsumer<RangeReplica, String> quarantine;
  private final PushIntake intake;
  private final CombinedIntake combined;
  private final WaitingPushes waiting;
  private final NamedLists lists;
  private final PullDesk pulls;
  private final GroupDesk groups = new GroupDesk();
  private final Map<RangeReplica, ArrayDeque<ShardRequest>> stalled = new LinkedHashMap<>();
  private final List<DuplicateWaiter> duplicates = new ArrayList<>();
  private long pushes;
  private long pushedBytes;
  private long combinedPushes;

  /** A push or tick that the range has already, but not yet committed. */
  private record DuplicateWaiter(
      RangeReplica replica, int rank, long seq, boolean tick, ReplyChannel channel, long call) {}

  /**
   * @param appended told of each record that went into the log
   * @param stalls whether a range has no room for changes at the moment
   * @param quarantine told of a range whose rows cannot be read, and why
   */
  RequestHandler(
      ShardSettings settings,
      ShardLog log,
      PushGate gate,
      Coordination coordination,
      Replies replies,
      BiConsumer<RangeReplica, LogRecord> appended,
      Predicate<RangeReplica> stalls,
      BiConsumer<RangeReplica, String> quarantine) {
    this.settings = settings;
    this.log = log;
    this.gate = gate;
    this.replies = replies;
    this.appended = appended;
    this.stalls = stalls;
    this.quarantine = quarantine;
    this.intake = new PushIntake(log, settings.limits());
    this.combined = new CombinedIntake(log, intake);
    this.waiting = new WaitingPushes(log.maxPayload());
    this.lists = new NamedLists(settings.limits());
    this.pulls = new PullDesk(settings.limits(), replies, coordination, quarantine);
  }

  /** Takes a request of a range that is served here. */
  void handle(RangeReplica replica, ShardRequest arrived) {
    ShardRequest request;
    try {
      request = lists.resolve(arrived);
    } catch (HoldfastException e) {
      fail(arrived, e);
      arrived.lease().done();
      return;
    }
    if (appends(request) && (stalled.containsKey(replica) || stalls.test(replica))) {
      // Back-pressure: the frame is kept, so its client gets no credit for another.
      stalled.computeIfAbsent(replica, r -> new ArrayDeque<>()).add(request);
      return;
    }
    collect(replica, request);
  }

  /** Lets a push wait for others of the same turn where they may become one record (rule P9). */
  private void collect(RangeReplica replica, ShardRequest request) {
    if (waiting.suits(replica, request)) {
      if (!waiting.hasRoom(replica, request)) {
        takeWaiting(replica);
      }
      waiting.add(replica, request);
      return;
    }
    if (appends(request)) {
      takeWaiting(replica); // They came first.
    }
    take(replica, request);
  }

  /** Takes all pushes that wait for others; before a turn of the shard ends. */
  void takeWaiting() {
    for (RangeReplica replica; (replica = waiting.next()) != null; ) {
      takeWaiting(replica);
    }
  }

  private void takeWaiting(RangeReplica replica) {
    var group = waiting.remove(replica);
    if (group.size() == 1) {
      take(replica, group.get(0));
    } else if (!group.isEmpty()) {
      combine(replica, group);
    }
  }

  private void take(RangeReplica replica, ShardRequest request) {
    long call = request.request().header().call();
    try {
      int epoch = request.request().header().epoch();
      var chain = replica.chain();
      var refused =
          appends(request)
              ? chain.mayAppend(epoch, replica.effects())
              : chain.mayServe(epoch, replica.effects());
      if (refused != null) {
        throw refusal(refused);
      }
      switch (request.request()) {
        case Request.Push push -> push(replica, push, request);
        case Request.Pull pull -> pulls.pull(replica, pull, request);
        case Request.Tick tick -> tick(replica, tick, request.channel());
        case Request.Join join -> join(replica, join, request.channel());
        case Request.Save save -> save(replica, save, request);
        case Request.Leave leave -> leave(replica, leave, request.channel());
        case Request.Heartbeat heartbeat -> heartbeat(replica, heartbeat, request.channel());
        case Request.Queue queue -> queue(replica, queue, request.channel());
      }
    } catch (HoldfastException e) {
      replies.add(request.channel(), OutboundReply.failed(call, e));
    } catch (LogException e) {
      replies.add(request.channel(), OutboundReply.failed(call, logRefusal(e)));
    } catch (StoreException e) {
      quarantine.accept(replica, String.valueOf(e.getMessage()));
      var refusal =
          new HoldfastException(
              ErrorCode.QUARANTINED, "range " + replica.range() + ": " + e.getMessage(), e);
      replies.add(request.channel(), OutboundReply.failed(call, refusal));
    } finally {
      request.lease().done();
    }
  }

  /** Whether it would go into the log. */
  boolean appends(ShardRequest request) {
    return switch (request.request()) {
      case Request.Pull pull -> false;
      case Request.Heartbeat heartbeat -> false;
      case Request.Queue queue -> !queue.message().hasStatus();
      default -> true;
    };
  }

  void refuse(ShardRequest request, ErrorCode code, String message) {
    fail(request, new HoldfastException(code, message));
    request.lease().done();
  }

  private void push(RangeReplica replica, Request.Push push, ShardRequest request) {
    if (replica.isHome()) {
      throw new HoldfastException(ErrorCode.INVALID_ARGUMENT, "a home range holds no rows");
    }
    int rank = request.channel().rank();
    if (isNew(
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
      appended(replica, record, request.channel(), push.header().call());
    }
  }

  private void count(Request.Push push) {
    pushes++;
    pushedBytes += push.keys().wireLength() + push.valuesLength();
  }

  /** Each is answered as if it had come alone; those that are taken share a record. */
  private void combine(RangeReplica replica, List<ShardRequest> group) {
    combined.begin();
    var taken = new ArrayList<ShardRequest>();
    for (var request : group) {
      try {
        if (addToCombined(replica, request)) {
          taken.add(request);
        }
      } catch (HoldfastException e) {
        fail(request, e);
      }
    }
    try {
      if (!taken.isEmpty()) {
        appended(replica, combined.append(replica), taken);
      }
    } catch (LogException e) {
      refuseCombined(replica, taken, logRefusal(e));
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
      throw refusal(refused);
    }
    var admission = chain.clocks().admitPush(rank, push.incarnation(), push.seq(), push.clock());
    long call = push.header().call();
    if (!isNew(replica, admission, rank, push.seq(), false, request.channel(), call)) {
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
    taken.forEach(request -> fail(request, refusal));
    var clocks = replica.chain().clocks();
    duplicates.removeIf(
        waiter -> {
          boolean fails =
              waiter.replica() == replica && waiter.seq() > clocks.loggedSeq(waiter.rank());
          if (fails) {
            replies.add(waiter.channel(), OutboundReply.failed(waiter.call(), refusal));
          }
          return fails;
        });
  }

  private void fail(ShardRequest request, HoldfastException error) {
    replies.add(request.channel(), OutboundReply.failed(request.request().header().call(), error));
  }

  private void tick(RangeReplica replica, Request.Tick tick, ReplyChannel channel) {
    int rank = channel.rank();
    if (rank < 0) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "a caller outside any group has no clock to tick");
    }
    if (isNew(
        replica,
        replica.chain().clocks().admitTick(rank, tick.incarnation(), tick.seq(), tick.clock()),
        rank,
        tick.seq(),
        true,
        channel,
        tick.header().call())) {
      append(
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

  /** P10: takes what is next, answers what is there already, refuses the rest. */
  private boolean isNew(
      RangeReplica replica,
      Admission admission,
      int rank,
      long seq,
      boolean tick,
      ReplyChannel channel,
      long call) {
    return switch (admission) {
      case Admission.Take take -> true;
      case Admission.Refuse refuse -> throw refusal(refuse);
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

  private void join(RangeReplica replica, Request.Join join, ReplyChannel channel) {
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
      fence(replica, rank, incarnation);
    }
    if (clocks.isStale(rank, incarnation)) {
      var refuse = clocks.fence(rank, incarnation);
      throw refuse == null ? new IllegalStateException("stale and not fenced") : refusal(refuse);
    }
    if (clocks.hasJoined(rank, incarnation, join.clock())) {
      replies.add(channel, joined(replica, rank, incarnation, join.header().call()));
      return;
    }
    append(
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

  private static OutboundReply joined(RangeReplica replica, int rank, int incarnation, long call) {
    var clocks = replica.chain().clocks();
    var reply =
        Joined.newBuilder()
            .setIncarnation(incarnation)
            .setLastSeq(clocks.seq(rank))
            .setBaseSeq(clocks.baseSeq(rank))
            .setClock(clocks.clock(rank));
    var saved = replica.states().of(rank);
    if (saved != null) {
      reply
          .setHasSavedState(true)
          .setSavedClock(saved.clock())
          .setSavedState(com.google.protobuf.ByteString.copyFrom(saved.state()));
    }
    return OutboundReply.joined(call, reply.build());
  }

  private void save(RangeReplica replica, Request.Save save, ShardRequest request) {
    if (!replica.isHome()) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "states are saved on the job's home range");
    }
    if (save.stateLength() > settings.limits().maxStateBytes()) {
      throw new HoldfastException(
          ErrorCode.LIMIT_EXCEEDED,
          "a saved state of "
              + save.stateLength()
              + " bytes is over the limit of "
              + settings.limits().maxStateBytes());
    }
    int rank = request.channel().rank();
    fence(replica, rank, save.incarnation());
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
    append(
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

  private void queue(RangeReplica replica, Request.Queue queue, ReplyChannel channel) {
    if (!replica.isHome()) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "work queues are on the job's home range");
    }
    int rank = channel.rank();
    long call = queue.header().call();
    var message = queue.message();
    if (!message.hasStatus()) {
      fence(replica, rank, message.getIncarnation());
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
    append(
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

  private void leave(RangeReplica replica, Request.Leave leave, ReplyChannel channel) {
    fence(replica, channel.rank(), leave.incarnation());
    append(
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

  private void heartbeat(RangeReplica replica, Request.Heartbeat heartbeat, ReplyChannel channel) {
    checkHome(replica);
    int rank = channel.rank();
    if (heartbeat.incarnation() != 0) {
      fence(replica, rank, heartbeat.incarnation());
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
      throw refusal(refused);
    }
    if (roster.version() > chain.clocks().loggedRoster().version()) {
      if (replica.isHome()) {
        GroupDesk.checkPlan(replica, roster);
      }
      takeWaiting(replica); // They came first.
      appended.accept(replica, logged(replica, roster));
    }
    return groups.await(replica, roster.version());
  }

  private LogRecord logged(RangeReplica replica, Roster roster) {
    try {
      return write(
          replica, RecordType.ROSTER, 0, 0, 0, roster.version(), ByteBuffer.wrap(roster.encode()));
    } catch (LogException e) {
      throw logRefusal(e);
    }
  }

  private static void fence(RangeReplica replica, int rank, int incarnation) {
    var refuse = replica.chain().clocks().fence(rank, incarnation);
    if (refuse != null) {
      throw refusal(refuse);
    }
  }

  private void append(
      RangeReplica replica,
      byte type,
      int rank,
      int incarnation,
      long seq,
      int clock,
      ByteBuffer payload,
      ReplyChannel channel,
      long call) {
    var record = write(replica, type, rank, incarnation, seq, clock, payload);
    appended(replica, record, channel, call);
  }

  private LogRecord write(
      RangeReplica replica,
      byte type,
      int rank,
      int incarnation,
      long seq,
      int clock,
      ByteBuffer payload) {
    var chain = replica.chain();
    int length = payload.remaining();
    var reservation = log.reserve(length);
    LogRecord record;
    boolean done = false;
    try {
      reservation.payload().put(0, payload, payload.position(), length);
      record =
          reservation.append(
              new RecordHeader(
                  type,
                  (byte) 0,
                  replica.range(),
                  chain.epoch(),
                  chain.nextLsn(),
                  rank,
                  incarnation,
                  seq,
                  clock),
              length);
      done = true;
    } finally {
      if (!done) {
        reservation.abandon();
      }
    }
    return record;
  }

  private void appended(RangeReplica replica, LogRecord record, ReplyChannel channel, long call) {
    replica.waiters().addLast(new Waiter(record.header().lsn(), channel, call));
    appended.accept(replica, record);
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

  /** The record is committed and applied: says so to whoever sent it. */
  void committed(RangeReplica replica, RecordHeader header) {
    pulls.changed(replica);
    if (header.type() == RecordType.ROSTER) {
      groups.committed(replica);
    }
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
          case RecordType.PUSH, RecordType.COMBINED ->
              OutboundReply.pushed(call, header.lsn(), false);
          case RecordType.TICK -> OutboundReply.ticked(call, header.lsn(), false);
          case RecordType.JOIN -> joined(replica, header.worker(), header.incarnation(), call);
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

  /**
   * The replica is not the head any more: what it has logged may or may not be committed by the
   * next one, which knows it by its seq (rule P11).
   */
  void lostRole(RangeReplica replica) {
    failWaiters(
        replica, 0, ErrorCode.STALE_EPOCH, "the chain has another head: fetch the map again");
    pulls.changed(replica);
  }

  /** Records from this LSN on are dropped; nobody has them. */
  void dropped(RangeReplica replica, long fromLsn) {
    failWaiters(
        replica, fromLsn, ErrorCode.STALE_EPOCH, "the chain has another head: fetch the map again");
  }

  void quarantined(RangeReplica replica) {
    failWaiters(
        replica,
        0,
        ErrorCode.OUTCOME_UNKNOWN,
        "range " + replica.range() + " is quarantined: " + replica.quarantine());
    pulls.changed(replica);
  }

  /** P8: what was not yet known to be durable may or may not be. */
  void logFailed(RangeReplica replica, String reason) {
    failWaiters(replica, 0, ErrorCode.OUTCOME_UNKNOWN, "the log has stopped: " + reason);
  }

  private void failWaiters(RangeReplica replica, long fromLsn, ErrorCode code, String message) {
    groups.forget(replica);
    var error = new HoldfastException(code, message);
    for (var request : waiting.remove(replica)) {
      fail(request, error);
      request.lease().done();
    }
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
    duplicates.removeIf(
        waiter -> {
          boolean fails = waiter.replica() == replica;
          if (fails) {
            replies.add(waiter.channel(), OutboundReply.failed(waiter.call(), error));
          }
          return fails;
        });
  }

  /** Looks again at what waits: once a turn, after commits. */
  void reviewParked(long now, boolean roomIsFailing) {
    pulls.review(now);
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
    if (!stalled.isEmpty()) {
      releaseStalled(roomIsFailing);
      takeWaiting();
    }
  }

  private void releaseStalled(boolean roomIsFailing) {
    for (var entries = stalled.entrySet().iterator(); entries.hasNext(); ) {
      var entry = entries.next();
      var requests = entry.getValue();
      while (!requests.isEmpty() && (roomIsFailing || !stalls.test(entry.getKey()))) {
        var request = requests.poll();
        if (roomIsFailing && stalls.test(entry.getKey())) {
          refuse(
              request,
              ErrorCode.DISK_FULL,
              "rows cannot be checkpointed to make room: free space on the data directory's disk");
        } else {
          collect(entry.getKey(), request);
        }
      }
      if (requests.isEmpty()) {
        entries.remove();
      }
    }
  }

  void reviewLater() {
    pulls.changedAll();
  }

  /**
   * The range is gone from this node.
   *
   * @param told UNKNOWN_TABLE where the table was dropped, UNKNOWN_RANGE where it is elsewhere
   */
  void dropped(RangeReplica replica, ErrorCode told) {
    String message =
        told == ErrorCode.UNKNOWN_TABLE
            ? "the table was dropped"
            : "the range is on other nodes now, or was split: fetch the map again";
    pulls.dropped(replica, told, message);
    var requests = stalled.remove(replica);
    if (requests != null) {
      requests.forEach(request -> refuse(request, told, message));
    }
    failWaiters(replica, 0, told, message);
  }

  private static HoldfastException refusal(Admission.Refuse refuse) {
    return new HoldfastException(refuse.code(), refuse.message());
  }

  private static HoldfastException logRefusal(LogException e) {
    return switch (e.kind()) {
      case DISK_FULL ->
          new HoldfastException(
              ErrorCode.DISK_FULL,
              "no room for the log: free space on the data directory's disk",
              e);
      case FAILED, CORRUPT, FOREIGN ->
          new HoldfastException(
              ErrorCode.STORE_FAILED, "the log has stopped: restart the node on a sound disk", e);
    };
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

  long pulls() {
    return pulls.answered();
  }

  /** Values of the answers to pulls, as they went. */
  long pulledBytes() {
    return pulls.answeredBytes();
  }

  long parked() {
    return pulls.parked();
  }
}
