package io.holdfast.replication.shard;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.chain.RecordType;
import io.holdfast.replication.chain.Roster;
import io.holdfast.replication.chain.RosterAnswer;
import io.holdfast.store.log.LogException;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.log.RecordHeader;
import io.holdfast.store.log.ShardLog;
import io.holdfast.store.rows.StoreException;
import io.holdfast.v1.GroupNow;
import io.holdfast.wire.Request;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * What a shard does with requests: brings each to the desk that takes it, in order, and holds back
 * what there is no room for. Belongs to the shard's thread.
 */
final class RequestHandler {
  private final Predicate<RangeReplica> stalls;
  private final BiConsumer<RangeReplica, String> quarantine;
  private final Answers answers;
  private final PushDesk pushes;
  private final MemberDesk members;
  private final PullDesk pulls;
  private final WaitingPushes waiting;
  private final NamedLists lists;
  private final Map<RangeReplica, ArrayDeque<ShardRequest>> stalled = new LinkedHashMap<>();

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
    var records = new Records(log, appended);
    this.stalls = stalls;
    this.quarantine = quarantine;
    this.answers = new Answers(replies);
    this.pushes = new PushDesk(settings, log, gate, records, answers, appended);
    this.members = new MemberDesk(settings.limits(), records, replies);
    this.pulls = new PullDesk(settings.limits(), replies, coordination, quarantine);
    this.waiting = new WaitingPushes(log.maxPayload());
    this.lists = new NamedLists(settings.limits());
  }

  /** Takes a request of a range that is served here. */
  void handle(RangeReplica replica, ShardRequest arrived) {
    ShardRequest request;
    try {
      request = lists.resolve(arrived);
    } catch (HoldfastException e) {
      answers.fail(arrived, e);
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
      pushes.combine(replica, group);
    }
  }

  private void take(RangeReplica replica, ShardRequest request) {
    try {
      int epoch = request.request().header().epoch();
      var chain = replica.chain();
      var refused =
          appends(request)
              ? chain.mayAppend(epoch, replica.effects())
              : chain.mayServe(epoch, replica.effects());
      if (refused != null) {
        throw Refusals.of(refused);
      }
      switch (request.request()) {
        case Request.Push push -> pushes.push(replica, push, request);
        case Request.Pull pull -> pulls.pull(replica, pull, request);
        case Request.Tick tick -> pushes.tick(replica, tick, request.channel());
        case Request.Join join -> members.join(replica, join, request.channel());
        case Request.Save save -> members.save(replica, save, request);
        case Request.Leave leave -> members.leave(replica, leave, request.channel());
        case Request.Heartbeat heartbeat ->
            members.heartbeat(replica, heartbeat, request.channel());
        case Request.Queue queue -> members.queue(replica, queue, request.channel());
      }
    } catch (HoldfastException e) {
      answers.fail(request, e);
    } catch (LogException e) {
      answers.fail(request, Refusals.of(e));
    } catch (StoreException e) {
      quarantine.accept(replica, String.valueOf(e.getMessage()));
      String message = "range " + replica.range() + ": " + e.getMessage();
      answers.fail(request, new HoldfastException(ErrorCode.QUARANTINED, message, e));
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
    answers.fail(request, new HoldfastException(code, message));
    request.lease().done();
  }

  /** The record is committed and applied: says so to whoever sent it. */
  void committed(RangeReplica replica, RecordHeader header) {
    pulls.changed(replica);
    if (header.type() == RecordType.ROSTER) {
      members.rosterCommitted(replica);
    }
    answers.committed(replica, header);
  }

  /** What is to be done about a job's workers; see {@link Shard#group}. */
  GroupView group(RangeReplica replica, GroupPolicy policy) {
    return members.group(replica, policy);
  }

  GroupNow describeGroup(RangeReplica replica) {
    return members.describeGroup(replica);
  }

  void expel(RangeReplica replica, int rank) {
    members.expel(replica, rank);
  }

  /** Logs a version of the roster unless it is there; see {@link Shard#applyRoster}. */
  CompletableFuture<RosterAnswer> applyRoster(RangeReplica replica, Roster roster) {
    takeWaiting(replica); // They came first.
    return members.applyRoster(replica, roster);
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
    members.forget(replica);
    var error = new HoldfastException(code, message);
    for (var request : waiting.remove(replica)) {
      answers.fail(request, error);
      request.lease().done();
    }
    answers.fail(replica, fromLsn, error);
  }

  /** Looks again at what waits: once a turn, after commits. */
  void reviewParked(long now, boolean roomIsFailing) {
    pulls.review(now);
    answers.review();
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

  long pushes() {
    return pushes.pushes();
  }

  /** Keys and values of the pushes taken, as they came. */
  long pushedBytes() {
    return pushes.pushedBytes();
  }

  /** Of the pushes, those that went into a record with others. */
  long combinedPushes() {
    return pushes.combinedPushes();
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
