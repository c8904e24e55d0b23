package io.holdfast.it.sim;

import io.holdfast.coordination.Chains;
import io.holdfast.model.Consistency;
import io.holdfast.model.KnownConsistency;
import io.holdfast.replication.chain.RecordType;
import io.holdfast.replication.chain.Roster;
import io.holdfast.replication.chain.WorkerClocks;
import io.holdfast.store.log.RecordHeader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;

/** Sees all, and checks each step against the invariants. */
final class Oracle {
  private final Simulation sim;
  private final World world;
  private final RangeHistory[] ranges;

  /** By operation: its LSN, and whether a client knows that it is done. */
  private long[] lsnOfOp = new long[1024];

  private boolean[] acked = new boolean[1024];
  private int ops;

  /** What combined records hold. */
  private final ArrayList<List<Request>> combinations = new ArrayList<>();

  /** By operation: the version of the roster that it brings. */
  private final HashMap<Integer, Roster> rosters = new HashMap<>();

  private final HashMap<Integer, Roster> versions = new HashMap<>();
  private final HashMap<Integer, Integer> workersOfClock = new HashMap<>();
  private long ackedCount;
  private long pullCount;

  /** Bounds of staleness that were ever in force, by version. */
  private final ArrayList<Integer> bounds = new ArrayList<>();

  Oracle(Simulation sim, int ranges, int workers, int staleness) {
    bounds.add(staleness);
    this.sim = sim;
    this.world = sim.world;
    this.ranges = new RangeHistory[ranges];
    Arrays.setAll(this.ranges, i -> new RangeHistory(workers));
  }

  /** This is in the catalogue now. */
  void changed(KnownConsistency now) {
    if (now.version() == bounds.size()) {
      bounds.add(((Consistency.Bounded) now.consistency()).staleness());
    }
  }

  /** Numbers a new operation of a client. */
  int newOp() {
    if (++ops == lsnOfOp.length) {
      lsnOfOp = Arrays.copyOf(lsnOfOp, 2 * ops);
      acked = Arrays.copyOf(acked, 2 * ops);
    }
    return ops;
  }

  /** Numbers a record that holds a version of the roster. */
  int newRoster(Roster roster) {
    int op = newOp();
    rosters.put(op, roster);
    return op;
  }

  Roster roster(int op) {
    return java.util.Objects.requireNonNull(rosters.get(op));
  }

  /** A clock of a sequential table ends: as many workers count in it on every range. */
  void ends(SimNode node, int range, int clock, int workers) {
    Integer elsewhere = workersOfClock.putIfAbsent(clock, workers);
    // With backup workers a clock may end without a lost one before it is given up, or after.
    if (sim.backupWorkers == 0 && elsewhere != null && elsewhere != workers) {
      throw world.violation(
          Invariant.GROUPS_AGREE,
          node.name
              + ", range "
              + range
              + ": "
              + workers
              + " workers count in clock "
              + clock
              + ", elsewhere "
              + elsewhere);
    }
  }

  private void took(SimNode node, int range, long lsn, Roster roster) {
    var same = versions.putIfAbsent(roster.version(), roster);
    if (same != null && !same.equals(roster)) {
      throw world.violation(
          Invariant.GROUPS_AGREE,
          node.name + ", range " + range + ": " + roster + " is elsewhere " + same);
    }
    var history = ranges[range];
    var before = history.rosterAt(lsn);
    history.rosters.put(lsn, roster);
    int ended = history.ended; // before this record
    for (int worker = 0; worker < history.lastClock.length; worker++) {
      var last = roster.last(worker);
      var change = last == null || last.equals(before.last(worker)) ? null : last;
      if (change != null
          && change.until() == Roster.AWAY
          && history.lastClock[worker] > change.from()) {
        throw disagree(node, range, worker, history.lastClock[worker], roster);
      }
      int begins = change != null && change.until() != Roster.AWAY ? change.until() : 0;
      if (roster.size() > before.size() && before.size() > 0 && worker >= before.size()) {
        begins = Math.max(begins, roster.growth().getLast().since());
      }
      if (begins > 0 && ended > begins) {
        throw disagree(node, range, worker, ended, roster);
      }
      history.reached(worker, change != null && begins == 0 ? change.from() : begins, lsn);
    }
  }

