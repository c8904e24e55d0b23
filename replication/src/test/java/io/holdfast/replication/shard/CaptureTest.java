package io.holdfast.replication.shard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.Consistency;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import io.holdfast.wire.OutboundRequest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings({
  "NullAway.Init",
  "FutureReturnValueIgnored" // none is: what is awaited holds the future that is then used
})
class CaptureTest {
  private static final long[] ONE = {1};
  private static final int HOME = ShardFixture.HOME;
  private static final int RANGE = ShardFixture.RANGE;

  @TempDir Path directory;
  private ShardFixture fixture;

  private ShardFixture.Client start(TableSpec.Builder spec) {
    fixture = new ShardFixture(directory, spec.build());
    return fixture.client(0);
  }

  @AfterEach
  void close() {
    int open = fixture.store.images.get();
    fixture.close();
    assertNull(fixture.broken.get());
    assertEquals(0, open, "images that nobody closed");
  }

  private CompletableFuture<RangeCapture> ask(int range, @Nullable Integer clock, boolean image) {
    return fixture.shard.ask(shard -> shard.capture(new CaptureWish(range, clock, image))).join();
  }

  private static RangeCapture taken(CompletableFuture<RangeCapture> capture) {
    return capture.orTimeout(10, TimeUnit.SECONDS).join();
  }

  private static float value(RangeCapture capture, long key) {
    return assertInstanceOf(MemoryRowStore.MemoryImage.class, capture.image())
        .value(capture.range(), key);
  }

  private static CapturedState state(RangeCapture capture) {
    return CapturedState.of(
        assertInstanceOf(MemoryRowStore.MemoryImage.class, capture.image())
            .metadata(capture.range())
            .orElseThrow());
  }

  private static ErrorCode refusal(CompletableFuture<RangeCapture> capture) {
    var thrown = assertThrows(CompletionException.class, () -> taken(capture));
    return assertInstanceOf(HoldfastException.class, thrown.getCause()).code();
  }

  private static TableSpec.Builder sequential() {
    return TableSpec.dense(1_000)
        .consistency(new Consistency.Sequential(Consistency.Combine.SUM, 0));
  }

  @Test
  void atOnceHasAllThatWasAcknowledged() {
    var client = start(TableSpec.dense(1_000));
    int life = client.join(1, 0);
    for (int seq = 1; seq <= 20; seq++) {
      client.push(life, seq, 0, ONE, 1).pushed();
    }
    try (var capture = taken(ask(RANGE, null, true))) {
      var state = state(capture);
      assertEquals(20, value(capture, 1));
      assertEquals(capture.lsn(), state.lsn());
      assertEquals(20, state.workers().getFirst().seq());
      assertEquals(ShardFixture.EPOCH, state.recordEpoch());
      client.push(life, 21, 0, ONE, 1).pushed();
      assertEquals(20, value(capture, 1));
    }
    // Nothing has changed since this one: no other checkpoint is made of it.
    try (var again = taken(ask(RANGE, null, false))) {
      long before = fixture.shard.ask(Shard::counters).join().checkpoints();
      try (var same = taken(ask(RANGE, null, false))) {
        assertEquals(again.lsn(), same.lsn());
      }
      assertEquals(before, fixture.shard.ask(Shard::counters).join().checkpoints());
    }
  }

  @Test
  void atAClockASequentialTableHasTheClocksBeforeAndNoneAfter() {
    var one = start(sequential());
    fixture.store.eager = true; // other checkpoints come all the time
    var two = fixture.client(1);
    int first = one.join(2, 0);
    int second = two.join(2, 0);
    var waiting = ask(RANGE, 3, true);
    for (int clock = 0; clock < 6; clock++) {
      one.push(first, 2 * clock + 1, clock, ONE, 1).pushed();
      two.push(second, 2 * clock + 1, clock, ONE, 10).pushed();
      one.tick(first, 2 * clock + 2, clock + 1);
      two.tick(second, 2 * clock + 2, clock + 1);
    }
    try (var capture = taken(waiting)) {
      assertEquals(33, value(capture, 1));
      assertEquals(3, state(capture).appliedClocks());
    }
    assertArrayEquals(new float[] {66}, one.pull(1));
    assertEquals(ErrorCode.INVALID_CLOCK, refusal(ask(RANGE, 5, true)));
    try (var now = taken(ask(RANGE, 6, true))) {
      assertEquals(66, value(now, 1));
    }
  }

  @Test
  void atAClockAnotherTableIsFrozenWhenTheSlowestWorkerReachesIt() {
    var fast = start(TableSpec.dense(1_000).staleness(8));
    var slow = fixture.client(1);
    int fastLife = fast.join(2, 0);
    int slowLife = slow.join(2, 0);
    var waiting = ask(RANGE, 1, true);
    fast.push(fastLife, 1, 0, ONE, 1).pushed();
    fast.tick(fastLife, 2, 1);
    fast.push(fastLife, 3, 1, ONE, 1).pushed();
    assertFalse(waiting.isDone());
    long tick = slow.send(new OutboundRequest.Tick(slow.header(RANGE), slowLife, 1, 1));
    long push = slow.send(slow.pushRequest(slowLife, 2, 1, ONE, 100));
    slow.answer(tick);
    slow.answer(push).pushed();
    try (var capture = taken(waiting)) {
      assertEquals(2, value(capture, 1), "the slow worker's push came after its tick");
      assertEquals(1, state(capture).minClock());
    }
    assertArrayEquals(new float[] {102}, fast.pull(1));
  }

