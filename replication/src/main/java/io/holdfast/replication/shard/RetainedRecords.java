package io.holdfast.replication.shard;

import io.holdfast.store.log.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * References to a range's records that are still in the log, by LSN, without a gap: those that are
 * to be applied or forwarded, and older ones that a replica which comes back may ask for.
 */
final class RetainedRecords {
  private @Nullable LogRecord[] ring = new @Nullable LogRecord[16];
  private int head;
  private int count;
  private long firstLsn = 1;

  /** LSN of the first record held, or of the next to be added where there is none. */
  long firstLsn() {
    return firstLsn;
  }

  long lastLsn() {
    return firstLsn + count - 1;
  }

  /** Adds the next; one that does not follow on the last begins anew. */
  void add(LogRecord record) {
    long lsn = record.header().lsn();
    if (count == 0 || lsn != lastLsn() + 1) {
      clear(lsn);
    }
    if (count == ring.length) {
      grow();
    }
    ring[(head + count++) & (ring.length - 1)] = record;
  }

  private void grow() {
    var larger = new @Nullable LogRecord[ring.length * 2];
    for (int i = 0; i < count; i++) {
      larger[i] = ring[(head + i) & (ring.length - 1)];
    }
    ring = larger;
    head = 0;
  }

  /** The record with this LSN, null where it is not held. */
  @Nullable LogRecord get(long lsn) {
    return lsn < firstLsn || lsn > lastLsn()
        ? null
        : ring[(head + (int) (lsn - firstLsn)) & (ring.length - 1)];
  }

  /**
   * Index in the log of the first record held from this LSN on; {@code Long.MAX_VALUE} for none.
   */
  long indexFrom(long lsn) {
    var record = get(Math.max(lsn, firstLsn));
    return record == null ? Long.MAX_VALUE : record.index();
  }

  /** Forgets records from this LSN on. */
  void cut(long fromLsn) {
    while (count > 0 && lastLsn() >= fromLsn) {
      ring[(head + --count) & (ring.length - 1)] = null;
    }
  }

  /** Forgets all; the next one has this LSN. */
  void clear(long nextLsn) {
    java.util.Arrays.fill(ring, null);
    head = 0;
    count = 0;
    firstLsn = nextLsn;
  }

  /** Forgets records before an index of the log, which are let go there. */
  void release(long beforeIndex) {
    for (LogRecord first; count > 0; head = (head + 1) & (ring.length - 1), count--, firstLsn++) {
      first = ring[head];
      if (first == null || first.index() >= beforeIndex) {
        return;
      }
      ring[head] = null;
    }
  }
}
