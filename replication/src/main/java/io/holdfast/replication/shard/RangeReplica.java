package io.holdfast.replication.shard;

import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.ElementType;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.model.KnownConsistency;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.UpdateContext;
import io.holdfast.replication.chain.ChainEffects;
import io.holdfast.replication.chain.ChainMember;
import io.holdfast.replication.chain.ChainReplica;
import io.holdfast.replication.chain.ClockPool;
import io.holdfast.replication.chain.RecordType;
import io.holdfast.replication.chain.Roster;
import io.holdfast.replication.chain.RosterAnswer;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.log.RecordHeader;
import io.holdfast.store.rows.Checkpoint;
import io.holdfast.store.rows.KeyBatch;
import io.holdfast.store.rows.RangeRows;
import io.holdfast.wire.Request;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * This node's replica of one range: its chain state, its rows, and the requests that wait on it.
 * Belongs to the shard's thread.
 */
final class RangeReplica {
  private final KeyBatch scratch = new KeyBatch();
  private final List<ParkedRequest> parked = new ArrayList<>();
  private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();
  private final RetainedRecords retained = new RetainedRecords();
  private final ClockBuffer buffered;
  private final ClockPool clockPool;
  private RangeAssignment assignment;
  private TableSpec spec;
  private RangeRows rows;
  private ChainReplica chain;
  private SavedStates states;
  private ChainEffects effects;
  private long unappliedBytes;
  private @Nullable Checkpoint checkpoint;
  private long frozenLsn;
  private long checkpointLsn;
  private long copyPin = Long.MAX_VALUE;
  private @Nullable String quarantine;
  private int watchedClock;
  private long clockMovedNanos = System.nanoTime();

  /**
   * @param clockPool of the shard
   */
  RangeReplica(
      RangeAssignment assignment, RangeRows rows, RangeMetadata metadata, ClockPool clockPool) {
    this.assignment = assignment;
    this.spec = assignment.spec();
    this.rows = rows;
    this.chain = metadata.chain();
    this.states = metadata.states();
    this.checkpointLsn = chain.appliedLsn();
    this.buffered = new ClockBuffer(spec.width(), spec.element() == ElementType.FLOAT32);
    this.effects = NoEffects.INSTANCE;
    this.clockPool = clockPool;
    chain.clocks().share(clockPool);
    retained.clear(chain.appliedLsn() + 1);
  }

  /** Where what the chain wants done goes. */
  void drivenBy(ChainEffects driver) {
    effects = driver;
  }

  ChainEffects effects() {
    return effects;
  }

  int range() {
    return assignment.range();
  }

  KeyRange keys() {
    return assignment.keys();
  }

  boolean isHome() {
    return assignment.home();
  }

  TableSpec spec() {
    return spec;
  }

  RangeAssignment assignment() {
    return assignment;
  }

  ChainReplica chain() {
    return chain;
  }

  SavedStates states() {
    return states;
  }

  RangeRows rows() {
    return rows;
  }

  RetainedRecords retained() {
    return retained;
  }

  ClockBuffer buffered() {
    return buffered;
  }

  List<ParkedRequest> parked() {
    return parked;
  }

  ArrayDeque<Waiter> waiters() {
    return waiters;
  }

  boolean isServing() {
    return chain.role() == ChainMember.Role.SERVING;
  }

  /** Takes what the catalogue has now. */
  void assign(RangeAssignment next) {
    assignment = next;
    spec = next.spec();
    chain.configure(next.config(), effects);
  }

  /** All that this replica had is void; it goes on from a copy, or from nothing. */
  void replace(RangeRows copied, RangeMetadata metadata) {
    rows = copied;
    chain = metadata.chain();
    chain.clocks().share(clockPool);
    states = metadata.states();
    checkpointLsn = chain.appliedLsn();
    retained.clear(chain.appliedLsn() + 1);
    buffered.clear();
    unappliedBytes = 0;
    quarantine = null;
    copyPin = Long.MAX_VALUE;
  }

  boolean isDurableWhenLogged() {
    return spec.durability() == Durability.MEMORY && !assignment.home();
  }

  /** The record is in the log: it counts for what is admitted next. */
  void logged(LogRecord record) {
    if (record.header().type() == RecordType.COMBINED) {
      chain.appended(record.header(), CombinedPayload.pushes(record));
    } else if (record.header().type() == RecordType.ROSTER) {
      chain.appended(record.header(), Roster.read(record.payload().duplicate()));
    } else {
      chain.appended(record.header());
    }
    retained.add(record);
    unappliedBytes += record.payload().limit();
  }

  /** Records through this LSN are durable here. */
  void durable(long lsn) {
    chain.durable(Math.min(lsn, chain.lastLsn()), effects);
  }

  /** Bytes of records that are in the log and not in the rows. */
  long unappliedBytes() {
    return unappliedBytes;
  }

