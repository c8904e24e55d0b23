package io.holdfast.it.sim;

import io.holdfast.replication.chain.Roster;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.TreeMap;

/** What a range has become, as the first replica that applied each record made it. */
final class RangeHistory {
  /** A record of a range, and the state after it. */
  record Step(int op, int worker, int incarnation, long seq, long digest, long clocksDigest) {}

  /** Versions of the roster, by the LSN that brought them. */
  final TreeMap<Long, Roster> rosters = new TreeMap<>();

  final ArrayList<Step> steps = new ArrayList<>();

  /** By worker and seq: its LSN. */
  private final long[][] seqs;

  /** By worker and clock: the LSN of the tick. */
  private final long[][] ticks;

  /** By epoch: who gives LSNs, as process and incarnation. */
  private long[] writers = new long[16];

  final long[] lastSeq;
  final int[] lastClock;
  long acknowledgedLsn;

  /** Clocks that have ended. */
  int ended;

  RangeHistory(int workers) {
    seqs = new long[workers][64];
    ticks = new long[workers][32];
    lastSeq = new long[workers];
    lastClock = new int[workers];
  }

  long lsn() {
    return steps.size();
  }

  Step at(long lsn) {
    return steps.get((int) lsn - 1);
  }

  void took(int worker, long seq, long lsn) {
    if (seq >= seqs[worker].length) {
      seqs[worker] = Arrays.copyOf(seqs[worker], (int) (2 * seq));
    }
    seqs[worker][(int) seq] = lsn;
  }

  /** LSN of a worker's record; 0 where the range does not have it. */
  long lsnOf(int worker, long seq) {
    return seq < seqs[worker].length ? seqs[worker][(int) seq] : 0;
  }

  void ticked(int worker, int clock, long lsn) {
    while (clock >= ticks[worker].length) {
      ticks[worker] = Arrays.copyOf(ticks[worker], 2 * ticks[worker].length);
    }
    ticks[worker][clock] = lsn;
  }

  /** The range counts a worker's clocks up to here as finished. */
  void reached(int worker, int clock, long lsn) {
    for (int c = lastClock[worker] + 1; c <= clock; c++) {
      ticked(worker, c, lsn);
    }
    lastClock[worker] = Math.max(lastClock[worker], clock);
  }

  /** The roster that the state after a record had. */
  Roster rosterAt(long lsn) {
    var entry = rosters.floorEntry(lsn);
    return entry == null ? Roster.NONE : entry.getValue();
  }

  long lsnOfTick(int worker, int clock) {
    return clock < ticks[worker].length ? ticks[worker][clock] : 0;
  }

  /** The writer of an epoch, who is this one if nobody was before. */
  long writer(int epoch, long candidate) {
    if (epoch >= writers.length) {
      writers = Arrays.copyOf(writers, 2 * epoch);
    }
    if (writers[epoch] == 0) {
      writers[epoch] = candidate;
    }
    return writers[epoch];
  }
}
