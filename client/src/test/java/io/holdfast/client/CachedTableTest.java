package io.holdfast.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.Consistency;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CachedTableTest {
  private static final long[] KEYS = {1, 2, -1};
  private static final float[] ONES = {1, 1, 1};

  private final FakeCluster fake = new FakeCluster(1);
  private final Holdfast cluster = Holdfast.connect(fake.address(), Settings.quick());
  private final Job job = cluster.job("j");
  private final Worker worker = job.join(WorkerId.of(0, 2), Resume.FRESH);
  private final Worker other = job.join(WorkerId.of(1, 2), Resume.FRESH);

  @AfterEach
  void close() {
    cluster.close();
    fake.close();
  }

  private CachedTable open(TableSpec spec) {
    var unused = other.table("t", spec);
    return worker.table("t", spec).cached(CacheSettings.defaults());
  }

  private static TableSpec bounded(int staleness) {
    return TableSpec.sparse().ranges(2).staleness(staleness).build();
  }

  private int asked() {
    return fake.pulls().stream().mapToInt(Integer::intValue).sum();
  }

  private void tickBoth() {
    worker.tick().join();
    other.tick().join();
  }

  @Test
  void aPullWithinTheBoundIsAnsweredWithoutACall() {
    CachedTable table = open(bounded(2));
    other.table("t").push(KEYS, ONES).join();
    assertArrayEquals(ONES, table.pull(KEYS).join().floats());
    int calls = asked();
    other.table("t").push(KEYS, ONES).join();
    for (int clock = 0; clock <= 2; clock++) {
      var pulled = table.pull(new long[] {-1, 2});
      assertTrue(pulled.isDone());
      assertArrayEquals(new float[] {1, 1}, pulled.join().floats());
      assertEquals(0, pulled.join().minClock());
      tickBoth();
    }
    assertEquals(calls, asked());
    // Rows of clock 0 at clock 3 are beyond the bound.
    var pulled = table.pull(KEYS).join();
    assertArrayEquals(new float[] {2, 2, 2}, pulled.floats());
    assertEquals(3, pulled.minClock());
    assertTrue(asked() > calls);
    var seen = table.statistics();
    assertEquals(new CacheStatistics(6, 6, 5, 3, 0, 0, 3, seen.bytes()), seen);
    assertEquals(0.5, seen.hitShare());
  }

  @Test
  void onlyMissingRowsArePulled() {
    CachedTable table = open(bounded(2));
    table.pull(new long[] {1, 2}).join();
    int calls = asked();
    float[] into = new float[5];
    var rows = table.pull(KEYS, into).join();
    assertSame(into, rows.floats());
    assertEquals(3, rows.count());
    assertEquals(calls + 1, asked()); // of the other range alone
    assertEquals(2, table.statistics().hits());
  }

  @Test
  void theBoundThatCountsIsTheOneInForce() {
    CachedTable table = open(bounded(9));
    table.pull(KEYS).join();
    tickBoth();
    int calls = asked();
    table.pull(KEYS).join();
    assertEquals(calls, asked());
    table.setConsistency(Consistency.bounded(0));
    assertEquals(Consistency.bounded(0), table.consistency());
    table.pull(KEYS).join();
    assertTrue(asked() > calls);
  }

  @Test
  void aPullStatesWhatItNeedsByTheBoundThatIsKnown() {
    CachedTable table = open(bounded(1));
    tickBoth();
    tickBoth();
    table.pull(KEYS).join();
    assertEquals(1, fake.lastPull().getNeededClock());
    assertEquals(0, fake.lastPull().getConsistencyVersion());
    table.setConsistency(Consistency.bounded(0));
    table.clear();
    table.pull(KEYS).join();
    assertEquals(2, fake.lastPull().getNeededClock());
    assertEquals(1, fake.lastPull().getConsistencyVersion());
    // Ahead of its own tick.
    table.clear();
    table.announce(KEYS);
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> fake.lastPull().getNeededClock() == 3);
    table.setConsistency(Consistency.bounded(7));
    table.latest().pull(KEYS).join();
    assertEquals(0, fake.lastPull().getNeededClock());
    assertEquals(2, fake.lastPull().getConsistencyVersion());
  }

  @Test
  void aBoundThatSomebodyElseChangedIsHeardOf() {
    CachedTable table = open(bounded(9));
    try (Holdfast elsewhere = Holdfast.connect(fake.address(), Settings.quick())) {
      elsewhere.job("j").table("t").setConsistency(Consistency.bounded(1));
    }
    fake.mapChanged();
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> table.consistency().equals(Consistency.bounded(1)));
    assertEquals(Consistency.bounded(9), table.spec().consistency());
  }

  @Test
  void ownPushesAreSeen() {
    CachedTable sums = open(bounded(3));
    sums.pull(KEYS).join();
    int calls = asked();
    var push = sums.push(new long[] {2}, new float[] {5});
    assertArrayEquals(new float[] {0, 5, 0}, sums.pull(KEYS).join().floats());
    assertEquals(calls, asked());
    push.join();
    assertArrayEquals(
        new float[] {0, 6, 1},
        sums.pushPull(new long[] {1, 2, -1}, new float[] {0, 1, 1}).join().floats());
    assertArrayEquals(new float[] {0, 6, 1}, sums.pull(KEYS).join().floats());
  }

  @Test
  void underAnotherRuleTheyAreAskedOfTheServer() {
    CachedTable table =
        open(TableSpec.sparse().ranges(2).staleness(3).rule(Rules.sgd(0.1)).build());
    table.pull(KEYS).join();
    int calls = asked();
    table.push(new long[] {2}, new float[] {5}).join();
    // The fake's only rule is to add; what counts is that it was asked.
    assertArrayEquals(new float[] {0, 5, 0}, table.pull(KEYS).join().floats());
    assertEquals(calls + 1, asked());
  }

  @Test
  void aPushThatFailsIsNotSeenForLong() {
    CachedTable table = open(bounded(3));
    table.pull(KEYS).join();
    fake.refuse(1, ErrorCode.NOT_A_NUMBER);
    assertEquals(
        ErrorCode.NOT_A_NUMBER, Settings.failure(table.push(new long[] {2}, new float[] {5})));
    assertArrayEquals(new float[] {0, 0, 0}, table.pull(KEYS).join().floats());
    assertEquals(ErrorCode.WRONG_WIDTH, Settings.failure(table.push(KEYS, new float[2])));
    assertEquals(ErrorCode.WRONG_TYPE, Settings.failure(table.push(KEYS, new long[3])));
    assertEquals(ErrorCode.WRONG_TYPE, Settings.failure(table.pull(KEYS, new long[3])));
    assertEquals(ErrorCode.WRONG_WIDTH, Settings.failure(table.pull(KEYS, new float[2])));
  }

  @Test
  void rowsThatWereOnTheirWayDuringAPushAreAskedForAgain() {
    CachedTable table = open(bounded(3));
    fake.hush();
    var early = table.pull(KEYS);
    var push = table.push(new long[] {2}, new float[] {5});
    fake.speak();
    early.join();
    push.join();
    assertArrayEquals(new float[] {0, 5, 0}, table.pull(KEYS).join().floats());
  }

  @Test
  void announcedRowsAreThereInTheNextClockAndAPullWaitsForThem() {
    CachedTable table = open(bounded(0));
    fake.hush();
    table.announce(KEYS);
    table.announce(KEYS); // they are on their way
    var ticked = worker.tick();
    var pulled = table.pull(KEYS);
    assertFalse(pulled.isDone());
    int calls = asked();
    fake.speak();
    pulled.join();
    assertEquals(1, ticked.join());
    // The fake parks nobody: its answer was of clock 0, which is too old for clock 1.
    assertEquals(3, table.statistics().prefetched());
    assertTrue(asked() > calls);
  }

  @Test
  void announcedRowsAreNotPulledTwice() {
    CachedTable table = open(bounded(1));
    table.announce(KEYS);
    Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> table.statistics().rows() == 3);
    int calls = asked();
    tickBoth();
    assertTrue(table.pull(KEYS).isDone());
    table.announce(new long[0]);
    assertEquals(calls, asked());
  }

  @Test
  void whatGoesWrongWithAnnouncedRowsIsToldByThePullAlone() {
    CachedTable table = open(TableSpec.dense(10).staleness(1).build());
    table.announce(new long[] {3, 11});
    tickBoth();
    assertEquals(ErrorCode.KEY_OUT_OF_RANGE, Settings.failure(table.pull(new long[] {3, 11})));
    assertEquals(1, table.pull(new long[] {3}).join().count());
  }

  @Test
  void rowsOfAnEventualTableLastAsLongAsTheCallerSays() {
    var spec = TableSpec.sparse().consistency(Consistency.eventual()).build();
    var unused = other.table("e", spec);
    CachedTable table =
        worker.table("e", spec).cached(CacheSettings.defaults().withEventualStaleness(1));
    table.pull(KEYS).join();
    int calls = asked();
    worker.tick().join();
    table.pull(KEYS).join();
    assertEquals(calls, asked());
    worker.tick().join();
    table.pull(KEYS).join();
    assertTrue(asked() > calls);
  }

  @Test
  void rangesLatestPullsAndWholeTablesGoToTheServer() {
    CachedTable table = open(TableSpec.dense(10).staleness(1).build());
    table.pull(new long[] {1, 2}).join();
    int calls = asked();
    table.latest().pull(new long[] {1, 2}).join();
    table.pull(new KeyRange(1, 3)).join();
    table.pullAll().join();
    assertEquals(calls + 3, asked());
    assertEquals(1, fake.latestPulls());
    // And pushes of ranges are seen.
    table.push(new KeyRange(2, 4), new float[] {5, 6}).join();
    assertArrayEquals(new float[] {0, 5}, table.pull(new long[] {1, 2}).join().floats());
    table.clear();
    assertEquals(0, table.statistics().rows());
  }

  @Test
  void callsAfterOthersLookIntoTheCacheWhenTheyStart() {
    CachedTable table = open(bounded(1));
    var earlier = new CompletableFuture<Void>();
    CachedTable later = table.after(earlier);
    var pulled = later.pull(KEYS);
    var push = later.push(KEYS, ONES);
    assertFalse(pulled.isDone());
    var flushed = worker.flush();
    assertFalse(flushed.isDone());
    table.pull(KEYS).join();
    int calls = asked();
    earlier.complete(null);
    pulled.join();
    push.join();
    flushed.join();
    assertEquals(calls, asked());
    var failed =
        table.after(
            CompletableFuture.failedFuture(new HoldfastException(ErrorCode.CLOSED, "gone")));
    assertEquals(ErrorCode.CLOSED, Settings.failure(failed.pull(KEYS)));
    assertEquals(ErrorCode.CLOSED, Settings.failure(failed.push(KEYS, ONES)));
  }

  @Test
  void outsideAGroupThereIsNoClockToKeepRowsFor() {
    var table = job.table("t", bounded(1));
    assertEquals(
        ErrorCode.INVALID_ARGUMENT, Settings.failure(() -> table.cached(CacheSettings.defaults())));
  }

  /** Own pushes of several threads, with prefetches meanwhile, against what was pushed. */
  @Test
  void manyThreadsSeeTheirOwnPushes() throws Exception {
    CachedTable table = open(bounded(1_000_000));
    var failed = new AtomicBoolean();
    var threads = new Thread[4];
    for (int t = 0; t < threads.length; t++) {
      long key = t;
      threads[t] =
          new Thread(
              () -> {
                for (int i = 1; i <= 300; i++) {
                  if (i % 7 == 0) {
                    table.announce(new long[] {0, 1, 2, 3});
                  }
                  var unused = table.push(new long[] {key}, new float[] {1});
                  float seen = table.pull(new long[] {0, 1, 2, 3}).join().floats()[(int) key];
                  if (seen != i) {
                    failed.set(true);
                  }
                  if (i % 13 == 0) {
                    table.clear();
                  }
                }
              });
      threads[t].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertFalse(failed.get());
    assertTrue(table.statistics().hits() > 0);
  }
}