  /** Drops pending records from an LSN on; the chain has done so already. */
  void cut(long fromLsn) {
    long firstPending = Math.max(fromLsn, chain.appliedLsn() + 1);
    for (long lsn = firstPending; lsn <= retained.lastLsn(); lsn++) {
      var record = retained.get(lsn);
      unappliedBytes -= record == null ? 0 : record.payload().limit();
    }
    retained.cut(fromLsn);
  }

  /**
   * Applies the next committed record: total, and the same on every replica (rule P4). Null where
   * there is none.
   */
  @Nullable RecordHeader applyNext() {
    var before = chain.clocks().roster();
    var header = chain.applyNext();
    if (header == null) {
      return null;
    }
    var record = retained.get(header.lsn());
    if (record == null) {
      throw new IllegalStateException("range " + range() + ": no record " + header.lsn());
    }
    unappliedBytes -= record.payload().limit();
    switch (header.type()) {
      case RecordType.PUSH -> applyPush(record);
      case RecordType.REPLACE -> replaceRows(record.payload());
      case RecordType.COMBINED -> applyRows(record, CombinedPayload.sum(record.payload()));
      case RecordType.TICK -> endClocks(header.lsn());
      case RecordType.LEAVE -> {
        states.queues().left(header.worker());
        endClocks(header.lsn());
      }
      case RecordType.ROSTER -> {
        buffered.dropIf(push -> isVoid(push.header()));
        for (var absence : chain.clocks().roster().goneSince(before)) {
          states.queues().left(absence.rank());
        }
        endClocks(header.lsn());
      }
      case RecordType.SAVE -> {
        byte[] state = new byte[record.payload().limit()];
        record.payload().get(0, state);
        states.save(header.worker(), header.clock(), state);
      }
      case RecordType.SAVE_WORK -> {
        var saved = WorkPayload.Saved.decode(record.payload());
        states.save(header.worker(), header.clock(), saved.state());
        states.queues().save(saved, header.worker());
      }
      case RecordType.QUEUE_OPEN ->
          states
              .queues()
              .open(
                  WorkPayload.Open.decode(record.payload()), header.worker(), header.incarnation());
      case RecordType.QUEUE_TAKE ->
          states.queues().take(WorkPayload.taken(record.payload()), header.worker(), header.seq());
      default -> {}
    }
    return header;
  }

  private void applyPush(LogRecord record) {
    if (waitsForClock(record.header())) {
      buffered.add(record);
    } else if (!isLate(record.header())) {
      applyRows(record, record.payload());
    }
  }

  /** Sums of pushes need no more than one push does: rule {@code add} looks at no context. */
  private void applyRows(LogRecord record, ByteBuffer push) {
    PushPayload.readKeys(push, scratch);
    if (scratch.count() > 0) {
      var header = record.header();
      int at = PushPayload.valuesAt(push);
      rows.apply(
          scratch,
          push.slice(at, PushPayload.valueBytes(push)).order(push.order()),
          context(header.lsn(), header.worker(), header.clock()));
    }
  }

  private void replaceRows(ByteBuffer push) {
    PushPayload.readKeys(push, scratch);
    if (scratch.count() > 0) {
      int at = PushPayload.valuesAt(push);
      rows.replace(scratch, push.slice(at, PushPayload.valueBytes(push)).order(push.order()));
    }
  }

  /** Whether pushes that wait together may become one record (rule P9). */
  boolean combines() {
    return spec.combinePushes() && !(spec.consistency() instanceof Consistency.Sequential);
  }

  /** Whether a push of a sequential table's worker has to wait until its clock ends. */
  boolean waitsForClock(RecordHeader push) {
    return spec.consistency() instanceof Consistency.Sequential
        && push.worker() >= 0
        && push.clock() >= chain.completedClocks()
        && !isVoid(push);
  }

  /** Whether its worker was given up before it finished the push's clock. */
  private boolean isVoid(RecordHeader push) {
    return chain.clocks().roster().isVoid(push.worker(), push.incarnation(), push.clock());
  }

  /** What this range says to the version of the roster that it has. */
  RosterAnswer rosterAnswer() {
    return chain.clocks().rosterAnswer(chain.completedClocks());
  }

  /** Whether its clock ended without it, as happens to backup workers. */
  private boolean isLate(RecordHeader push) {
    return spec.consistency() instanceof Consistency.Sequential && push.worker() >= 0;
  }

  private UpdateContext context(long lsn, int worker, int clock) {
    int staleness = worker < 0 ? 0 : Math.max(0, chain.clocks().maxClock() - clock);
    float scale = spec.stalenessScaled() && staleness > 1 ? 1f / staleness : 1f;
    return new UpdateContext(
        lsn, clock, staleness, scale, Math.max(1, chain.clocks().expectedWorkers()));
  }