  private World.Violation disagree(SimNode node, int range, int worker, int clock, Roster roster) {
    return world.violation(
        Invariant.GROUPS_AGREE,
        node.name
            + ", range "
            + range
            + " has clock "
            + clock
            + " of worker "
            + worker
            + ": "
            + roster);
  }

  /** Numbers the payload of a combined record. */
  int newCombination(List<Request> pushes) {
    combinations.add(List.copyOf(pushes));
    return -combinations.size();
  }

  List<Request> combination(int op) {
    return combinations.get(-op - 1);
  }

  private boolean isAcked(int op) {
    return op < 0
        ? combination(op).stream().anyMatch(push -> acked[push.op()])
        : op > 0 && acked[op];
  }

  long acknowledged() {
    return ackedCount;
  }

  long pulled() {
    return pullCount;
  }

  RangeHistory history(int range) {
    return ranges[range];
  }

  /** A head gives a record its LSN. */
  void written(SimNode node, int range, RecordHeader header) {
    var config = node.range(range).replica().config();
    if (config.serving() < Chains.all(sim.zooKeeper.state()).get(range).minInSync()) {
      throw world.violation(
          Invariant.ENOUGH_REPLICAS,
          node.name + " takes record " + header.lsn() + " of range " + range + " in " + config);
    }
    long candidate = ((long) node.nodeId() << 32) | node.incarnation();
    long writer = ranges[range].writer(header.recordEpoch(), candidate);
    if (writer != candidate) {
      throw world.violation(
          Invariant.ONE_WRITER_PER_EPOCH,
          node.name
              + " (node "
              + node.nodeId()
              + "."
              + node.incarnation()
              + ") writes record "
              + header.lsn()
              + " of range "
              + range
              + " in epoch "
              + header.recordEpoch()
              + ", as node "
              + (writer >> 32)
              + "."
              + (int) writer
              + " did");
    }
  }

  /** A replica has applied a record. */
  void applied(
      SimNode node, int range, RecordHeader header, int op, Rows rows, WorkerClocks clocks) {
    var history = ranges[range];
    long lsn = header.lsn();
    int worker = header.worker();
    long clocksDigest =
        Rows.mix(Rows.mix(clocks.minClock() * 31L + clocks.clock(worker)) + clocks.seq(worker));
    if (header.type() == RecordType.COMBINED) {
      for (var push : combination(op)) {
        clocksDigest = Rows.mix(clocksDigest + clocks.seq(push.worker()));
      }
    }
    if (lsn <= history.lsn()) {
      compare(node, range, lsn, rows.digest(), clocksDigest);
      return;
    }
    if (lsn != history.lsn() + 1) {
      throw world.violation(
          Invariant.NO_INTERNAL_ERROR,
          node.name + " applies record " + lsn + " of range " + range + " after " + history.lsn());
    }
    checkDurable(node, range, lsn, op);
    if (header.type() == RecordType.PUSH || header.type() == RecordType.TICK) {
      checkOnce(node, range, lsn, worker, header.seq(), op);
      history.took(worker, header.seq(), lsn);
    }
    if (header.type() == RecordType.COMBINED) {
      for (var push : combination(op)) {
        checkOnce(node, range, lsn, push.worker(), push.seq(), push.op());
        history.took(push.worker(), push.seq(), lsn);
      }
    }
    if (header.type() == RecordType.TICK) {
      if (header.clock() <= history.lastClock[worker]) {
        throw world.violation(
            Invariant.CLOCKS_MONOTONIC,
            "range "
                + range
                + ": record "
                + lsn
                + " takes worker "
                + worker
                + " from clock "
                + history.lastClock[worker]
                + " to "
                + header.clock());
      }
      history.reached(worker, header.clock(), lsn);
    }
    if (header.type() == RecordType.JOIN) {
      // What it has finished elsewhere counts here, too.
      history.reached(worker, header.clock(), lsn);
    }
    if (header.type() == RecordType.ROSTER) {
      took(node, range, lsn, roster(op));
    }
    if (clocks.clock(worker) != history.lastClock[worker]) {
      throw world.violation(
          Invariant.CLOCKS_MONOTONIC,
          node.name
              + ", range "
              + range
              + ", record "
              + lsn
              + ": worker "
              + worker
              + " is at clock "
              + clocks.clock(worker)
              + ", "
              + history.lastClock[worker]
              + " is committed");
    }
    history.ended = range == 0 ? 0 : clocks.rosterAnswer(0).ended();
    history.steps.add(
        new RangeHistory.Step(
            op, worker, header.incarnation(), header.seq(), rows.digest(), clocksDigest));
  }

