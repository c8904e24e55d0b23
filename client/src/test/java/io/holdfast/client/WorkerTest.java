package io.holdfast.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkerTest {
  private static final long[] KEYS = {1, -1};
  private static final float[] ONES = {1, 1};

  private final FakeCluster fake = new FakeCluster(1);
  private final Holdfast cluster = Holdfast.connect(fake.address(), Settings.quick());

  @AfterEach
  void close() {
    cluster.close();
    fake.close();
  }

  private Worker join(Resume resume) {
    return cluster.job("j").join(WorkerId.of(3, 4), resume);
  }

  private static Table table(Worker worker) {
    return worker.table("t", TableSpec.sparse().ranges(2).build());
  }

  @Test
  void aWorkerThatResumesRepeatsItsPushesUnderTheirSeqs() {
    Worker worker = join(Resume.IF_SAVED);
    assertEquals(1, worker.incarnation());
    assertTrue(worker.savedState().isEmpty());
    Table table = table(worker);
    table.push(KEYS, ONES).join();
    assertEquals(1, worker.tick(new byte[] {7}).join());
    table.push(KEYS, ONES).join();
    table.push(KEYS, ONES).join();
    assertEquals(2, worker.tick().join()); // saves nothing

    Worker again = join(Resume.IF_SAVED);
    assertEquals(2, again.incarnation());
    assertEquals(1, again.clock());
    assertArrayEquals(new byte[] {7}, again.savedState().orElseThrow());
    Table resumed = table(again);
    assertEquals(new PushReceipt(2, 2), resumed.push(KEYS, ONES).join());
    assertEquals(new PushReceipt(2, 2), resumed.push(KEYS, ONES).join());
    assertEquals(2, again.tick(new byte[] {8}).join());
    assertEquals(new PushReceipt(2, 0), resumed.push(KEYS, ONES).join());
    assertArrayEquals(new float[] {4, 4}, resumed.pull(KEYS).join().floats());
    assertEquals(ErrorCode.STALE_INCARNATION, Settings.failure(table.push(KEYS, ONES)));
    assertEquals(ErrorCode.STALE_INCARNATION, Settings.failure(table.pull(KEYS)));
    assertEquals(ErrorCode.STALE_INCARNATION, Settings.failure(worker.tick()));
  }

  @Test
  void aFreshWorkerGoesOnBehindWhatItsRankPushed() {
    Worker worker = join(Resume.FRESH);
    Table table = table(worker);
    table.push(KEYS, ONES).join();
    worker.tick(new byte[] {7}).join();
    worker.tick().join();
    Worker fresh = join(Resume.FRESH);
    assertTrue(fresh.savedState().isEmpty());
    Table again = table(fresh);
    assertEquals(2, fresh.clock());
    assertEquals(new PushReceipt(2, 0), again.push(KEYS, ONES).join());
    assertEquals(3, fresh.tick().join());
  }

  @Test
  void ticksInARowAreSavedInTheOrderOfTheirClocks() {
    Worker worker = join(Resume.FRESH);
    Table table = table(worker);
    fake.shuffle();
    var ticks = new ArrayList<CompletableFuture<Integer>>();
    for (int i = 1; i <= 40; i++) {
      var push = table.push(KEYS, ONES);
      assertFalse(push.isCancelled());
      ticks.add(worker.tick(new byte[] {(byte) i}));
      assertEquals(i, worker.clock());
    }
    for (int i = 1; i <= 40; i++) {
      assertEquals(i, ticks.get(i - 1).join());
    }
    assertEquals(40, fake.home().member(3).savedClock);
    assertEquals(40, fake.range("t", 0).member(3).clock);
    assertArrayEquals(new byte[] {40}, join(Resume.IF_SAVED).savedState().orElseThrow());
  }

  @Test
  void aPlaceThatNoGroupHasIsRefusedWithATypedError() {
    for (int[] place :
        new int[][] {{0, 0}, {0, -1}, {4, 4}, {-1, 4}, {0, WorkerId.MAX_GROUP + 1}}) {
      var error = assertThrows(HoldfastException.class, () -> WorkerId.of(place[0], place[1]));
      assertEquals(ErrorCode.INVALID_ARGUMENT, error.code());
    }
  }

  @Test
  void flushWaitsForPushesAndTellsOfOneThatFailed() {
    Worker worker = join(Resume.FRESH);
    Table table = table(worker);
    fake.hush();
    var push = table.push(KEYS, ONES);
    var flushed = worker.flush();
    assertFalse(flushed.isDone());
    fake.speak();
    flushed.join();
    assertTrue(push.isDone());
    var bad = table.push(KEYS, new float[] {Float.NaN, 1});
    assertEquals(ErrorCode.NOT_A_NUMBER, Settings.failure(worker.flush()));
    assertTrue(bad.isCompletedExceptionally());
    worker.flush().join();
  }

  @Test
  void leavingIsToldToEveryRange() {
    Worker worker = join(Resume.FRESH);
    Table table = table(worker);
    var push = table.push(KEYS, ONES);
    worker.leave().join();
    assertTrue(push.isDone());
    assertTrue(fake.range("t", 0).member(3).left);
    assertTrue(fake.range("t", 1).member(3).left);
    assertTrue(fake.home().member(3).left);
    assertEquals(ErrorCode.CLOSED, Settings.failure(table.push(KEYS, ONES)));
  }

  @Test
  void closeWaitsForCallsInFlight() {
    Worker worker = join(Resume.FRESH);
    Table table = table(worker);
    var pushes = new ArrayList<CompletableFuture<PushReceipt>>();
    for (int i = 0; i < 100; i++) {
      pushes.add(table.push(KEYS, ONES));
    }
    worker.close();
    pushes.forEach(CompletableFuture::join);
    assertFalse(fake.home().member(3).left);
  }

  @Test
  void aTableOpenedTwiceHasOneSequenceOfPushes() {
    Worker worker = join(Resume.FRESH);
    Table one = table(worker);
    Table two = worker.table("t");
    one.push(KEYS, ONES).join();
    assertEquals(new PushReceipt(2, 0), two.push(KEYS, ONES).join());
    assertEquals(new PushReceipt(2, 0), one.push(KEYS, ONES).join());
  }

  @Test
  void savedStatesComeBackAndStrangersAreRefused() {
    var held = Map.of(7, new byte[] {4, 5});
    var state = new SavedState(5, Map.of(1, 2L, 77, 1L << 40), held, new byte[] {1, 2, 3});
    SavedState back = SavedState.decode(state.encode());
    assertArrayEquals(held.get(7), back.held().get(7));
    assertEquals(5, back.clock());
    assertEquals(state.seqs(), back.seqs());
    assertArrayEquals(state.state(), back.state());
    for (byte[] strange :
        new byte[][] {
          {},
          {9, 0, 0, 0, 0, 0, 0, 0, 0},
          {1, 0},
          {1, 0, 0, 0, 0, -1, -1, -1, 127},
          {2, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0}
        }) {
      assertEquals(ErrorCode.INVALID_ARGUMENT, Settings.failure(() -> SavedState.decode(strange)));
    }
    Worker worker = join(Resume.FRESH);
    assertEquals(
        ErrorCode.LIMIT_EXCEEDED,
        Settings.failure(worker.tick(new byte[SavedState.MAX_BYTES + 1])));
  }
}