  private void endClocks(long lsn) {
    if (!(spec.consistency() instanceof Consistency.Sequential sequential)) {
      return;
    }
    while (chain.nextClockHasEnded(sequential.backupWorkers())) {
      int clock = chain.completedClocks();
      var clocks = chain.clocks();
      int workers = clocks.finished(clock + 1);
      int group = clocks.expectedWorkers(clock);
      var values =
          buffered.combine(
              clock,
              sequential.combine(),
              workers,
              rank -> !clocks.isBehind(rank, clock + 1),
              scratch);
      if (scratch.count() > 0) {
        rows.apply(scratch, values, new UpdateContext(lsn, clock, 0, 1f, Math.max(1, group)));
      }
      chain.completeClock();
    }
  }

  /** The keys that applying a record will write to. */
  KeyBatch keysOf(LogRecord record) {
    scratch.setContiguous(0, 0);
    if (record.header().type() == RecordType.REPLACE
        || (record.header().type() == RecordType.PUSH && !waitsForClock(record.header()))) {
      PushPayload.readKeys(record.payload(), scratch);
    } else if (record.header().type() == RecordType.COMBINED) {
      PushPayload.readKeys(CombinedPayload.sum(record.payload()), scratch);
    }
    return scratch;
  }

  /** Whether the pull's needs are in the committed state (rule P15). */
  boolean canAnswer(Request.Pull pull, int rank, long committedThen) {
    var clocks = chain.clocks();
    if (pull.latest() && !chain.answersLatest(committedThen)) {
      return false;
    }
    if (pull.ownSeq() > clocks.seq(rank)) {
      return false;
    }
    return pull.anyClock() || answeredClock() >= neededClocks(pull);
  }

  /**
   * Clocks that all workers must have finished before a worker's pull is answered: by the
   * consistency that this node knows, or by what the pull states where its worker knows a newer.
   * For one that has not joined: those that it asks for.
   */
  int neededClocks(Request.Pull pull) {
    return pull.incarnation() == 0
        ? pull.clock()
        : new KnownConsistency(spec.consistency(), assignment.consistencyVersion())
            .neededClocks(pull.clock(), pull.need().clocks(), pull.need().version());
  }

  /** Something was committed: whether {@link #answeredClock} has grown by it is noted. */
  void watchClock(long now) {
    if (answeredClock() != watchedClock) {
      watchedClock = answeredClock();
      clockMovedNanos = now;
    }
  }

  /** When {@link #answeredClock} was last seen to change here. */
  long clockMovedNanos() {
    return clockMovedNanos;
  }

  /** Clocks that an answer is sure to hold. */
  int answeredClock() {
    return spec.consistency() instanceof Consistency.Sequential
        ? chain.completedClocks()
        : chain.clocks().minClock();
  }

  /** Why this replica takes no more requests, null while it does (rule P23). */
  @Nullable String quarantine() {
    return quarantine;
  }

  void quarantine(String reason) {
    quarantine = reason;
  }

  /** Why the replica cannot be asked, as an error; null while it can. */
  @Nullable HoldfastException refusal() {
    return quarantine == null
        ? null
        : new HoldfastException(ErrorCode.QUARANTINED, "range " + range() + ": " + quarantine);
  }

  /** Index of the oldest record that this replica or its successor still needs. */
  long firstNeededIndex() {
    long forSuccessor =
        chain.downstream() == 0 ? Long.MAX_VALUE : retained.indexFrom(chain.neededFrom());
    return Math.min(
        Math.min(firstUnsavedIndex(), buffered.oldestIndex()), Math.min(forSuccessor, copyPin));
  }

  /** Index of the oldest record that no checkpoint holds; {@code Long.MAX_VALUE} for none. */
  long firstUnsavedIndex() {
    return retained.indexFrom(checkpointLsn + 1);
  }

  /** Keeps the log from this index on until {@link #unpin}: a copy is under way. */
  void pin(long index) {
    copyPin = index;
  }

  void unpin() {
    copyPin = Long.MAX_VALUE;
  }

  /** The log before this index is let go. */
  void released(long beforeIndex) {
    retained.release(beforeIndex);
    chain.retained(retained.firstLsn());
  }

  long checkpointLsn() {
    return checkpointLsn;
  }

  @Nullable Checkpoint checkpoint() {
    return checkpoint;
  }

  /**
   * Freezes rows and chain state as of now; returns the metadata that belongs to them.
   *
   * @param logIndex where the shard's log ends
   */
  byte[] freeze(long logIndex) {
    checkpoint = rows.beginCheckpoint();
    frozenLsn = chain.appliedLsn();
    return new RangeMetadata(chain, states, logIndex).encode();
  }

  /** The checkpoint is durable. */
  void checkpointComplete() {
    if (checkpoint != null) {
      checkpoint.complete();
      checkpoint = null;
    }
    checkpointLsn = frozenLsn;
  }

  void checkpointFailed() {
    if (checkpoint != null) {
      checkpoint.abandon();
      checkpoint = null;
    }
  }

  void close() {
    rows.close();
  }

  /** Reused for requests that are answered at once. */
  KeyBatch scratch() {
    return scratch;
  }
}
