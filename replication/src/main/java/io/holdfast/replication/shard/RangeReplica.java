package io.holdfast.replication.shard;

import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.ElementType;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.UpdateContext;
import io.holdfast.replication.chain.ChainReplica;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.rows.Checkpoint;
import io.holdfast.store.rows.KeyBatch;
import io.holdfast.store.rows.RangeRows;
import io.holdfast.wire.Request;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * This node's replica of one range: its chain state, its rows, and the pulls that wait on it.
 * Belongs to the shard's thread.
 */
final class RangeReplica {
  private final RangeAssignment assignment;
  private final RangeRows rows;
  private final ChainReplica chain;
  private final SavedStates states;
  private final ClockBuffer buffered;
  private final KeyBatch scratch = new KeyBatch();
  private final List<ParkedRequest> parked = new ArrayList<>();
  private TableSpec spec;

  /** Index of the oldest record that no checkpoint holds; {@code Long.MAX_VALUE} for none. */
  private long firstUnsavedIndex = Long.MAX_VALUE;

  private @Nullable Checkpoint checkpoint;
  private long frozenLsn;
  private long frozenNextIndex;
  private long checkpointLsn;
  private @Nullable String quarantine;

  RangeReplica(RangeAssignment assignment, RangeRows rows, RangeMetadata metadata) {
    this.assignment = assignment;
    this.spec = assignment.spec();
    this.rows = rows;
    this.chain = metadata.chain();
    this.states = metadata.states();
    this.checkpointLsn = chain.committedLsn();
    this.buffered = new ClockBuffer(spec.width(), spec.element() == ElementType.FLOAT32);
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

  ChainReplica chain() {
    return chain;
  }

  SavedStates states() {
    return states;
  }

  RangeRows rows() {
    return rows;
  }

  List<ParkedRequest> parked() {
    return parked;
  }

  boolean commitsOnAppend() {
    return spec.durability() == Durability.MEMORY && !assignment.home();
  }

  void changeConsistency(Consistency changed) {
    spec = spec.withConsistency(changed);
  }

  /** The record is in the log: it counts for what is admitted next. */
  void logged(LogRecord record) {
    var header = record.header();
    chain.logged(header.lsn());
    firstUnsavedIndex = Math.min(firstUnsavedIndex, record.index());
    var clocks = chain.clocks();
    switch (header.type()) {
      case RecordType.JOIN ->
          clocks.joinLogged(header.worker(), header.incarnation(), header.clock());
      case RecordType.PUSH -> clocks.pushLogged(header.worker(), header.seq());
      case RecordType.TICK -> clocks.tickLogged(header.worker(), header.seq(), header.clock());
      case RecordType.LEAVE -> clocks.leaveLogged(header.worker());
      case RecordType.SAVE -> {}
      default -> throw new IllegalStateException("record of unknown type " + header.type());
    }
  }

  /** Applies a committed record: total, and the same on every replica (rule P4). */
  void commit(LogRecord record) {
    var header = record.header();
    chain.commit(header.lsn());
    var clocks = chain.clocks();
    switch (header.type()) {
      case RecordType.JOIN ->
          clocks.joinCommitted(
              header.worker(), header.incarnation(), header.clock(), record.payload().getInt(0));
      case RecordType.PUSH -> {
        clocks.pushCommitted(header.worker(), header.seq());
        applyPush(record);
      }
      case RecordType.TICK -> {
        clocks.tickCommitted(header.worker(), header.seq(), header.clock());
        endClocks(header.lsn());
      }
      case RecordType.LEAVE -> {
        clocks.leaveCommitted(header.worker());
        endClocks(header.lsn());
      }
      case RecordType.SAVE -> {
        byte[] state = new byte[record.payload().limit()];
        record.payload().get(0, state);
        states.save(header.worker(), header.clock(), state);
      }
      default -> throw new IllegalStateException("record of unknown type " + header.type());
    }
  }

  private void applyPush(LogRecord record) {
    var header = record.header();
    var payload = record.payload();
    if (waitsForClock(record)) {
      buffered.add(record);
    } else if (!isLate(record)) {
      PushPayload.readKeys(payload, scratch);
      if (scratch.count() == 0) {
        return;
      }
      int at = PushPayload.valuesAt(payload);
      rows.apply(
          scratch,
          payload.slice(at, PushPayload.valueBytes(payload)).order(payload.order()),
          context(header.lsn(), header.worker(), header.clock()));
    }
  }

  /** Whether a push of a sequential table's worker has to wait until its clock ends. */
  private boolean waitsForClock(LogRecord record) {
    return spec.consistency() instanceof Consistency.Sequential
        && record.header().worker() >= 0
        && record.header().clock() >= chain.completedClocks();
  }

  /** Whether its clock ended without it, as happens to backup workers. */
  private boolean isLate(LogRecord record) {
    return spec.consistency() instanceof Consistency.Sequential && record.header().worker() >= 0;
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
      int workers = chain.clocks().finished(clock + 1);
      var values = buffered.combine(clock, sequential.combine(), workers, scratch);
      if (scratch.count() > 0) {
        rows.apply(
            scratch,
            values,
            new UpdateContext(lsn, clock, 0, 1f, Math.max(1, chain.clocks().expectedWorkers())));
      }
      chain.completeClock();
    }
  }

