package io.holdfast.replication.shard;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.chain.ChainMember;
import io.holdfast.replication.chain.ChainMessage;
import io.holdfast.replication.chain.RecordType;
import io.holdfast.store.log.LogException;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.log.RecordHeader;
import io.holdfast.store.log.ShardLog;
import io.holdfast.store.rows.RowStore;
import io.holdfast.store.rows.StoreException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives the chains of a shard: hands them what comes from the log, from other nodes and from
 * ZooKeeper, and carries out what they want. Belongs to the shard's thread.
 */
final class ChainDriver {
  private static final Logger LOG = LoggerFactory.getLogger(ChainDriver.class);
  private static final long WATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** So many bytes may be in the log and not in the rows before a range takes no more. */
  private static final long MAX_UNAPPLIED_BYTES = 256L << 20;

  /** Forwarded in one go to one node, so that the shard's other work is not held up. */
  private static final int FORWARD_AT_ONCE = 64;

  private final ShardLog log;
  private final Peers peers;
  private final Coordination coordination;
  private final Collection<RangeReplica> replicas;
  private final Undurable undurable = new Undurable();
  private final Syncer syncer;
  private final Checkpointer checkpointer;
  private final RequestHandler handler;
  private final LocalNotes notes;
  private final CopySender copySender;
  private final CopyReceiver copyReceiver;
  private final Backlog backlog;
  private final Set<RangeReplica> touched = new LinkedHashSet<>();

  /** Have committed records, and no room for changed rows. */
  private final Set<RangeReplica> full = new LinkedHashSet<>();

  private final Map<RangeReplica, ArrayDeque<HeldRecord>> held = new HashMap<>();
  private final SuccessorWatch watch;
  private final DigestDesk digests;
  private final ExportDesk exports;
  private final RangeCut cuts;
  private final CaptureDesk captures;

  /** Whether marks in the log are looked at: not those that a restart meets again. */
  private boolean running;

  private boolean leased = true;
  private boolean storeFailed;
  private long forwardedBytes;
  private long nextWatch = System.nanoTime();

  ChainDriver(
      ShardSettings settings,
      ShardLog log,
      RowStore store,
      ShardPorts ports,
      Collection<RangeReplica> replicas,
      Syncer syncer,
      Checkpointer checkpointer,
      RequestHandler handler,
      Consumer<Runnable> onShard) {
    this.log = log;
    this.peers = ports.peers();
    this.coordination = ports.coordination();
    this.replicas = replicas;
    this.syncer = syncer;
    this.checkpointer = checkpointer;
    this.handler = handler;
    this.notes = new LocalNotes(log);
    this.copySender = new CopySender(store, log, peers, ports.copiesOut(), onShard);
    this.copyReceiver =
        new CopyReceiver(store, log, notes, ports.copiesIn(), onShard, syncer::want);
    this.backlog = new Backlog(store.cacheBudgetBytes());
    this.digests = new DigestDesk(store, ports.copiesOut(), onShard, checkpointer, this::touch);
    this.exports = new ExportDesk(store, checkpointer);
    this.cuts = new RangeCut(ports, checkpointer, notes, this::appended, onShard);
    this.captures = new CaptureDesk(store, checkpointer, onShard, this::touch);
    this.watch = new SuccessorWatch(settings.suspectAfter().toNanos(), coordination);
  }

  Peers peers() {
    return peers;
  }

  Coordination coordination() {
    return coordination;
  }

  void identify(int node, int incarnation) {
    copyReceiver.identify(node, incarnation);
    cuts.identify(node);
    replicas.forEach(replica -> replica.chain().identify(node, incarnation));
    replicas.forEach(handler::lostRole);
  }

  /** Something has changed for a replica; it is looked at before the turn ends. */
  void touch(RangeReplica replica) {
    touched.add(replica);
  }

  // ---- from the log

  /** A record of this range went into the log. */
  void appended(RangeReplica replica, LogRecord record) {
    replica.logged(record);
    if (replica.isDurableWhenLogged()) {
      replica.durable(record.header().lsn());
    } else {
      undurable.add(replica, record.header().lsn(), record.index());
      syncer.want();
    }
    touch(replica);
  }