  private void checkOnce(SimNode node, int range, long lsn, int worker, long seq, int op) {
    var history = ranges[range];
    if (lsnOfOp[op] != 0) {
      throw world.violation(
          Invariant.NONE_APPLIED_TWICE,
          node.name
              + " applies operation "
              + op
              + " as record "
              + lsn
              + " of range "
              + range
              + ", it was record "
              + lsnOfOp[op]
              + " already");
    }
    if (seq != history.lastSeq[worker] + 1) {
      throw world.violation(
          seq <= history.lastSeq[worker]
              ? Invariant.NONE_APPLIED_TWICE
              : Invariant.CLOCKS_MONOTONIC,
          node.name
              + " applies seq "
              + seq
              + " of worker "
              + worker
              + " as record "
              + lsn
              + " of range "
              + range
              + ", the last was "
              + history.lastSeq[worker]);
    }
    history.lastSeq[worker] = seq;
    lsnOfOp[op] = lsn;
  }

  /** The first to apply a record must have every member of the activated epoch behind it. */
  private void checkDurable(SimNode node, int range, long lsn, int op) {
    var chain = Chains.all(sim.zooKeeper.state()).get(range).range();
    if (chain.getActivatedNodesCount() == 0) {
      throw world.violation(
          Invariant.STATE_WITHIN_COMMIT,
          node.name
              + " applies record "
              + lsn
              + " of range "
              + range
              + ", no epoch has been activated");
    }
    for (int member : chain.getActivatedNodesList()) {
      var disk = sim.diskOf(member);
      if (disk != null
          && !disk.isUnusable(range)
          && !disk.durablyHolds(range, lsn, op, sim.isMemory(range))) {
        throw world.violation(
            Invariant.STATE_WITHIN_COMMIT,
            node.name
                + " applies record "
                + lsn
                + " of range "
                + range
                + " (operation "
                + op
                + "), which is not durable on node "
                + member
                + " of the activated epoch "
                + chain.getActivatedEpoch());
      }
    }
  }

  private void compare(SimNode node, int range, long lsn, long digest, long clocksDigest) {
    var step = ranges[range].at(lsn);
    if (step.digest() != digest || (clocksDigest != 0 && step.clocksDigest() != clocksDigest)) {
      boolean lost = isAcked(step.op());
      throw world.violation(
          lost ? Invariant.NO_ACKED_PUSH_LOST : Invariant.REPLICAS_IDENTICAL,
          node.name
              + " has another state at record "
              + lsn
              + " of range "
              + range
              + " than who applied it first"
              + (step.digest() == digest ? " (clocks)" : " (rows)")
              + (lost ? "; operation " + step.op() + " was acknowledged" : ""));
    }
  }

