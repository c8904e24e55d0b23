package io.holdfast.replication.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.TableSpec;
import io.holdfast.v1.OpenQueue;
import io.holdfast.v1.QueueReply;
import io.holdfast.v1.QueueRequest;
import io.holdfast.v1.SavedWork;
import io.holdfast.wire.OutboundReply;
import io.holdfast.wire.OutboundRequest;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init")
class QueueRequestsTest {
  @TempDir Path directory;
  private ShardFixture fixture;

  @BeforeEach
  void start() {
    fixture =
        new ShardFixture(
            directory, TableSpec.dense(1_000).build(), ShardFixture.settings(1 << 20, 1 << 30));
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  private static ShardFixture.Answer ask(
      ShardFixture.Client client, int life, QueueRequest.Builder request) {
    return client.ask(
        new OutboundRequest.Queue(
            client.header(ShardFixture.HOME),
            request.setQueue("train").setIncarnation(life).build()));
  }

  private static ShardFixture.Answer open(
      ShardFixture.Client client, int life, int shards, boolean resumes) {
    return ask(
        client,
        life,
        QueueRequest.newBuilder()
            .setOpen(OpenQueue.newBuilder().setShards(shards).setPasses(1).setResume(resumes)));
  }

  private static ShardFixture.Answer take(ShardFixture.Client client, int life, long number) {
    return ask(client, life, QueueRequest.newBuilder().setTake(number));
  }

  private static ShardFixture.Answer save(
      ShardFixture.Client client, int life, int clock, long takes, Long... done) {
    var work =
        SavedWork.newBuilder()
            .addQueues(
                SavedWork.Progress.newBuilder()
                    .setQueue("train")
                    .setTakes(takes)
                    .addAllDone(List.of(done)))
            .build();
    return client.ask(
        new OutboundRequest.Save(
            client.header(ShardFixture.HOME), life, clock, new byte[] {(byte) clock}, work));
  }

  private static QueueReply reply(ShardFixture.Answer answer) {
    return answer.cast(OutboundReply.Queue.class).message();
  }

  private static void refused(ErrorCode code, ShardFixture.Answer answer) {
    assertEquals(code, answer.failure().code());
  }

  @Test
  void takesAndWhatIsDoneSurviveRestartsFromLogAndCheckpoint() {
    var client = fixture.client(0);
    int life = client.join(1, 0);
    open(client, life, 3, true);
    assertEquals(List.of(0L), reply(take(client, life, 1)).getItemsList());
    assertEquals(List.of(1L), reply(take(client, life, 2)).getItemsList());
    save(client, life, 1, 2, 0L).cast(OutboundReply.Saved.class);
    assertEquals(List.of(2L), reply(take(client, life, 3)).getItemsList());
    fixture.restart();
    fixture.restartCleanly();
    var next = fixture.client(0);
    int second = next.join(1, 0);
    var opened = reply(open(next, second, 3, true));
    assertEquals(2, opened.getTakes());
    assertEquals(List.of(1L), opened.getItemsList());
    assertEquals(List.of(2L), reply(take(next, second, 3)).getItemsList());
    var end = reply(take(next, second, 4));
    assertTrue(end.getItemsList().isEmpty() && end.getExhausted());
    refused(ErrorCode.STALE_INCARNATION, take(client, life, 4));
    save(next, second, 2, 3, 1L, 2L).cast(OutboundReply.Saved.class);
    save(next, second, 2, 3, 1L, 2L).cast(OutboundReply.Saved.class); // its answer was lost
    var outside = fixture.client(WorkerOutside.RANK);
    var info = reply(ask(outside, 0, QueueRequest.newBuilder().setStatus(true))).getQueues(0);
    assertEquals(3, info.getFinished());
    assertEquals(0, info.getLeft());
    assertEquals(0, info.getOutCount());
  }

  /** A rank of no group. */
  private static final class WorkerOutside {
    static final int RANK = Integer.MIN_VALUE + 1;
  }

  @Test
  void whatALeaverHeldGoesToOthers() {
    var one = fixture.client(0);
    var two = fixture.client(1);
    int lifeOne = one.join(2, 0);
    int lifeTwo = two.join(2, 0);
    open(one, lifeOne, 1, true);
    open(two, lifeTwo, 1, true);
    assertEquals(List.of(0L), reply(take(one, lifeOne, 1)).getItemsList());
    var none = reply(take(two, lifeTwo, 1));
    assertTrue(none.getItemsList().isEmpty());
    assertFalse(none.getExhausted());
    refused(ErrorCode.SHARD_NOT_HELD, save(two, lifeTwo, 1, 1, 0L));
    one.ask(new OutboundRequest.Leave(one.header(ShardFixture.HOME), lifeOne, 0));
    fixture.restart();
    var three = fixture.client(1);
    assertEquals(List.of(0L), reply(take(three, lifeTwo, 2)).getItemsList());
  }

  @Test
  void otherNumbersUnknownQueuesAndOutsidersAreRefused() {
    var client = fixture.client(0);
    int life = client.join(1, 0);
    refused(ErrorCode.UNKNOWN_QUEUE, take(client, life, 1));
    open(client, life, 3, true);
    refused(ErrorCode.QUEUE_MISMATCH, open(client, life, 4, true));
    refused(ErrorCode.INVALID_ARGUMENT, open(client, life, 0, true));
    refused(ErrorCode.SHARD_NOT_HELD, save(client, life, 1, 0, 2L));
    var again = fixture.client(0);
    refused(ErrorCode.UNKNOWN_QUEUE, take(again, again.join(1, 0), 1));
    var table =
        new OutboundRequest.Queue(
            client.header(ShardFixture.RANGE), QueueRequest.newBuilder().setStatus(true).build());
    refused(ErrorCode.INVALID_ARGUMENT, client.ask(table));
  }
}