  boolean hasDurable() {
    return undurable.hasDurable(log.durableIndex());
  }

  // ---- from ZooKeeper

  void configure(RangeReplica replica, RangeAssignment assignment) {
    int epoch = replica.chain().epoch();
    if (copyReceiver.isTaking(replica)
        && assignment.config().epoch() != replica.assignment().config().epoch()) {
      copyReceiver.abandonAndReopen(replica);
    }
    replica.assign(assignment);
    if (replica.chain().epoch() != epoch) {
      LOG.info(
          "range {}: epoch {}, {} of {}, log to {}, committed to {}",
          replica.range(),
          replica.chain().epoch(),
          replica.chain().role(),
          assignment.config().members(),
          replica.chain().lastLsn(),
          replica.chain().committedLsn());
      dropHeld(replica);
      if (!replica.chain().isHead()) {
        handler.lostRole(replica);
      }
    }
    touch(replica);
  }

  // ---- from other nodes

  void connected(int node) {
    for (var replica : replicas) {
      if (!copyReceiver.isTaking(replica)) {
        replica.chain().connected(node, replica.effects());
        touch(replica);
      }
    }
  }

  void disconnected(int node) {
    for (var replica : replicas) {
      if (replica.chain().upstream() == node) {
        dropHeld(replica);
      }
      replica.chain().disconnected(node);
      touch(replica);
      copyReceiver.disconnected(replica, node);
    }
  }

  void ready(int node) {
    for (var replica : replicas) {
      if (replica.chain().downstream() == node) {
        touch(replica);
      }
    }
  }

  void received(RangeReplica replica, int from, ChainMessage message) {
    if (!copyReceiver.isTaking(replica)) {
      replica.chain().receive(from, message, replica.effects());
      touch(replica);
    }
  }

  void record(RangeReplica replica, HeldRecord record) {
    var waiting = held.get(replica);
    if (waiting != null) {
      waiting.add(record);
    } else if (!take(replica, record)) {
      held.computeIfAbsent(replica, r -> new ArrayDeque<>()).add(record);
    }
    touch(replica);
  }

  /** Returns false where there is no room for it at the moment. */
  private boolean take(RangeReplica replica, HeldRecord record) {
    var header = record.header();
    if (copyReceiver.isTaking(replica)
        || syncer.failure() != null
        || !replica.chain().accepts(record.from(), record.epoch(), header, replica.effects())) {
      record.lease().done();
      return true;
    }
    if (replica.unappliedBytes() > MAX_UNAPPLIED_BYTES) {
      return false;
    }
    try {
      appended(replica, append(header, record));
    } catch (LogException e) {
      if (e.kind() == LogException.Kind.DISK_FULL) {
        return false;
      }
      LOG.error("range {}: {}", replica.range(), e.getMessage());
    }
    record.lease().done();
    return true;
  }

  private LogRecord append(RecordHeader header, HeldRecord record) {
    var reservation = log.reserve(record.length());
    boolean done = false;
    try {
      var payload = reservation.payload();
      payload.limit(record.length());
      record.lease().frame().copyTo(record.at(), record.length(), payload);
      payload.clear();
      var logged = reservation.append(header, record.length());
      done = true;
      return logged;
    } finally {
      if (!done) {
        reservation.abandon();
      }
    }
  }

  private void retryHeld() {
    held.entrySet()
        .removeIf(
            entry -> {
              var waiting = entry.getValue();
              while (!waiting.isEmpty() && take(entry.getKey(), waiting.peekFirst())) {
                waiting.removeFirst();
                touch(entry.getKey());
              }
              return waiting.isEmpty();
            });
  }

  private void dropHeld(RangeReplica replica) {
    var waiting = held.remove(replica);
    if (waiting != null) {
      waiting.forEach(record -> record.lease().done());
    }
  }