  /** A replica begins, or goes on, with a state that it did not make. */
  void installed(SimNode node, int range, long lsn, Rows rows) {
    if (lsn > 0) {
      if (lsn > ranges[range].lsn()) {
        throw world.violation(
            Invariant.STATE_WITHIN_COMMIT, node.name + " has a state beyond all that was applied");
      }
      compare(node, range, lsn, rows.digest(), 0);
    }
  }

  /** A head tells a worker that a push or tick is in. */
  void acknowledged(SimNode node, Request request) {
    int op = request.op();
    if (lsnOfOp[op] == 0) {
      throw world.violation(
          Invariant.NO_ACKED_PUSH_LOST,
          node.name + " acknowledges " + request + ", which nobody has applied");
    }
    ackedCount++;
    acked[op] = true;
    var history = ranges[request.range()];
    history.acknowledgedLsn = Math.max(history.acknowledgedLsn, lsnOfOp[op]);
  }

  /** What a "latest" pull that is sent now must see. */
  long mustSee(int range) {
    return ranges[range].acknowledgedLsn;
  }

  /**
   * A worker has its answer to a pull.
   *
   * @param known version of the table's consistency that it knew when it made the call
   */
  void pulled(Request request, Answer reply, long mustSee, int known) {
    pullCount++;
    var history = ranges[request.range()];
    long lsn = reply.lsn();
    if (request.latest()) {
      if (lsn < mustSee) {
        throw world.violation(
            Invariant.LATEST_IS_LATEST,
            request
                + " was answered as of record "
                + lsn
                + ", when it was sent "
                + mustSee
                + " was there");
      }
      history.acknowledgedLsn = Math.max(history.acknowledgedLsn, lsn);
    }
    if (lsn > 0 && history.at(lsn).digest() != reply.digest()) {
      throw world.violation(
          Invariant.PULLS_WITHIN_BOUND, request + " shows no state that record " + lsn + " left");
    }
    if (request.latest()) {
      return;
    }
    long own = request.ownSeq() == 0 ? 0 : history.lsnOf(request.worker(), request.ownSeq());
    if (request.ownSeq() > 0 && (own == 0 || own > lsn)) {
      throw world.violation(
          Invariant.PULLS_WITHIN_BOUND,
          request + " was answered as of record " + lsn + " without its own push");
    }
    // Any that came into force since may have been used.
    int bound = Collections.max(bounds.subList(known, bounds.size()));
    checkBound(history, request.clock() - bound, lsn, request);
  }

  /**
   * A worker has a row that it may use in place of a pull.
   *
   * @param lastPush the worker's last push to the range; 0: none
   * @param lsn of the state that the row was read from
   * @param known version of the table's consistency that it knows
   */
  void pulledFromCache(int range, int worker, int clock, int lastPush, long lsn, int known) {
    String what = "a kept row of range " + range + ", of worker " + worker + " at clock " + clock;
    if (lastPush > 0 && (lsnOfOp[lastPush] == 0 || lsnOfOp[lastPush] > lsn)) {
      throw world.violation(
          Invariant.PULLS_WITHIN_BOUND,
          what + ", is as of record " + lsn + " without its own push");
    }
    checkBound(ranges[range], clock - bounds.get(known), lsn, what);
  }

  private void checkBound(RangeHistory history, int bound, long lsn, Object what) {
    var roster = history.rosterAt(lsn);
    int group = roster.size() == 0 ? sim.groupOf(0) : roster.size();
    for (int worker = 0; bound > 0 && worker < group; worker++) {
      if (!roster.counts(worker, bound - 1)) {
        continue;
      }
      long tick = history.lsnOfTick(worker, bound);
      if (tick == 0 || tick > lsn) {
        throw world.violation(
            Invariant.PULLS_WITHIN_BOUND,
            what
                + " was answered as of record "
                + lsn
                + " without clock "
                + bound
                + " of worker "
                + worker);
      }
    }
  }
}
