package io.holdfast.replication.shard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.NanPolicy;
import io.holdfast.model.TableSpec;
import io.holdfast.wire.OutboundKeys;
import io.holdfast.wire.OutboundRequest;
import io.holdfast.wire.OutboundValues;
import io.holdfast.wire.Request;
import io.holdfast.wire.ValueShape;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ShardTest {
  private static final long[] ONE = {1};

  @TempDir Path directory;

  @SuppressWarnings("NullAway.Init")
  private ShardFixture fixture;

  private ShardFixture.Client start(TableSpec.Builder spec, int rank) {
    fixture = new ShardFixture(directory, spec.build());
    return fixture.client(rank);
  }

  @AfterEach
  void close() {
    if (fixture != null) {
      fixture.close();
    }
  }

  @ParameterizedTest
  @EnumSource(Durability.class)
  void anAcknowledgedPushIsInOnceHoweverOftenItIsSent(Durability durability) {
    var client = start(TableSpec.dense(1_000).durability(durability), 0);
    int life = client.join(1, 0);
    assertFalse(client.push(life, 1, 0, ONE, 5).pushed().duplicate());
    assertTrue(client.push(life, 1, 0, ONE, 5).pushed().duplicate());
    fixture.restart();
    assertTrue(client.push(life, 1, 0, ONE, 5).pushed().duplicate());
    assertFalse(client.push(life, 2, 0, ONE, 2).pushed().duplicate());
    assertArrayEquals(new float[] {7, 0}, client.pull(1, 2));
  }

  @ParameterizedTest
  @EnumSource(Durability.class)
  void whatACheckpointHoldsIsNotAppliedAgainFromTheLog(Durability durability) {
    var client = start(TableSpec.dense(1_000).durability(durability), 0);
    int life = client.join(1, 0);
    client.push(life, 1, 0, ONE, 5);
    fixture.restartCleanly();
    client.push(life, 2, 0, ONE, 3);
    fixture.restart();
    assertArrayEquals(new float[] {8}, client.pull(1));
    assertTrue(client.push(life, 2, 0, ONE, 3).pushed().duplicate());
  }

  @Test
  void manyPushesWithCheckpointsInBetweenAreAllInOnce() {
    var client = start(TableSpec.dense(1_000), 0);
    fixture.store.eager = true;
    int life = client.join(1, 0);
    long last = 0;
    for (int seq = 1; seq <= 500; seq++) {
      last = client.send(client.pushRequest(life, seq, 0, ONE, 1));
      if (seq % 125 == 0) {
        client.answer(last).pushed();
        fixture.restart();
      }
    }
    client.answer(last).pushed();
    assertArrayEquals(new float[] {500}, client.pull(1));
    refused(ErrorCode.SEQ_GAP, client.push(life, 502, 0, ONE, 1));
  }

  @Test
  void whatIsWrongIsRefusedWithATypedErrorAndChangesNothing() {
    var client = start(TableSpec.dense(1_000).width(2), 0);
    int life = client.join(1, 0);
    client.push(life, 1, 0, ONE, 1, 2);
    refused(ErrorCode.WRONG_WIDTH, client.push(life, 2, 0, ONE, 1));
    refused(ErrorCode.NOT_A_NUMBER, client.push(life, 2, 0, ONE, 1, Float.NaN));
    refused(ErrorCode.NOT_A_NUMBER, client.push(life, 2, 0, ONE, Float.NEGATIVE_INFINITY, 1));
    refused(ErrorCode.KEY_OUT_OF_RANGE, client.push(life, 2, 0, new long[] {1_000}, 1, 2));
    refused(ErrorCode.KEYS_NOT_ASCENDING, rawPush(client, life, 5, 4));
    refused(ErrorCode.KEYS_NOT_ASCENDING, rawPush(client, life, 4, 4));
    refused(ErrorCode.SEQ_GAP, client.push(life, 3, 0, ONE, 1, 2));
    refused(ErrorCode.NOT_JOINED, fixture.client(1).push(1, 1, 0, ONE, 1, 2));
    refused(ErrorCode.NOT_JOINED, client.push(life + 1, 2, 0, ONE, 1, 2));
    for (int[] join : new int[][] {{-1, 0}, {life, -1}, {life, Integer.MIN_VALUE}}) {
      refused(
          ErrorCode.INVALID_ARGUMENT,
          client.ask(
              new OutboundRequest.Join(client.header(ShardFixture.RANGE), join[0], 1, join[1])));
    }
    var header = new Request.Header(90, 99, ShardFixture.EPOCH, 0);
    refused(ErrorCode.UNKNOWN_RANGE, client.ask(new OutboundRequest.Tick(header, life, 1, 1)));
    var stale = new Request.Header(91, ShardFixture.RANGE, ShardFixture.EPOCH - 1, 0);
    refused(ErrorCode.STALE_EPOCH, client.ask(new OutboundRequest.Tick(stale, life, 2, 1)));
    assertArrayEquals(new float[] {1, 2}, client.pull(1));
    assertFalse(
        client.push(life, 2, 0, ONE, 1, 1).pushed().duplicate(), "seq 2 must still be free");
    fixture.restart();
    assertArrayEquals(new float[] {2, 3}, client.pull(1));
  }

  private static ShardFixture.Answer rawPush(ShardFixture.Client client, int life, long... keys) {
    float[] values = {1, 1, 1, 1};
    return client.ask(
        new OutboundRequest.Push(
            client.header(ShardFixture.RANGE),
            life,
            2,
            0,
            OutboundKeys.raw(keys, 0, keys.length),
            OutboundValues.of(values, 0, 4)));
  }

  private static void refused(ErrorCode code, ShardFixture.Answer answer) {
    assertEquals(code, answer.failure().code(), answer.failure().getMessage());
  }

  @Test
  void theNanPolicyZeroTakesEachSuchValueAsZeroAlsoAfterARestart() {
    var client = start(TableSpec.dense(1_000).width(3).nanPolicy(NanPolicy.ZERO), 0);
    int life = client.join(1, 0);
    client.push(life, 1, 0, ONE, Float.NaN, 2, Float.POSITIVE_INFINITY).pushed();
    assertArrayEquals(new float[] {0, 2, 0}, client.pull(1));
    fixture.restart();
    assertArrayEquals(new float[] {0, 2, 0}, client.pull(1));
  }

  @Test
  void theNanPolicyAllowTakesThemAsTheyAre() {
    var client = start(TableSpec.dense(1_000).nanPolicy(NanPolicy.ALLOW), 0);
    int life = client.join(1, 0);
    client.push(life, 1, 0, ONE, Float.NaN).pushed();
    assertTrue(Float.isNaN(client.pull(1)[0]));
  }

  @Test
  void aReplacedIncarnationIsFencedAndTheNewOneGoesOnWithItsSeqs() {
    var old = start(TableSpec.dense(1_000), 0);
    int first = old.join(1, 0);
    old.push(first, 1, 0, ONE, 1);
    var next = fixture.client(0);
    int second = next.join(1, 0);
    assertEquals(first + 1, second);
    refused(ErrorCode.STALE_INCARNATION, old.push(first, 2, 0, ONE, 1));
    assertEquals(1, next.joinRange(second, 1, 0).getLastSeq());
    assertTrue(next.push(second, 1, 0, ONE, 1).pushed().duplicate());
    next.push(second, 2, 0, ONE, 1).pushed();
    refused(ErrorCode.STALE_INCARNATION, old.ask(old.pullRequest(first, 0, 0, 1)));
    assertArrayEquals(new float[] {2}, next.pull(1));
  }

  @Test
  void aBoundedPullWaitsForTheSlowestWorkerAndForNothingElse() {
    var fast = start(TableSpec.dense(1_000).staleness(1), 0);
    var slow = fixture.client(1);
    int fastLife = fast.join(2, 0);
    int slowLife = slow.join(2, 0);
    fast.tick(fastLife, 1, 1);
    fast.ask(fast.pullRequest(fastLife, 1, 0, 1)).pulled();
    fast.tick(fastLife, 2, 2);
    long waiting = fast.send(fast.pullRequest(fastLife, 2, 0, 1));
    slow.push(slowLife, 1, 0, ONE, 9);
    assertFalse(fast.isAnswered(waiting));
    slow.tick(slowLife, 2, 1);
    assertArrayEquals(new float[] {9}, fast.answer(waiting).floats());
    assertEquals(1, fast.answer(waiting).pulled().minClock());
  }

  @Test
  void aPullThatWaitsForItsOwnPushIsNotAnsweredWithThatOfTheNextLife() {
    var first = start(TableSpec.dense(1_000), 0);
    int life = first.join(1, 0);
    var header = first.header(ShardFixture.RANGE);
    var keys = OutboundKeys.of(ONE, 0, 1);
    long waiting = first.send(new OutboundRequest.Pull(header, life, 0, 1, keys, false));
    assertFalse(first.isAnswered(waiting));
    var second = fixture.client(0);
    second.push(second.join(1, 0), 1, 0, ONE, 5).pushed();
    refused(ErrorCode.STALE_INCARNATION, first.answer(waiting));
  }

  @Test
  void aLooserBoundLetsWaitingPullsGo() {
    var fast = start(TableSpec.dense(1_000).staleness(0), 0);
    int life = fast.join(2, 0);
    fast.tick(life, 1, 1);
    long waiting = fast.send(fast.pullRequest(life, 1, 0, 1));
    assertFalse(fast.isAnswered(waiting));
    fixture.changeConsistency(Consistency.bounded(1), 1);
    fast.answer(waiting).pulled();
  }

  @Test
  void aWorkerThatKnowsOfANewerBoundIsAnsweredByIt() {
    var fast = start(TableSpec.dense(1_000).staleness(9), 0);
    var slow = fixture.client(1);
    int fastLife = fast.join(2, 0);
    int slowLife = slow.join(2, 0);
    fast.tick(fastLife, 1, 1);
    // Of the same version it says nothing that this node does not know better.
    fast.ask(fast.statingPull(fastLife, 1, 1, 0)).pulled();
    long waiting = fast.send(fast.statingPull(fastLife, 1, 1, 2));
    fixture.changeConsistency(Consistency.bounded(8), 1);
    slow.push(slowLife, 1, 0, ONE, 9);
    assertFalse(fast.isAnswered(waiting));
    slow.tick(slowLife, 2, 1);
    assertArrayEquals(new float[] {9}, fast.answer(waiting).floats());
  }

  @Test
  void aBoundThatIsNewerThanWhatAPullStatesLetsItGo() {
    var fast = start(TableSpec.dense(1_000).staleness(9), 0);
    int life = fast.join(2, 0);
    fast.tick(life, 1, 1);
    long waiting = fast.send(fast.statingPull(life, 1, 1, 2));
    fixture.changeConsistency(Consistency.bounded(9), 1);
    assertFalse(fast.isAnswered(waiting));
    fixture.changeConsistency(Consistency.bounded(9), 3);
    fast.answer(waiting).pulled();
  }

  @Test
  void theMessageOfAPullThatStatesMoreSaysWhatItNeeds() {
    var fast = start(TableSpec.dense(1_000).staleness(9), 0);
    int life = fast.join(2, 0);
    fast.tick(life, 1, 1);
    var header = new Request.Header(77, ShardFixture.RANGE, ShardFixture.EPOCH, 30);
    var pull =
        new OutboundRequest.Pull(
            header,
            life,
            1,
            0,
            OutboundKeys.of(ONE, 0, 1),
            false,
            false,
            ValueShape.PLAIN,
            0,
            new Request.Need(1, 1));
    var answer = fast.ask(pull);
    refused(ErrorCode.DEADLINE_EXCEEDED, answer);
    String message = answer.failure().getMessage();
    assertTrue(message.contains("needs clock 1, all 2 workers have finished 0 clocks"), message);
    assertTrue(message.contains("behind: rank 1 (has not joined)"), message);
  }

  @Test
  void aPullThatWaitsTooLongIsToldForWhat() {
    var fast = start(TableSpec.dense(1_000).staleness(0), 0);
    int life = fast.join(2, 0);
    fast.tick(life, 1, 1);
    var header = new Request.Header(77, ShardFixture.RANGE, ShardFixture.EPOCH, 30);
    var answer =
        fast.ask(new OutboundRequest.Pull(header, life, 1, 0, OutboundKeys.of(ONE, 0, 1), false));
    refused(ErrorCode.DEADLINE_EXCEEDED, answer);
    assertTrue(
        answer.failure().getMessage().contains("all 2 workers have finished 0 clocks"),
        answer.failure().getMessage());
  }

  @Test
  void aWorkerReadsItsOwnWrites() {
    var client = start(TableSpec.dense(1_000), 0);
    int life = client.join(1, 0);
    for (int seq = 1; seq <= 50; seq++) {
      client.send(client.pushRequest(life, seq, 0, ONE, 1));
      long pull = client.send(client.pullRequest(life, 0, seq, 1));
      assertArrayEquals(new float[] {seq}, client.answer(pull).floats());
    }
  }

  @Test
  void aSequentialTableAppliesAClockOnceAndInWorkerOrder() {
    var one =
        start(
            TableSpec.dense(1_000).consistency(Consistency.sequential(Consistency.Combine.SUM)), 0);
    var two = fixture.client(1);
    int lifeOne = one.join(2, 0);
    int lifeTwo = two.join(2, 0);
    // 1e8 + 1 - 1e8 depends on the order in float32; rank 0 must come first although rank 1 is
    // earlier in the log.
    two.push(lifeTwo, 1, 0, new long[] {1, 3}, 1, 3);
    one.push(lifeOne, 1, 0, new long[] {1, 2}, 1e8f, 2);
    one.push(lifeOne, 2, 0, ONE, -1e8f);
    assertArrayEquals(
        new float[] {0, 0, 0}, one.pull(1, 2, 3), "nothing shows before the clock has ended");
    one.tick(lifeOne, 3, 1);
    long waiting = one.send(one.pullRequest(lifeOne, 1, 0, 1, 2, 3));
    assertFalse(one.isAnswered(waiting));
    two.tick(lifeTwo, 2, 1);
    assertArrayEquals(new float[] {1, 2, 3}, one.answer(waiting).floats());
  }

  @Test
  void aClockThatHadNotEndedSurvivesCheckpointAndRestart() {
    var one =
        start(
            TableSpec.dense(1_000).consistency(Consistency.sequential(Consistency.Combine.MEAN)),
            0);
    var two = fixture.client(1);
    int lifeOne = one.join(2, 0);
    int lifeTwo = two.join(2, 0);
    one.push(lifeOne, 1, 0, ONE, 4);
    fixture.restartCleanly();
    two.push(lifeTwo, 1, 0, ONE, 8);
    one.tick(lifeOne, 2, 1);
    one.push(lifeOne, 3, 1, ONE, 100);
    fixture.restartCleanly();
    fixture.restart();
    two.tick(lifeTwo, 2, 1);
    assertArrayEquals(new float[] {6}, two.ask(two.pullRequest(lifeTwo, 1, 0, 1)).floats());
    two.tick(lifeTwo, 3, 2);
    one.tick(lifeOne, 4, 2);
    assertArrayEquals(new float[] {56}, one.ask(one.pullRequest(lifeOne, 2, 0, 1)).floats());
    fixture.restart();
    assertArrayEquals(new float[] {56}, one.pull(1));
  }

  @Test
  void aBackupWorkersLatePushIsAcknowledgedAndLeftOut() {
    var one =
        start(
            TableSpec.dense(1_000)
                .consistency(new Consistency.Sequential(Consistency.Combine.SUM, 1)),
            0);
    var two = fixture.client(1);
    int lifeOne = one.join(2, 0);
    int lifeTwo = two.join(2, 0);
    one.push(lifeOne, 1, 0, ONE, 4);
    one.tick(lifeOne, 2, 1);
    assertArrayEquals(new float[] {4}, one.ask(one.pullRequest(lifeOne, 1, 0, 1)).floats());
    two.push(lifeTwo, 1, 0, ONE, 8).pushed();
    two.tick(lifeTwo, 2, 1);
    assertArrayEquals(new float[] {4}, one.pull(1));
  }

  @Test
  void aBackupWorkersPushOfAClockThatItDoesNotFinishIsLeftOut() {
    var one =
        start(
            TableSpec.dense(1_000)
                .consistency(new Consistency.Sequential(Consistency.Combine.MEAN, 1)),
            0);
    var two = fixture.client(1);
    int lifeOne = one.join(2, 0);
    int lifeTwo = two.join(2, 0);
    two.push(lifeTwo, 1, 0, ONE, 8).pushed();
    one.push(lifeOne, 1, 0, ONE, 4);
    one.tick(lifeOne, 2, 1);
    assertArrayEquals(new float[] {4}, one.ask(one.pullRequest(lifeOne, 1, 0, 1)).floats());
  }

  @Test
  void aMeanDividesByAllWhoFinishedTheClockWhetherTheyHaveLeftOrNot() {
    var one =
        start(
            TableSpec.dense(1_000).consistency(Consistency.sequential(Consistency.Combine.MEAN)),
            0);
    var two = fixture.client(1);
    int lifeOne = one.join(2, 0);
    int lifeTwo = two.join(2, 0);
    two.push(lifeTwo, 1, 0, ONE, 8);
    two.tick(lifeTwo, 2, 1);
    two.ask(new OutboundRequest.Leave(two.header(ShardFixture.RANGE), lifeTwo, 0));
    one.push(lifeOne, 1, 0, ONE, 4);
    one.tick(lifeOne, 2, 1);
    assertArrayEquals(new float[] {6}, one.ask(one.pullRequest(lifeOne, 1, 0, 1)).floats());
  }

  @Test
  void savedStatesComeBackWithTheNextJoin() {
    var client = start(TableSpec.dense(1_000), 0);
    int life = client.join(1, 0);
    byte[] state = "reader at 17".getBytes(StandardCharsets.UTF_8);
    client.ask(new OutboundRequest.Save(client.header(ShardFixture.HOME), life, 3, state));
    fixture.restart();
    fixture.restartCleanly();
    var joined =
        fixture
            .client(0)
            .ask(new OutboundRequest.Join(client.header(ShardFixture.HOME), 0, 1, 0))
            .joined();
    assertEquals(3, joined.getSavedClock());
    assertArrayEquals(state, joined.getSavedState().toByteArray());
    refused(
        ErrorCode.STALE_INCARNATION,
        client.ask(new OutboundRequest.Save(client.header(ShardFixture.HOME), life, 4, state)));
  }

  @Test
  void pushesAreRefusedEarlyOnAFullDiskWhilePullsGoOnAndResumeByThemselves() {
    var client = start(TableSpec.dense(1_000), 0);
    int life = client.join(1, 0);
    client.push(life, 1, 0, ONE, 5);
    fixture.gate = new HoldfastException(ErrorCode.DISK_FULL, "no room");
    refused(ErrorCode.DISK_FULL, client.push(life, 2, 0, ONE, 5));
    assertArrayEquals(new float[] {5}, client.pull(1));
    fixture.gate = null;
    client.push(life, 2, 0, ONE, 5).pushed();
    assertArrayEquals(new float[] {10}, client.pull(1));
  }

  @Test
  void pushesWaitForRoomWhileTheCacheIsFullOfDirtyRowsAndGetNoCreditMeanwhile() {
    var client = start(TableSpec.dense(1_000), 0);
    int life = client.join(1, 0);
    fixture.store.failing = false;
    int before = client.credits.get();
    fixture.store.dirtyFull = true; // until the checkpoint that it asks for completes
    client.push(life, 1, 0, ONE, 5).pushed();
    assertFalse(fixture.store.dirtyFull);
    Awaitility.await().until(() -> client.credits.get() == before + 1);
    assertArrayEquals(new float[] {5}, client.pull(1));
  }

  @Test
  void pushesAreRefusedWhereNoCheckpointCanMakeRoom() {
    var client = start(TableSpec.dense(1_000), 0);
    int life = client.join(1, 0);
    fixture.store.failing = true;
    fixture.store.dirtyFull = true;
    refused(ErrorCode.DISK_FULL, client.push(life, 1, 0, ONE, 5));
    assertArrayEquals(new float[] {0}, client.pull(1));
    fixture.store.failing = false;
    Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> !fixture.store.dirtyFull);
    client.push(life, 1, 0, ONE, 5).pushed();
    assertArrayEquals(new float[] {5}, client.pull(1));
  }

  @Test
  void aPullWaitsForAClientThatDoesNotRead() {
    var client = start(TableSpec.dense(1_000), 0);
    client.ready = false;
    long call = client.send(client.pullRequest(0, 0, 0, 1));
    Awaitility.await().until(() -> fixture.shard.ask(Shard::counters).join().parked() == 1);
    assertFalse(client.isAnswered(call));
    client.ready = true;
    fixture.shard.channelReady();
    client.answer(call).pulled();
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the inner future is composed, not ignored
  @Test
  void aDroppedRangeAnswersWhoWaitsAndIsServedNoMore() {
    var client = start(TableSpec.dense(1_000).staleness(0), 0);
    int life = client.join(2, 0);
    client.push(life, 1, 0, ONE, 1);
    client.tick(life, 2, 1);
    long waiting = client.send(client.pullRequest(life, 1, 0, 1));
    fixture.shard.ask(shard -> shard.dropRange(ShardFixture.RANGE)).thenCompose(d -> d).join();
    refused(ErrorCode.UNKNOWN_TABLE, client.answer(waiting));
    refused(ErrorCode.UNKNOWN_RANGE, client.push(life, 3, 1, ONE, 1));
  }

  @Test
  void theLogIsCutOffBehindCheckpoints() {
    var client = start(TableSpec.dense(1_000), 0);
    int life = client.join(1, 0);
    long[] keys = java.util.stream.LongStream.range(0, 1_000).toArray();
    float[] values = new float[1_000];
    long last = 0;
    for (int seq = 1; seq <= 2_000; seq++) {
      last = client.send(client.pushRequest(life, seq, 0, keys, values));
      if (seq % 50 == 0) {
        client.answer(last).pushed();
      }
    }
    client.answer(last).pushed();
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> fixture.shard.ask(Shard::counters).join().replayBytes() < 3 << 20);
    assertTrue(
        fixture.shard.ask(Shard::counters).join().logBytes() < 16 << 20, "8 MB of log went by");
  }

  @Test
  void theLogOfAClockThatHasNotEndedIsKeptHoweverManyCheckpointsPass() {
    var one =
        start(
            TableSpec.dense(1_000).consistency(Consistency.sequential(Consistency.Combine.SUM)), 0);
    var two = fixture.client(1);
    int lifeOne = one.join(2, 0);
    int lifeTwo = two.join(2, 0);
    one.push(lifeOne, 1, 0, ONE, 4).pushed();
    var outsider = fixture.client(-5); // its pushes wait for no clock
    int life = outsider.join(0, 0);
    long[] keys = java.util.stream.LongStream.range(2, 1_000).toArray();
    for (int seq = 1; seq <= 1_200; seq++) {
      long call = outsider.send(outsider.pushRequest(life, seq, 0, keys, new float[keys.length]));
      if (seq % 50 == 0) {
        outsider.answer(call).pushed();
      }
    }
    Awaitility.await().until(() -> fixture.shard.ask(Shard::counters).join().checkpoints() > 2);
    fixture.restart();
    one.tick(lifeOne, 2, 1);
    two.tick(lifeTwo, 1, 1);
    assertArrayEquals(new float[] {4}, one.ask(one.pullRequest(lifeOne, 1, 0, 1)).floats());
  }
}
