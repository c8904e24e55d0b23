package io.holdfast.replication.shard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.Consistency;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.TableSpec;
import io.holdfast.wire.OutboundRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rule P9 on one shard: pushes that arrive in one turn. */
class CombinedPushesTest {
  private static final long[] ONE = {1};

  @TempDir Path directory;

  @SuppressWarnings("NullAway.Init")
  private ShardFixture fixture;

  @SuppressWarnings("NullAway.Init")
  private ShardFixture.Client a;

  @SuppressWarnings("NullAway.Init")
  private ShardFixture.Client b;

  private void start(TableSpec.Builder spec) {
    fixture = new ShardFixture(directory, spec.build());
    a = fixture.client(0);
    b = fixture.client(1);
    assertEquals(1, a.join(2, 0));
    assertEquals(1, b.join(2, 0));
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  /** All that is sent meanwhile is there when the shard's next turn begins. */
  private void inOneTurn(Runnable sending) {
    inOneTurn(fixture, sending);
  }

  private static void inOneTurn(ShardFixture fixture, Runnable sending) {
    var held = new CountDownLatch(1);
    var turn =
        fixture.shard.ask(
            s -> {
              try {
                held.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return true;
            });
    sending.run();
    held.countDown();
    assertTrue(turn.join());
  }

  private ShardCounters counters() {
    return fixture.shard.ask(Shard::counters).join();
  }

  private static TableSpec.Builder combining() {
    return TableSpec.dense(1_000).combinePushes();
  }

  @Test
  void pushesThatWaitTogetherAreOneRecordAndCountEach() {
    start(combining());
    var calls = new long[3];
    inOneTurn(
        () -> {
          calls[0] = a.send(a.pushRequest(1, 1, 0, new long[] {1, 2}, 1, 2));
          calls[1] = b.send(b.pushRequest(1, 1, 0, new long[] {2, 5}, 10, 20));
          calls[2] = a.send(a.pushRequest(1, 2, 0, new long[] {1}, 100));
        });
    long lsn = a.answer(calls[0]).pushed().lsn();
    assertEquals(lsn, b.answer(calls[1]).pushed().lsn());
    assertEquals(lsn, a.answer(calls[2]).pushed().lsn());
    assertArrayEquals(new float[] {101, 12, 20}, a.pull(1, 2, 5));
    assertEquals(3, counters().pushes());
    assertEquals(3, counters().combinedPushes());
    assertTrue(a.push(1, 1, 0, ONE, 5).pushed().duplicate());
    assertTrue(a.push(1, 2, 0, ONE, 5).pushed().duplicate());
    assertTrue(b.push(1, 1, 0, ONE, 5).pushed().duplicate());
    assertFalse(b.push(1, 2, 0, ONE, 5).pushed().duplicate());
    assertEquals(3, counters().combinedPushes(), "one that came alone is logged as it is");
    assertArrayEquals(new float[] {106}, a.pull(1));
    int sent = 2 + 4 + 2; // joins, pushes, pulls
    assertEquals(sent, a.credits.get(), "each frame is given back");
  }

  @Test
  void aTableThatDoesNotAskForItLogsEachPush() {
    start(TableSpec.dense(1_000));
    twoAtOnce();
    assertEquals(0, counters().combinedPushes());
  }

  @Test
  void aSequentialTableWaitsForItsClocksInstead() {
    start(combining().consistency(new Consistency.Sequential(Consistency.Combine.SUM, 0)));
    twoAtOnce();
    assertEquals(0, counters().combinedPushes());
  }

  private void twoAtOnce() {
    var calls = new long[2];
    inOneTurn(
        () -> {
          calls[0] = a.send(a.pushRequest(1, 1, 0, ONE, 1));
          calls[1] = b.send(b.pushRequest(1, 1, 0, ONE, 1));
        });
    assertTrue(a.answer(calls[0]).pushed().lsn() != b.answer(calls[1]).pushed().lsn());
  }

  @Test
  void whatIsWrongAmongThemIsRefusedAloneAndWhatFollowsItToo() {
    start(combining());
    var calls = new long[7];
    inOneTurn(
        () -> {
          calls[0] = a.send(a.pushRequest(1, 1, 0, ONE, 1));
          calls[1] = a.send(a.pushRequest(1, 1, 0, ONE, 1)); // a retry
          calls[2] = a.send(a.pushRequest(1, 3, 0, ONE, 1)); // 2 is missing
          calls[3] = b.send(b.pushRequest(0, 1, 0, ONE, 1)); // another's life
          calls[4] = b.send(b.pushRequest(1, 1, 0, ONE, Float.NaN));
          calls[5] = b.send(b.pushRequest(1, 2, 0, ONE, 1)); // follows what was refused
          calls[6] = a.send(a.pushRequest(1, 2, 0, ONE, 10));
        });
    assertFalse(a.answer(calls[0]).pushed().duplicate());
    assertTrue(a.answer(calls[1]).pushed().duplicate());
    assertEquals(ErrorCode.SEQ_GAP, a.answer(calls[2]).failure().code());
    assertEquals(ErrorCode.STALE_INCARNATION, b.answer(calls[3]).failure().code());
    assertEquals(ErrorCode.NOT_A_NUMBER, b.answer(calls[4]).failure().code());
    assertEquals(ErrorCode.SEQ_GAP, b.answer(calls[5]).failure().code());
    assertEquals(a.answer(calls[0]).pushed().lsn(), a.answer(calls[6]).pushed().lsn());
    assertArrayEquals(new float[] {11}, a.pull(1));
  }

  @Test
  void aTickComesAfterThePushesBeforeIt() {
    start(combining());
    var calls = new long[4];
    inOneTurn(
        () -> {
          calls[0] = a.send(a.pushRequest(1, 1, 0, ONE, 1));
          calls[1] = b.send(b.pushRequest(1, 1, 0, ONE, 2));
          calls[2] = a.send(new OutboundRequest.Tick(a.header(ShardFixture.RANGE), 1, 2, 1));
          calls[3] = a.send(a.pushRequest(1, 3, 1, ONE, 4));
        });
    long lsn = a.answer(calls[0]).pushed().lsn();
    assertEquals(lsn, b.answer(calls[1]).pushed().lsn());
    assertEquals(
        lsn + 1, a.answer(calls[2]).cast(io.holdfast.wire.OutboundReply.Ticked.class).lsn());
    assertEquals(lsn + 2, a.answer(calls[3]).pushed().lsn());
  }

  @Test
  void whereTheDiskIsFullNoneIsTakenAndEachMayComeAgain() {
    start(combining());
    a.push(1, 1, 0, ONE, 1);
    fixture.logFull = true;
    var calls = new long[3];
    inOneTurn(
        () -> {
          calls[0] = a.send(a.pushRequest(1, 2, 0, ONE, 1));
          calls[1] = b.send(b.pushRequest(1, 1, 0, ONE, 1));
          calls[2] = b.send(b.pushRequest(1, 1, 0, ONE, 1)); // a retry of what is refused
        });
    assertEquals(ErrorCode.DISK_FULL, a.answer(calls[0]).failure().code());
    assertEquals(ErrorCode.DISK_FULL, b.answer(calls[1]).failure().code());
    assertEquals(ErrorCode.DISK_FULL, b.answer(calls[2]).failure().code());
    fixture.logFull = false;
    assertFalse(a.push(1, 2, 0, ONE, 10).pushed().duplicate());
    assertFalse(b.push(1, 1, 0, ONE, 100).pushed().duplicate());
    assertArrayEquals(new float[] {111}, a.pull(1));
  }

  @Test
  void theyComeBackFromTheLogWithEveryWorkersSeq() {
    start(combining());
    for (int round = 1; round <= 3; round++) {
      int seq = round;
      var calls = new long[2];
      inOneTurn(
          () -> {
            calls[0] = a.send(a.pushRequest(1, seq, 0, new long[] {1, 4}, 1, 1));
            calls[1] = b.send(b.pushRequest(1, seq, 0, new long[] {2, 4}, 10, 10));
          });
      a.answer(calls[0]).pushed();
      b.answer(calls[1]).pushed();
      if (round == 1) {
        fixture.restartCleanly(); // it is in the checkpoint
      } else {
        fixture.restart(); // it is in the log
      }
      assertArrayEquals(new float[] {seq, 10 * seq, 11 * seq}, a.pull(1, 2, 4));
      assertTrue(a.push(1, seq, 0, ONE, 5).pushed().duplicate());
      assertTrue(b.push(1, seq, 0, ONE, 5).pushed().duplicate());
    }
  }

  @Test
  void aRangeThatIsDroppedAnswersThoseThatWait() {
    start(combining());
    var calls = new long[2];
    inOneTurn(
        () -> {
          calls[0] = a.send(a.pushRequest(1, 1, 0, ONE, 1));
          calls[1] = b.send(b.pushRequest(1, 1, 0, ONE, 1));
          var unused = fixture.shard.ask(s -> s.dropRange(ShardFixture.RANGE).isDone());
        });
    assertEquals(ErrorCode.UNKNOWN_TABLE, a.answer(calls[0]).failure().code());
    assertEquals(ErrorCode.UNKNOWN_TABLE, b.answer(calls[1]).failure().code());
  }

  /** Whole numbers, so that sums are exact in any order. */
  @Test
  void rowsAreThoseThatPushesOneByOneMake() {
    start(combining());
    try (var plain = new ShardFixture(directory.resolve("plain"), TableSpec.dense(1_000).build())) {
      var c = plain.client(0);
      c.join(1, 0);
      var random = new Random(7);
      int seq = 0;
      for (int turn = 0; turn < 30; turn++) {
        List<OutboundRequest> pushes = new ArrayList<>();
        List<OutboundRequest> oneByOne = new ArrayList<>();
        for (int i = random.nextInt(6); i >= 0; i--) {
          long[] keys = random.longs(1 + random.nextInt(20), 0, 60).sorted().distinct().toArray();
          float[] values = new float[keys.length];
          for (int k = 0; k < values.length; k++) {
            values[k] = random.nextInt(100) - 50;
          }
          pushes.add(a.pushRequest(1, ++seq, 0, keys, values));
          oneByOne.add(c.pushRequest(1, seq, 0, keys, values));
        }
        var calls = new ArrayList<Long>();
        inOneTurn(() -> pushes.forEach(push -> calls.add(a.send(push))));
        calls.forEach(call -> a.answer(call).pushed());
        oneByOne.forEach(push -> c.ask(push).pushed());
      }
      assertTrue(counters().combinedPushes() > 30);
      assertArrayEquals(c.pull(all()), a.pull(all()));
      fixture.restart();
      assertArrayEquals(c.pull(all()), a.pull(all()), "from the log");
    }
  }

  private static long[] all() {
    long[] keys = new long[60];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = i;
    }
    return keys;
  }
}
