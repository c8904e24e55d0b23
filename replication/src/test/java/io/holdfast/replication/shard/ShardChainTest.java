package io.holdfast.replication.shard;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.holdfast.model.Durability;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.TableSpec;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chains of shards with real logs: what one alone cannot show. */
class ShardChainTest {
  @TempDir Path directory;
  private ShardChain chain;
  private ChainClient client;

  @BeforeEach
  void start() {
    chain =
        new ShardChain(
            directory, TableSpec.sparse().width(1).durability(Durability.FSYNC).build(), 3);
    client = new ChainClient(chain, -7);
    chain.configure(null, 1, 2, 3);
  }

  @AfterEach
  void stop() {
    chain.close();
    assertNull(chain.broken.get());
  }

  private void awaitEqualReplicas(long lsn, int... nodes) {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> {
              for (int node : nodes) {
                assertEquals(lsn, chain.node(node).summary().committedLsn(), "node " + node);
                assertEquals("SERVING", chain.node(node).summary().state());
              }
            });
  }

  @Test
  void anAcknowledgedPushIsOnAllReplicas() {
    client.join(1);
    client.push(1, 5, 2f);
    client.push(1, 5, 3f);
    awaitEqualReplicas(3, 1, 2, 3);
    for (int node = 1; node <= 3; node++) {
      assertArrayEquals(new float[] {5f}, client.pull(node, 5), "node " + node);
    }
    assertEquals(
        ErrorCode.STALE_EPOCH, client.tryPush(2, 5, 1f).failure().code(), "only the head takes it");
  }

  @Test
  void aRowThatIsWrittenOverIsSoOnAllReplicasAndStaysSo() {
    client.join(1);
    client.push(1, 5, 2f);
    client.replace(1, 5, 10f);
    client.push(1, 5, 1f);
    awaitEqualReplicas(4, 1, 2, 3);
    for (int node = 1; node <= 3; node++) {
      assertArrayEquals(new float[] {11f}, client.pull(node, 5), "node " + node);
    }
    chain.node(1).kill();
    chain.configure(null, 2, 3);
    client.push(2, 5, 1f);
    assertArrayEquals(new float[] {12f}, client.pull(2, 5));
  }

  @Test
  void theNextHeadGoesOnAndKnowsWhatIsIn() {
    client.join(1);
    client.push(1, 5, 2f);
    chain.node(1).kill();
    chain.configure(null, 2, 3);
    client.repeatLast(2); // under the same seq
    client.push(2, 5, 3f);
    awaitEqualReplicas(3, 2, 3);
    assertArrayEquals(new float[] {5f}, client.pull(3, 5));
  }

  @Test
  void aMiddleThatDiesIsBridged() {
    client.join(1);
    client.push(1, 5, 2f);
    chain.node(2).kill();
    long call = client.send(1, 5, 3f);
    chain.configure(null, 1, 3);
    client.resend(1, call);
    awaitEqualReplicas(3, 1, 3);
    assertArrayEquals(new float[] {5f}, client.pull(3, 5));
  }

  @Test
  void aTailThatDiesLeavesItsPredecessorToCommit() {
    client.join(1);
    client.push(1, 5, 2f);
    chain.node(3).kill();
    long call = client.send(1, 5, 3f);
    chain.configure(null, 1, 2);
    client.resend(1, call);
    awaitEqualReplicas(3, 1, 2);
  }

  @Test
  void aLatestPullWaitsForWhatIsAcknowledgedAndNotYetApplied() {
    client.join(1);
    client.push(1, 5, 2f);
    awaitEqualReplicas(2, 1, 2, 3);
    chain.node(3).store.stuck = true; // the tail commits, and cannot apply
    client.push(1, 5, 3f);
    long latest = client.sendLatest(3, 5);
    assertEquals(2, chain.node(3).summary().committedLsn(), "applied, when the pull has come");
    assertFalse(client.isAnswered(latest), "before the acknowledged push is applied");
    chain.node(3).store.stuck = false;
    client.push(1, 6, 1f);
    assertArrayEquals(new float[] {5f}, client.answer(latest).floats());
  }

  @Test
  void aNodeThatComesBackCatchesUpFromTheLog() {
    client.join(1);
    client.push(1, 5, 2f);
    chain.node(3).kill();
    chain.configure(null, 1, 2);
    client.push(1, 6, 3f);
    chain.node(3).restart();
    chain.configure(3, 1, 2);
    awaitEqualReplicas(3, 1, 2, 3);
    assertArrayEquals(new float[] {2f, 3f}, client.pull(3, 5, 6));
    client.push(1, 5, 1f);
    assertArrayEquals(new float[] {3f, 3f}, client.pull(3, 5, 6));
  }

  @Test
  void recordsThatOnlyADeadHeadHadAreDropped() {
    client.join(1);
    client.push(1, 5, 2f);
    chain.cut = true;
    client.send(1, 5, 100f); // reaches nobody else
    await().until(() -> chain.node(1).summary().lastLsn() == 3);
    chain.node(1).kill();
    chain.cut = false;
    chain.configure(null, 2, 3);
    client.forgetLast();
    client.push(2, 5, 3f);
    chain.node(1).restart();
    chain.configure(1, 2, 3);
    awaitEqualReplicas(3, 1, 2, 3);
    assertArrayEquals(new float[] {5f}, client.pull(1, 5));
    chain.node(1).kill();
    chain.node(1).restart();
    chain.configure(1, 2, 3);
    awaitEqualReplicas(3, 1, 2, 3);
    assertArrayEquals(new float[] {5f}, client.pull(1, 5), "after one more replay of its log");
  }

  @Test
  void aNodeWithoutTheLogIsCopiedInFull() {
    client.join(1);
    client.push(1, 5, 2f);
    chain.configure(null, 1, 2);
    for (int i = 0; i < 20; i++) {
      client.push(1, 100 + i, 1f);
    }
    chain.node(1).kill();
    chain.configure(null, 2);
    client.push(2, 6, 3f);
    chain.node(1).store.drop(ShardChain.RANGE); // and so its log goes on from nothing
    chain.node(1).restart();
    chain.configure(1, 2);
    awaitEqualReplicas(23, 1, 2);
    assertArrayEquals(new float[] {2f, 3f, 1f}, client.pull(1, 5, 6, 119));
    client.push(2, 5, 1f);
    chain.node(2).kill();
    chain.configure(null, 1);
    client.repeatLast(1);
    assertArrayEquals(new float[] {3f, 3f, 1f}, client.pull(1, 5, 6, 119));
  }

  @Test
  void aCopiedNodeStartsAgainThoughItsLogIsShorterThanTheSenders() {
    client.join(1);
    client.push(1, 5, 2f);
    chain.node(3).kill();
    chain.configure(null, 1, 2);
    for (int i = 0; i < 30; i++) {
      client.push(1, 100 + i, 1f);
    }
    chain.node(1).shard().ask(s -> s.mark(ShardChain.RANGE)).join(); // a checkpoint is made there
    await().until(() -> chain.node(2).summary().checkpointLsn() > 30);
    chain.node(3).loseEverything();
    chain.node(3).restart();
    chain.configure(3, 1, 2);
    awaitEqualReplicas(33, 1, 2, 3);
    chain.node(3).kill();
    chain.node(3).restart();
    chain.configure(3, 1, 2);
    awaitEqualReplicas(33, 1, 2, 3);
    assertArrayEquals(new float[] {2f, 1f}, client.pull(3, 5, 129));
  }
}