  @Test
  void theRowsStandStillUntilTheyAreFrozen() throws InterruptedException {
    var client = start(TableSpec.dense(1_000));
    int life = client.join(1, 0);
    client.push(life, 1, 0, ONE, 1).pushed();
    var block = new CountDownLatch(1);
    fixture.checkpoints.execute(
        () -> {
          try {
            block.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    var busy = ask(HOME, null, true); // its checkpoint cannot be written yet
    var waiting = ask(RANGE, 1, true);
    client.tick(life, 2, 1);
    long push = client.send(client.pushRequest(life, 3, 1, ONE, 10));
    Awaitility.await("the push to be durable").until(this::isAllDurable);
    assertArrayEquals(new float[] {1}, client.pull(1));
    assertFalse(client.isAnswered(push));
    var atOnce = ask(RANGE, null, true);
    block.countDown();
    taken(busy).close();
    client.answer(push).pushed();
    try (var capture = taken(waiting)) {
      assertEquals(1, value(capture, 1));
    }
    try (var capture = taken(atOnce)) {
      assertEquals(11, value(capture, 1), "all that was in the log when it was asked");
    }
    assertArrayEquals(new float[] {11}, client.pull(1));
  }

  @Test
  void heldPushesComeAlongAndTheirLogIsKept() {
    var one = start(sequential());
    var two = fixture.client(1);
    int first = one.join(2, 0);
    int second = two.join(2, 0);
    one.push(first, 1, 0, ONE, 7).pushed();
    two.push(second, 1, 0, ONE, 9).pushed();
    try (var capture = taken(ask(RANGE, null, true))) {
      one.tick(first, 2, 1);
      two.tick(second, 2, 1);
      assertArrayEquals(new float[] {16}, one.pull(1));
      checkpoint();
      assertTrue(neededLogBytes() > 0, "the log of what was held");
      assertEquals(0, value(capture, 1));
      assertEquals(2, capture.heldCount());
      int bytes = 0;
      for (int i = 0; i < 2; i++) {
        bytes += HeldRecords.LENGTH_BYTES + capture.held(i).remaining();
      }
      var object = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < 2; i++) {
        object.putInt(capture.held(i).remaining()).put(capture.held(i));
      }
      var held = HeldRecords.read(99, object.flip());
      assertEquals(2, held.size());
      assertEquals(99, held.getFirst().header().range());
      assertEquals(1, held.getLast().header().worker());
      assertEquals(second, held.getLast().header().incarnation());
      assertThrows(
          IllegalArgumentException.class,
          () -> HeldRecords.read(99, object.limit(object.limit() - 1)));
    }
    Awaitility.await("the log to be let go").until(() -> neededLogBytes() == 0);
  }

  private void checkpoint() {
    taken(ask(HOME, null, false)).close();
    taken(ask(RANGE, null, false)).close();
  }

  private boolean isAllDurable() {
    var counters = fixture.shard.ask(Shard::counters).join();
    return counters.lastIndex() == counters.durableIndex();
  }

  private long neededLogBytes() {
    return fixture.shard.ask(Shard::counters).join().replayBytes();
  }

  private static void save(ShardFixture.Client client, int life, int clock) {
    client.ask(
        new OutboundRequest.Save(client.header(HOME), life, clock, new byte[] {(byte) clock}));
  }

  @Test
  void atAClockAHomeRangeHasNoLaterStateAndCanBeToldToWaitNoLonger() {
    var client = start(TableSpec.dense(1_000));
    int life = client.join(1, 0);
    save(client, life, 1);
    var waiting = ask(HOME, 2, true);
    save(client, life, 2);
    assertFalse(waiting.isDone());
    save(client, life, 3);
    try (var capture = taken(waiting)) {
      assertEquals(2, state(capture).saved().getFirst().clock());
      assertArrayEquals(new byte[] {2}, state(capture).saved().getFirst().state());
    }
    assertEquals(ErrorCode.INVALID_CLOCK, refusal(ask(HOME, 2, true)));
    var hurried = ask(HOME, 9, true);
    assertFalse(hurried.isDone());
    fixture
        .shard
        .ask(
            shard -> {
              shard.hurryCaptures(HOME);
              return true;
            })
        .join();
    try (var capture = taken(hurried)) {
      assertEquals(3, state(capture).saved().getFirst().clock());
    }
  }

  @Test
  void whatFailsOrIsCalledOffHoldsNothingUp() {
    var client = start(TableSpec.dense(1_000));
    int life = client.join(1, 0);
    client.push(life, 1, 0, ONE, 1).pushed();
    fixture.store.failing = true;
    assertEquals(ErrorCode.DISK_FULL, refusal(ask(RANGE, null, true)));
    fixture.store.failing = false;
    var off = ask(RANGE, 1, true);
    off.cancel(false);
    client.tick(life, 2, 1);
    client.push(life, 3, 1, ONE, 1).pushed();
    assertArrayEquals(new float[] {2}, client.pull(1));
    var unwanted = ask(RANGE, null, true);
    unwanted.cancel(false);
    try (var capture = taken(ask(RANGE, null, true))) {
      assertEquals(2, value(capture, 1));
    }
    var waiting = ask(RANGE, 5, true);
    fixture.shard.ask(shard -> shard.dropRange(RANGE)).join().join();
    assertEquals(ErrorCode.UNKNOWN_RANGE, refusal(waiting));
    assertEquals(
        ErrorCode.UNKNOWN_RANGE,
        assertInstanceOf(
                HoldfastException.class,
                assertThrows(CompletionException.class, () -> ask(RANGE, null, true)).getCause())
            .code());
  }

  @Test
  void aShardThatStopsTellsThoseThatWait() {
    var client = start(TableSpec.dense(1_000));
    client.join(1, 0);
    var waiting = ask(RANGE, 5, true);
    fixture.restartCleanly();
    assertEquals(ErrorCode.UNAVAILABLE, refusal(waiting));
  }
}