  void copy(
      RangeReplica replica,
      int from,
      int epoch,
      Peers.CopyPart part,
      FrameLease lease,
      int at,
      int length) {
    boolean expected =
        replica.assignment().config().epoch() == epoch
            && (copyReceiver.isTaking(replica) || mayBeCopiedTo(replica, from));
    if (!expected) {
      lease.done();
      return;
    }
    if (part == Peers.CopyPart.ROWS) {
      copyReceiver.rows(replica, epoch, lease, at, length);
      return;
    }
    byte[] body = new byte[length];
    lease.frame().copyTo(at, length, java.nio.ByteBuffer.wrap(body));
    lease.done();
    try {
      switch (part) {
        case BEGIN -> {
          checkpointer.forget(replica);
          copySender.forget(replica);
          undurable.cut(replica, 0);
          digests.forget(replica);
          exports.forget(replica);
          cuts.forget(replica);
          captures.forget(replica);
          copyReceiver.begin(replica, from, epoch);
        }
        case RECORD -> copyReceiver.record(replica, epoch, body);
        case METADATA -> copyReceiver.metadata(replica, epoch, body);
        case END -> copyReceiver.end(replica, epoch, body);
        case ROWS -> {}
      }
    } catch (StoreException | LogException e) {
      LOG.warn("range {}: copy failed: {}", replica.range(), e.getMessage(), e);
      copyReceiver.abandonAndReopen(replica);
    }
  }

  private boolean mayBeCopiedTo(RangeReplica replica, int from) {
    return replica.chain().upstream() == from
        && replica.chain().role() == ChainMember.Role.SYNCING
        && !checkpointer.isBusyWith(replica);
  }

  /** Whether the replica's rows are about to be replaced. */
  boolean isBeingCopied(RangeReplica replica) {
    return copyReceiver.isTaking(replica);
  }

  // ---- what chains want

  void truncate(RangeReplica replica, long fromLsn) {
    LOG.info("range {}: pending records from {} on are dropped", replica.range(), fromLsn);
    replica.cut(fromLsn);
    undurable.cut(replica, fromLsn);
    try {
      notes.cut(replica.range(), fromLsn - 1);
    } catch (LogException e) {
      quarantine(replica, "the log cannot note that records were dropped: " + e.getMessage());
    }
    handler.dropped(replica, fromLsn);
  }

  void copyTo(RangeReplica replica, int node) {
    copySender.begin(replica, node, checkpointer);
  }

  /** P23: the replica takes no more requests; a peer's copy takes its place. */
  void quarantine(RangeReplica replica, String reason) {
    if (replica.quarantine() == null) {
      LOG.error("range {} is quarantined: {}", replica.range(), reason);
      replica.quarantine(reason);
      coordination.quarantined(replica.range(), replica.chain().epoch());
      handler.quarantined(replica);
      touch(replica);
    }
  }

  // ---- the turn

  /** Everything that events of this turn have made possible. Returns whether there was anything. */
  boolean settle(long now) {
    if (syncer.failure() != null) {
      failStore();
    } else {
      undurable.settle(log.durableIndex(), this::touch);
    }
    watchLease();
    if (!held.isEmpty()) {
      retryHeld();
    }
    if (!copyReceiver.isIdle()) {
      copyReceiver.review();
    }
    if (now - nextWatch >= 0) {
      nextWatch = now + WATCH_NANOS;
      watch.look(replicas, now);
      cuts.look(replicas, now);
      captures.look();
    }
    if (touched.isEmpty()) {
      return false;
    }
    var turn = touched.toArray(RangeReplica[]::new);
    touched.clear();
    for (var replica : turn) {
      settle(replica);
    }
    return true;
  }

  private void settle(RangeReplica replica) {
    if (copyReceiver.isTaking(replica)) {
      return;
    }
    if (replica.quarantine() == null) {
      apply(replica);
      forward(replica);
      replica.chain().settle(replica.effects());
      cuts.review(replica, System.nanoTime());
    }
    captures.review(replica);
    copySender.review(replica);
  }

