package io.holdfast.replication.chain;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Which head gave which LSNs, as far back as is kept. One head gives all LSNs of an epoch, so two
 * logs that have the same epoch at an LSN agree up to it (rule P20).
 */
final class Boundaries {
  /** More epochs than this ago, logs are not compared; a replica so old is copied in full. */
  private static final int KEPT = 64;

  private static final int ENTRY_BYTES = 4 + 8;

  private final ArrayList<ChainMessage.Boundary> entries = new ArrayList<>();

  void add(int recordEpoch, long lsn) {
    if (entries.isEmpty() || entries.getLast().recordEpoch() != recordEpoch) {
      entries.add(new ChainMessage.Boundary(recordEpoch, lsn));
      if (entries.size() > KEPT) {
        entries.removeFirst();
      }
    }
  }

  /** Nothing is known but this. */
  void restart(int recordEpoch, long lsn) {
    entries.clear();
    add(recordEpoch, lsn);
  }

  /** Forgets what was said of this LSN and those after it. */
  void cut(long fromLsn) {
    while (!entries.isEmpty() && entries.getLast().firstLsn() >= fromLsn) {
      entries.removeLast();
    }
  }

  List<ChainMessage.Boundary> list() {
    return entries;
  }

  /** Epoch of the newest record; 0 where nothing is known. */
  int lastEpoch() {
    return entries.isEmpty() ? 0 : entries.getLast().recordEpoch();
  }

  /**
   * The last LSN at which this log and another agree.
   *
   * @param floor they are known to agree up to here
   */
  long agreement(long lastLsn, List<ChainMessage.Boundary> other, long otherLastLsn, long floor) {
    long lsn = Math.min(lastLsn, otherLastLsn);
    while (lsn > floor) {
      var mine = at(entries, lsn);
      var theirs = at(other, lsn);
      if (mine == null || theirs == null) {
        return floor;
      }
      if (mine.recordEpoch() == theirs.recordEpoch()) {
        return lsn;
      }
      lsn = (mine.recordEpoch() > theirs.recordEpoch() ? mine : theirs).firstLsn() - 1;
    }
    return floor;
  }

  /** Whether both logs are known at an LSN, and have it from different heads. */
  boolean differ(List<ChainMessage.Boundary> other, long lsn) {
    var mine = at(entries, lsn);
    var theirs = at(other, lsn);
    return mine != null && theirs != null && mine.recordEpoch() != theirs.recordEpoch();
  }

  private static ChainMessage.@org.jspecify.annotations.Nullable Boundary at(
      List<ChainMessage.Boundary> entries, long lsn) {
    for (int i = entries.size() - 1; i >= 0; i--) {
      if (entries.get(i).firstLsn() <= lsn) {
        return entries.get(i);
      }
    }
    return null;
  }

  int encodedBytes() {
    return 4 + entries.size() * ENTRY_BYTES;
  }

  /** Writes what concerns LSNs up to {@code lastLsn}. */
  void write(ByteBuffer target, long lastLsn) {
    int countAt = target.position();
    target.putInt(0);
    int count = 0;
    for (var entry : entries) {
      if (entry.firstLsn() <= lastLsn) {
        target.putInt(entry.recordEpoch()).putLong(entry.firstLsn());
        count++;
      }
    }
    target.putInt(countAt, count);
  }

  static Boundaries read(ByteBuffer source) {
    var read = new Boundaries();
    int count = source.getInt();
    for (int i = 0; i < count; i++) {
      read.entries.add(new ChainMessage.Boundary(source.getInt(), source.getLong()));
    }
    return read;
  }
}
