package io.holdfast.it.sim;

import java.util.ArrayList;

/** The records of one range that a log holds, by LSN, less those that were dropped. */
final class RangeLog {
  private final ArrayList<LogEntry> entries = new ArrayList<>();
  private long first = 1;

  /** First LSN that is held, or will be. */
  long first() {
    return first;
  }

  long last() {
    return first + entries.size() - 1;
  }

  boolean holds(long lsn) {
    return lsn >= first && lsn <= last();
  }

  LogEntry get(long lsn) {
    return entries.get((int) (lsn - first));
  }

  void add(LogEntry entry) {
    if (entries.isEmpty()) {
      first = entry.header().lsn();
    } else if (entry.header().lsn() != last() + 1) {
      throw new IllegalStateException(entry.header().lsn() + " after " + last());
    }
    entries.add(entry);
  }

  /** Drops what comes after an LSN. */
  void keepTo(long lsn) {
    while (!entries.isEmpty() && last() > lsn) {
      entries.removeLast();
    }
  }

  /** Forgets all; the next record is to be this LSN's. */
  void restart(long next) {
    entries.clear();
    first = next;
  }

  /** Forgets what stands before a place in the log. */
  void forgetBefore(long index) {
    int gone = 0;
    while (gone < entries.size() && entries.get(gone).index() < index) {
      gone++;
    }
    if (gone > 0) {
      entries.subList(0, gone).clear();
      first += gone;
    }
  }
}
