package io.holdfast.it.sim;

import io.holdfast.model.ErrorCode;
import io.holdfast.replication.chain.Admission;
import io.holdfast.replication.chain.ChainReplica;
import io.holdfast.replication.chain.RecordType;
import io.holdfast.store.log.RecordHeader;
import java.util.ArrayDeque;
import java.util.ArrayList;

/** What clients ask of one node's replica of one range, answered as a shard does. */
final class SimRequests {
  private static final long PARKED_LONGEST = 400 * World.MILLIS;

  private final Simulation sim;
  private final SimNode node;
  private final int range;
  private final SimRange of;
  private final SimDisk disk;
  private final ArrayDeque<Waiter> waiting = new ArrayDeque<>();
  private final ArrayList<Parked> parked = new ArrayList<>();
  private final ArrayList<Request> duplicates = new ArrayList<>();

  /** Pushes that came since the last turn and may become one record (rule P9). */
  private final ArrayList<Request> together = new ArrayList<>();

  private record Waiter(long lsn, Request request) {}

  private record Parked(long until, Request request) {}

  SimRequests(Simulation sim, SimNode node, int range, SimRange of, SimDisk disk) {
    this.sim = sim;
    this.node = node;
    this.range = range;
    this.of = of;
    this.disk = disk;
  }

  private ChainReplica replica() {
    return of.replica();
  }

  void take(Request request) {
    if (request.kind() == Request.Kind.PUSH && !sim.isSequential(range)) {
      together.add(request);
      return;
    }
    if (request.kind() != Request.Kind.PULL) {
      takeTogether(); // They came first.
    }
    takeAlone(request);
  }

  /** Takes the pushes that wait for company: in each turn. */
  void takeTogether() {
    if (together.size() == 1) {
      takeAlone(together.removeFirst());
    } else if (!together.isEmpty()) {
      combine();
    }
  }

  private void combine() {
    var taken = new ArrayList<Request>();
    for (var request : together) {
      var refused = replica().mayAppend(request.epoch(), of);
      if (refused != null) {
        node.answer(request, Answer.failed(request, refused.code()));
      } else if (isNew(request)) {
        replica().clocks().pushLogged(request.worker(), request.seq());
        taken.add(request);
      }
    }
    together.clear();
    if (taken.isEmpty()) {
      return;
    }
    if (disk.isFull()) {
      replica().recountLogged();
      taken.forEach(r -> node.answer(r, Answer.failed(r, ErrorCode.DISK_FULL)));
      return;
    }
    var first = taken.getFirst();
    var header =
        new RecordHeader(
            RecordType.COMBINED,
            (byte) 0,
            range,
            replica().epoch(),
            replica().nextLsn(),
            first.worker(),
            first.incarnation(),
            first.seq(),
            first.clock());
    sim.oracle.written(node, range, header);
    of.append(header, sim.oracle.newCombination(taken));
    taken.forEach(request -> waiting.add(new Waiter(header.lsn(), request)));
  }

  private void takeAlone(Request request) {
    var refused =
        request.kind() == Request.Kind.PULL
            ? replica().mayServe(request.epoch(), of)
            : replica().mayAppend(request.epoch(), of);
    if (refused != null) {
      node.answer(request, Answer.failed(request, refused.code()));
      return;
    }
    switch (request.kind()) {
      case JOIN -> join(request);
      case PUSH, TICK -> push(request);
      case PULL -> pull(request);
    }
  }

  private void join(Request request) {
    var clocks = replica().clocks();
    if (request.incarnation() == 0 && !node.keeper().mayJoin(request)) {
      node.answer(request, Answer.failed(request, ErrorCode.NOT_READY));
      return;
    }
    int incarnation =
        request.incarnation() == 0
            ? clocks.nextIncarnation(request.worker())
            : request.incarnation();
    if (clocks.isGone(request.worker(), incarnation)) {
      node.answer(request, Answer.failed(request, ErrorCode.EXPELLED));
    } else if (clocks.isStale(request.worker(), incarnation)) {
      node.answer(request, Answer.failed(request, ErrorCode.STALE_INCARNATION));
    } else if (clocks.hasJoined(request.worker(), incarnation, request.clock())) {
      node.answer(request, joined(request, incarnation));
    } else {
      int clock = Math.max(request.clock(), clocks.firstClock(request.worker()));
      take(request, RecordType.JOIN, incarnation, request.group(), clock);
    }
  }

  private Answer joined(Request request, int incarnation) {
    var clocks = replica().clocks();
    return new Answer(
        request.call(),
        null,
        replica().epoch(),
        replica().appliedLsn(),
        incarnation,
        clocks.seq(request.worker()),
        clocks.clock(request.worker()),
        0,
        clocks.groupSize());
  }

  private void push(Request request) {
    if (isNew(request)) {
      boolean tick = request.kind() == Request.Kind.TICK;
      byte type = tick ? RecordType.TICK : RecordType.PUSH;
      take(request, type, request.incarnation(), request.seq(), request.clock());
    }
  }

