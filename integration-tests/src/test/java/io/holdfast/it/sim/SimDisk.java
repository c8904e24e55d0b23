package io.holdfast.it.sim;

import io.holdfast.replication.chain.RecordType;
import io.holdfast.store.log.RecordHeader;
import java.util.ArrayList;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A node's disk: a log that its ranges share, whose end is not yet synced, and a checkpoint for
 * each range. It outlives the process.
 */
final class SimDisk {
  /** The rows of a range and its chain's state as of an LSN. Durable as a whole. */
  record Checkpoint(long lsn, byte[] state, Rows rows) {}

  final String storeId;
  private final ArrayList<LogEntry> log = new ArrayList<>();
  private final RangeLog[] ranges;
  private final @Nullable Checkpoint[] checkpoints;
  private final boolean[] unusable;
  private final boolean[] damaged;
  private long next;
  private long synced;
  private boolean full;

  SimDisk(String storeId, int ranges) {
    this.storeId = storeId;
    this.ranges = new RangeLog[ranges];
    Arrays.setAll(this.ranges, i -> new RangeLog());
    this.checkpoints = new Checkpoint[ranges];
    this.unusable = new boolean[ranges];
    this.damaged = new boolean[ranges];
  }

  RangeLog range(int range) {
    return ranges[range];
  }

  @Nullable Checkpoint checkpoint(int range) {
    return checkpoints[range];
  }

  void checkpoint(int range, Checkpoint checkpoint) {
    checkpoints[range] = checkpoint;
  }

  /** Half copied, or damaged: what is there of the range must not lead (P22, P23). */
  boolean isUnusable(int range) {
    return unusable[range] || damaged[range];
  }

  void usable(int range) {
    unusable[range] = false;
  }

  boolean isDamaged(int range) {
    return damaged[range];
  }

  boolean isFull() {
    return full;
  }

  void full(boolean isFull) {
    full = isFull;
  }

  long next() {
    return next;
  }

  long synced() {
    return synced;
  }

  boolean isSynced(LogEntry entry) {
    return entry.index() < synced;
  }

  LogEntry append(RecordHeader header, int op) {
    var entry = new LogEntry(next++, header, op);
    log.add(entry);
    ranges[header.range()].add(entry);
    return entry;
  }

  /** Notes that what came after the LSN was dropped. */
  void cut(int range, long lastKept) {
    log.add(new LogEntry(next++, note(RecordType.CUT, range, lastKept), 0));
    ranges[range].keepTo(lastKept);
  }

  /** The range's rows are void: a copy begins to come in. */
  void wipe(int range) {
    unusable[range] = true;
    damaged[range] = false;
    checkpoints[range] = null;
    install(range, 0);
  }

  /** Notes that all before is void, and the range goes on from a checkpoint as of an LSN. */
  void install(int range, long lsn) {
    log.add(new LogEntry(next++, note(RecordType.INSTALL, range, lsn), 0));
    ranges[range].restart(lsn + 1);
  }

  private static RecordHeader note(byte type, int range, long lsn) {
    return new RecordHeader(type, (byte) 0, range, 0, lsn, 0, 0, 0, 0);
  }

  /** All before this place is on the disk. */
  void syncedTo(long index) {
    synced = Math.max(synced, index);
  }

  /** Lets the log go before a place. */
  void release(long before) {
    int gone = 0;
    while (gone < log.size() && log.get(gone).index() < before) {
      gone++;
    }
    log.subList(0, gone).clear();
    for (var range : ranges) {
      range.forgetBefore(before);
    }
  }

  /** What was not synced is lost from some place on. */
  void lose(World world) {
    next = world.between(Math.min(synced, next), next);
    while (!log.isEmpty() && log.getLast().index() >= next) {
      log.removeLast();
    }
    rebuild();
  }

  /** A bit of a record flips; found when the log is read (P23). False where there is none. */
  boolean damage(int range) {
    if (ranges[range].last() < ranges[range].first()) {
      return false;
    }
    damaged[range] = true;
    return true;
  }

  /** What the log says of each range, read from its start. */
  private void rebuild() {
    long from = log.isEmpty() ? next : log.getFirst().index();
    for (var range : ranges) {
      range.restart(1);
    }
    for (var entry : log) {
      var header = entry.header();
      var range = ranges[header.range()];
      switch (header.type()) {
        case RecordType.CUT -> range.keepTo(header.lsn());
        case RecordType.INSTALL -> range.restart(header.lsn() + 1);
        default -> range.add(entry);
      }
    }
    synced = Math.max(from, Math.min(synced, next));
  }

  /** The log as a starting process reads it. */
  Iterable<LogEntry> log() {
    return log;
  }

  /**
   * Whether a record would survive whatever happens to the machine; where {@code memory}, to the
   * process.
   */
  boolean durablyHolds(int range, long lsn, int op, boolean memory) {
    var checkpoint = checkpoints[range];
    if (checkpoint != null && checkpoint.lsn() >= lsn) {
      return true;
    }
    var entries = ranges[range];
    return entries.holds(lsn)
        && (memory || isSynced(entries.get(lsn)))
        && entries.get(lsn).op() == op;
  }
}