  /**
   * A record met again while the log is replayed. What the checkpoint holds is skipped, but for
   * pushes of a sequential table whose clock had not ended then: those are in no row yet.
   */
  void replay(LogRecord record) {
    var header = record.header();
    if (header.lsn() <= chain.committedLsn()) {
      if (header.type() == RecordType.PUSH && waitsForClock(record)) {
        buffered.add(record);
        firstUnsavedIndex = Math.min(firstUnsavedIndex, record.index());
      }
      return;
    }
    if (header.lsn() != chain.nextLsn()) {
      throw new HoldfastException(
          ErrorCode.QUARANTINED,
          "range "
              + range()
              + ": the log goes on at record "
              + header.lsn()
              + " where "
              + chain.nextLsn()
              + " is due");
    }
    logged(record);
    commit(record);
  }

  /** The keys that {@link #replay} of a record will write to; none, where it will be skipped. */
  KeyBatch keysToReplay(LogRecord record) {
    scratch.setContiguous(0, 0);
    if (record.header().type() == RecordType.PUSH && record.header().lsn() > chain.committedLsn()) {
      PushPayload.readKeys(record.payload(), scratch);
    }
    return scratch;
  }

  /** Whether the pull's needs are in the committed state (rule P15). */
  boolean canAnswer(Request.Pull pull, int rank) {
    var clocks = chain.clocks();
    if (pull.ownSeq() > clocks.seq(rank)) {
      return false;
    }
    if (pull.anyClock() || pull.incarnation() == 0) {
      return true;
    }
    return switch (spec.consistency()) {
      case Consistency.Eventual e -> true;
      case Consistency.Bounded bounded -> clocks.minClock() >= pull.clock() - bounded.staleness();
      case Consistency.Sequential s -> chain.completedClocks() >= pull.clock();
    };
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

  long firstNeededIndex() {
    return Math.min(firstUnsavedIndex, buffered.oldestIndex());
  }

  long firstUnsavedIndex() {
    return firstUnsavedIndex;
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
   * @param nextIndex no record of this range that is not yet committed has a lower index
   * @param logIndex where the shard's log ends
   */
  byte[] freeze(long nextIndex, long logIndex) {
    checkpoint = rows.beginCheckpoint();
    frozenLsn = chain.committedLsn();
    frozenNextIndex = nextIndex;
    return new RangeMetadata(chain, states, logIndex).encode();
  }

  /** The checkpoint is durable. */
  void checkpointComplete() {
    if (checkpoint != null) {
      checkpoint.complete();
      checkpoint = null;
    }
    checkpointLsn = frozenLsn;
    firstUnsavedIndex = chain.lastLsn() > frozenLsn ? frozenNextIndex : Long.MAX_VALUE;
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

  /** For tests and status. */
  ByteBuffer chainState() {
    return chain.write();
  }
}