  /** P10: answers what is there already, refuses what cannot be next. */
  private boolean isNew(Request request) {
    boolean tick = request.kind() == Request.Kind.TICK;
    var clocks = replica().clocks();
    var admission =
        tick
            ? clocks.admitTick(
                request.worker(), request.incarnation(), request.seq(), request.clock())
            : clocks.admitPush(
                request.worker(), request.incarnation(), request.seq(), request.clock());
    switch (admission) {
      case Admission.Take take -> {
        return true;
      }
      case Admission.Duplicate duplicate -> {
        if (duplicate.committed()) {
          done(request, replica().committedLsn());
        } else {
          duplicates.add(request);
        }
      }
      case Admission.Refuse refuse -> node.answer(request, Answer.failed(request, refuse.code()));
    }
    return false;
  }

  private void take(Request request, byte type, int incarnation, long seq, int clock) {
    if (disk.isFull()) {
      node.answer(request, Answer.failed(request, ErrorCode.DISK_FULL));
      return;
    }
    var header =
        new RecordHeader(
            type,
            (byte) 0,
            range,
            replica().epoch(),
            replica().nextLsn(),
            request.worker(),
            incarnation,
            seq,
            clock);
    sim.oracle.written(node, range, header);
    of.append(header, request.op());
    waiting.add(new Waiter(header.lsn(), request));
  }

  private void done(Request request, long lsn) {
    sim.oracle.acknowledged(node, request);
    node.answer(
        request,
        new Answer(
            request.call(),
            null,
            replica().epoch(),
            lsn,
            request.incarnation(),
            request.seq(),
            0,
            0,
            0));
  }

  private void pull(Request request) {
    if (isStale(request)) {
      node.answer(request, Answer.failed(request, ErrorCode.STALE_INCARNATION));
    } else if (request.latest()) {
      if (!replica().answersLatest(replica().committedLsn())) {
        node.answer(request, Answer.failed(request, ErrorCode.STALE_EPOCH));
        return;
      }
      var read = read(request);
      // The value first, then the lease, then the answer; anything may happen in between (P16).
      node.later(
          sim.world.between(0, 100),
          () ->
              node.answer(
                  request,
                  node.coordination().isLeased()
                      ? read
                      : Answer.failed(request, ErrorCode.NOT_READY)));
    } else if (canAnswer(request)) {
      node.answer(request, read(request));
    } else {
      parked.add(new Parked(sim.world.now() + PARKED_LONGEST, request));
    }
  }

  private boolean isStale(Request request) {
    var fenced = replica().clocks().fence(request.worker(), request.incarnation());
    return fenced != null && fenced.code() == ErrorCode.STALE_INCARNATION;
  }

  private boolean canAnswer(Request request) {
    var clocks = replica().clocks();
    var stated = request.need();
    int needed =
        sim.consistency(node.known())
            .neededClocks(request.clock(), stated.clocks(), stated.version());
    return request.ownSeq() <= clocks.seq(request.worker()) && clocks.minClock() >= needed;
  }

  private Answer read(Request request) {
    return new Answer(
        request.call(),
        null,
        replica().epoch(),
        replica().appliedLsn(),
        0,
        0,
        replica().clocks().minClock(),
        of.rows().digest(),
        0);
  }

  /** A record of this node's is in the state. */
  void applied(RecordHeader header) {
    while (!waiting.isEmpty() && waiting.peek().lsn() == header.lsn()) {
      var request = waiting.remove().request();
      if (request.kind() == Request.Kind.JOIN) {
        node.answer(request, joined(request, header.incarnation()));
      } else {
        done(request, header.lsn());
      }
    }
  }

  void answerDuplicates() {
    for (int i = 0; i < duplicates.size(); i++) {
      var request = duplicates.get(i);
      if (replica().clocks().seq(request.worker()) >= request.seq()) {
        duplicates.remove(i--);
        done(request, replica().committedLsn());
      }
    }
  }

  /** Those that can be answered now, or have waited too long. */
  void reviewParked() {
    for (int i = 0; i < parked.size(); i++) {
      var waiter = parked.get(i);
      if (isStale(waiter.request())) {
        parked.remove(i--);
        node.answer(waiter.request(), Answer.failed(waiter.request(), ErrorCode.STALE_INCARNATION));
      } else if (canAnswer(waiter.request())) {
        parked.remove(i--);
        node.answer(waiter.request(), read(waiter.request()));
      } else if (sim.world.now() > waiter.until()) {
        parked.remove(i--);
        node.answer(waiter.request(), Answer.failed(waiter.request(), ErrorCode.DEADLINE_EXCEEDED));
      }
    }
  }

  /** Whoever waits here for an answer has to ask somebody else. */
  void failWaiting() {
    waiting.forEach(
        w -> node.answer(w.request(), Answer.failed(w.request(), ErrorCode.OUTCOME_UNKNOWN)));
    waiting.clear();
    duplicates.forEach(d -> node.answer(d, Answer.failed(d, ErrorCode.STALE_EPOCH)));
    duplicates.clear();
  }

  void failParked() {
    parked.forEach(
        p -> node.answer(p.request(), Answer.failed(p.request(), ErrorCode.STALE_EPOCH)));
    parked.clear();
  }
}
