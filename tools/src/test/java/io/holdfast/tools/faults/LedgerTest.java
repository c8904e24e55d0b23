package io.holdfast.tools.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class LedgerTest {
  private final Counters counters = new Counters(2, 3, 4, 1);
  private final Ledger ledger = new Ledger(counters);
  private final long[] keys = counters.keys();

  @Test
  void everyKeyBelongsToOneWorkerAndOneLane() {
    for (int lane = 0; lane < 3; lane++) {
      for (int worker = 0; worker < 2; worker++) {
        for (int counter = 0; counter < 4; counter++) {
          int key = counters.key(worker, lane, counter);
          assertEquals(lane, counters.lane(key));
          assertEquals(worker, counters.worker(key));
        }
      }
      assertEquals(8, counters.keys(lane).length);
    }
    assertEquals(24, counters.rows());
  }

  private void acknowledged(int key, int times) {
    for (int i = 0; i < times; i++) {
      ledger.made(key);
      ledger.acknowledged(key);
    }
  }

  @Test
  void anAcknowledgedPushThatIsMissingIsLostAndCountedOnce() {
    acknowledged(5, 3);
    long[] values = new long[24];
    values[5] = 2;
    assertEquals(new Ledger.Wrong(1, 0), ledger.reconcile(values));
    assertEquals(new Ledger.Wrong(0, 0), ledger.reconcile(values));
  }

  @Test
  void aPushWithoutAnAnswerMayBeInOnceButNotTwice() {
    ledger.made(7);
    ledger.unanswered(7);
    long[] values = new long[24];
    assertEquals(new Ledger.Wrong(0, 0), ledger.reconcile(values));
    values[7] = 1;
    assertEquals(new Ledger.Wrong(0, 0), ledger.reconcile(values));
    values[7] = 2;
    assertEquals(new Ledger.Wrong(0, 1), ledger.reconcile(values));
  }

  @Test
  void aLatestPullWithoutWhatWasAcknowledgedBeforeItIsStale() {
    acknowledged(0, 2);
    long[] floor = ledger.floor();
    acknowledged(0, 1);
    long[] values = new long[24];
    values[0] = 2;
    ledger.judgeLatest(keys, values, floor);
    assertEquals(0, ledger.stalePulls());
    values[0] = 1;
    ledger.judgeLatest(keys, values, floor);
    assertEquals(1, ledger.stalePulls());
  }

  @Test
  void aBoundedPullMustHaveWhatTheOthersPushedUpToItsBound() {
    int others = counters.key(1, 0, 0);
    acknowledged(others, 1);
    ledger.clockEnds(1, 1);
    acknowledged(others, 1);
    ledger.clockEnds(1, 2);
    long[] values = new long[24];
    // At clock 1 with a staleness of 1 nothing is owed, at clock 2 the other's first clock, ...
    ledger.judgeBounded(0, 1, keys, values, ledger.floor());
    assertEquals(0, ledger.stalePulls());
    ledger.judgeBounded(0, 2, keys, values, ledger.floor());
    assertEquals(1, ledger.stalePulls());
    values[others] = 1;
    ledger.judgeBounded(0, 2, keys, values, ledger.floor());
    assertEquals(1, ledger.stalePulls());
    ledger.judgeBounded(0, 3, keys, values, ledger.floor());
    assertEquals(2, ledger.stalePulls());
    // ... and an answer before the other has ended the clock in question is wrong whatever it says.
    ledger.judgeBounded(0, 4, keys, new long[24], ledger.floor());
    assertEquals(3, ledger.stalePulls());
  }

  @Test
  void aWorkerSeesItsOwnPushes() {
    acknowledged(counters.key(0, 2, 1), 1);
    ledger.judgeBounded(0, 0, keys, new long[24], ledger.floor());
    assertEquals(1, ledger.stalePulls());
  }
}
