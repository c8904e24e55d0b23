package io.holdfast.replication.shard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.NanPolicy;
import io.holdfast.model.TableSpec;
import io.holdfast.wire.OutboundKeys;
import io.holdfast.wire.OutboundRequest;
import io.holdfast.wire.OutboundValues;
import io.holdfast.wire.ValueShape;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pushes that write rows over, of one shard. The rows of these tables have no state. */
class WholeRowsTest {
  private static final long[] TWO = {1, 2};
  private static final int OUTSIDE = -5;

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

  private static OutboundRequest replacing(
      ShardFixture.Client client, int life, long seq, OutboundValues rows) {
    return new OutboundRequest.Push(
        client.header(ShardFixture.RANGE), life, seq, 0, OutboundKeys.of(TWO, 0, 2), rows);
  }

  private static OutboundRequest replacing(
      ShardFixture.Client client, int life, long seq, float... rows) {
    return replacing(client, life, seq, OutboundValues.of(rows, 0, rows.length).asWholeRows());
  }

  private static void refused(ErrorCode code, ShardFixture.Answer answer) {
    assertEquals(code, answer.failure().code(), answer.failure().getMessage());
  }

  @ParameterizedTest
  @EnumSource(Durability.class)
  void theyTakeThePlaceOfWhatWasThereOnceAndInTheOrderOfTheLog(Durability durability) {
    var client = start(TableSpec.dense(1_000).durability(durability), OUTSIDE);
    int life = client.join(0, 0);
    client.push(life, 1, 0, TWO, 5, 5).pushed();
    assertFalse(client.ask(replacing(client, life, 2, 10, -0.0f)).pushed().duplicate());
    client.push(life, 3, 0, TWO, 1, 0).pushed();
    assertTrue(client.ask(replacing(client, life, 2, 10, 20)).pushed().duplicate());
    assertArrayEquals(new float[] {11, 0, 0}, client.pull(1, 2, 3));
    fixture.restart();
    assertArrayEquals(new float[] {11, 0, 0}, client.pull(1, 2, 3), "out of the log");
    assertTrue(client.ask(replacing(client, life, 2, 10, 20)).pushed().duplicate());
    fixture.restartCleanly();
    client.ask(replacing(client, life, 4, 7, 8)).pushed();
    assertArrayEquals(new float[] {7, 8}, client.pull(1, 2));
  }

  @Test
  void oneIsNoPartOfARecordOfSeveralPushes() {
    var client = start(TableSpec.dense(1_000).combinePushes(), OUTSIDE);
    int life = client.join(0, 0);
    var held = new CountDownLatch(1);
    var turn =
        fixture.shard.ask(
            shard -> {
              try {
                held.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return true;
            });
    var calls = new long[4];
    calls[0] = client.send(client.pushRequest(life, 1, 0, TWO, 1, 1));
    calls[1] = client.send(client.pushRequest(life, 2, 0, TWO, 1, 1));
    calls[2] = client.send(replacing(client, life, 3, 10, 20));
    calls[3] = client.send(client.pushRequest(life, 4, 0, TWO, 1, 1));
    held.countDown();
    assertTrue(turn.join());
    for (long call : calls) {
      client.answer(call).pushed();
    }
    assertArrayEquals(new float[] {11, 21}, client.pull(1, 2));
    assertEquals(2, fixture.shard.ask(Shard::counters).join().combinedPushes());
  }

  @Test
  void inASequentialTableTheyAreThereAtOnce() {
    var spec = TableSpec.dense(1_000);
    spec.consistency(new Consistency.Sequential(Consistency.Combine.SUM, 0));
    var client = start(spec, OUTSIDE);
    var worker = fixture.client(0);
    worker.push(worker.join(1, 0), 1, 0, TWO, 1, 1).pushed();
    client.ask(replacing(client, client.join(0, 0), 1, 10, 20)).pushed();
    assertArrayEquals(new float[] {10, 20}, client.pull(1, 2));
  }

  @Test
  void whatIsWrongIsRefusedAndTakesNoSeq() {
    var client = start(TableSpec.dense(1_000), OUTSIDE);
    int life = client.join(0, 0);
    client.push(life, 1, 0, TWO, 1, 2).pushed();
    refused(ErrorCode.WRONG_WIDTH, client.ask(replacing(client, life, 2, 1, 2, 3, 4)));
    refused(ErrorCode.WRONG_WIDTH, client.ask(replacing(client, life, 2, 1)));
    refused(ErrorCode.NOT_A_NUMBER, client.ask(replacing(client, life, 2, 1, Float.NaN)));
    int bfloat16 = 1;
    var encoded = OutboundValues.encoded(new ValueShape(bfloat16, 0, false, 0), new byte[4]);
    refused(
        ErrorCode.INVALID_ARGUMENT, client.ask(replacing(client, life, 2, encoded.asWholeRows())));
    var worker = fixture.client(0);
    refused(ErrorCode.INVALID_ARGUMENT, worker.ask(replacing(worker, worker.join(1, 0), 1, 9, 9)));
    assertArrayEquals(new float[] {1, 2}, client.pull(1, 2));
    client.ask(replacing(client, life, 2, 3, 4)).pushed();
    assertArrayEquals(new float[] {3, 4}, client.pull(1, 2));
  }

  @Test
  void theNanPolicyZeroCountsForThemToo() {
    var client = start(TableSpec.dense(1_000).nanPolicy(NanPolicy.ZERO), OUTSIDE);
    client.ask(replacing(client, client.join(0, 0), 1, Float.NaN, 4)).pushed();
    assertArrayEquals(new float[] {0, 4}, client.pull(1, 2));
  }
}