  /** Applies what is committed, as far as there is room for changed rows. */
  private void apply(RangeReplica replica) {
    var chain = replica.chain();
    try {
      while (chain.appliedLsn() < chain.committedLsn() && !isHalted(replica)) {
        long end = backlog.prepare(replica, !running);
        while (chain.appliedLsn() < end && !isHalted(replica)) {
          if (replica.rows().isDirtyFull()) {
            full.add(replica); // roomMade() touches it again
            return;
          }
          if (captures.stopsBeforeNext(replica)) {
            return;
          }
          var record = replica.applyNext();
          if (record != null) {
            handler.committed(replica, record);
            if (record.type() == RecordType.MARK && running) {
              digests.reached(replica, record.lsn());
            }
            captures.review(replica);
          }
        }
      }
    } catch (StoreException | HoldfastException e) {
      quarantine(replica, String.valueOf(e.getMessage()));
    }
  }

  /** Whether the rows must stay as they are until they are frozen; touched again after that. */
  private boolean isHalted(RangeReplica replica) {
    return digests.isHalted(replica) || captures.isHalted(replica);
  }

  /** A checkpoint is complete. */
  void roomMade() {
    touched.addAll(full);
    full.clear();
  }

  /** Applies all that is committed, making room on this thread; before the shard starts. */
  void applyAll(RangeReplica replica) {
    do {
      full.remove(replica);
      apply(replica);
      if (full.contains(replica)) {
        checkpointer.run(replica);
      }
    } while (full.contains(replica));
  }

  private void forward(RangeReplica replica) {
    var chain = replica.chain();
    int count = 0;
    for (long lsn; (lsn = chain.nextToForward()) >= 0; ) {
      if (!peers.isReady(chain.downstream())) {
        return; // ready() touches it again
      }
      if (count++ == FORWARD_AT_ONCE) {
        touch(replica);
        return;
      }
      var record = replica.retained().get(lsn);
      if (record == null) {
        throw new IllegalStateException("range " + replica.range() + ": no record " + lsn);
      }
      peers.forward(chain.downstream(), replica.range(), chain.epoch(), record);
      forwardedBytes += record.payload().limit();
      chain.forwarded(lsn);
    }
  }

  /** Payloads of records that were sent to successors. */
  long forwardedBytes() {
    return forwardedBytes;
  }

  private void watchLease() {
    boolean live = coordination.isLeased();
    if (live != leased) {
      leased = live;
      for (var replica : replicas) {
        replica.chain().leased(live, replica.effects());
        touch(replica);
      }
    }
  }

  /** P8: what was not yet known to be durable may or may not be. */
  private void failStore() {
    undurable.clear();
    if (!storeFailed) {
      storeFailed = true;
      for (var replica : replicas) {
        handler.logFailed(replica, String.valueOf(syncer.failure()));
        coordination.quarantined(replica.range(), replica.chain().epoch());
      }
    }
  }

  /** What was logged by now has been applied, or is left to the chain: from here on all is news. */
  void started() {
    running = true;
  }

  /**
   * Logs a mark, at which all replicas make a digest.
   *
   * @return its LSN
   * @throws HoldfastException where this replica is not the head
   */
  long mark(RangeReplica replica) {
    var chain = replica.chain();
    if (!chain.isHead() || replica.quarantine() != null) {
      throw new HoldfastException(
          ErrorCode.STALE_EPOCH,
          "this node is not the head of range " + replica.range() + ": fetch the map again");
    }
    if (chain.seal() != null) {
      throw new HoldfastException(
          ErrorCode.NOT_READY, "range " + replica.range() + " is being split: ask for its halves");
    }
    long lsn = chain.nextLsn();
    appended(
        replica,
        notes.append(
            new RecordHeader(
                RecordType.MARK, (byte) 0, replica.range(), chain.epoch(), lsn, 0, 0, 0, 0),
            java.nio.ByteBuffer.allocate(0)));
    return lsn;
  }

  CaptureDesk captures() {
    return captures;
  }

  DigestDesk digests() {
    return digests;
  }

  ExportDesk exports() {
    return exports;
  }

  void forget(RangeReplica replica) {
    digests.forget(replica);
    exports.forget(replica);
    cuts.forget(replica);
    captures.forget(replica);
    undurable.cut(replica, 0);
    touched.remove(replica);
    full.remove(replica);
    dropHeld(replica);
    copySender.forget(replica);
    copyReceiver.abandon(replica);
    checkpointer.forget(replica);
    watch.forget(replica);
  }
}
