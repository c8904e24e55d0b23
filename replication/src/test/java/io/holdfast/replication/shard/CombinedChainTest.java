package io.holdfast.replication.shard;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.holdfast.model.Durability;
import io.holdfast.model.TableSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rule P9 in chains: records that hold the pushes of two workers. */
class CombinedChainTest {
  @TempDir Path directory;
  private ShardChain chain;
  private ChainClient a;
  private ChainClient b;

  @BeforeEach
  void start() {
    var spec = TableSpec.sparse().width(1).durability(Durability.FSYNC).combinePushes();
    chain = new ShardChain(directory, spec.build(), 3);
    a = new ChainClient(chain, -7);
    b = new ChainClient(chain, -8);
    chain.configure(null, 1, 2, 3);
    a.join(1);
    b.join(1);
  }

  @AfterEach
  void stop() {
    chain.close();
    assertNull(chain.broken.get());
  }

  private record Calls(long a, long b) {}

  /** Both push in one turn of the node's shard, which makes one record of it. */
  private Calls sendBoth(int node, long key, float ofA, float ofB) {
    var held = new CountDownLatch(1);
    var turn =
        chain
            .node(node)
            .shard()
            .ask(
                s -> {
                  try {
                    held.await();
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                  return true;
                });
    var calls = new Calls(a.send(node, key, ofA), b.send(node, key, ofB));
    held.countDown();
    turn.join();
    return calls;
  }

  private void pushBoth(int node, long key, float ofA, float ofB) {
    var calls = sendBoth(node, key, ofA, ofB);
    a.resend(node, calls.a());
    b.resend(node, calls.b());
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

  private long combinedPushes(int node) {
    return chain.node(node).shard().ask(Shard::counters).join().combinedPushes();
  }

  @Test
  void theNextHeadKnowsEveryPushOfARecord() {
    pushBoth(1, 5, 2, 30);
    awaitEqualReplicas(3, 1, 2, 3);
    assertEquals(2, combinedPushes(1));
    chain.node(1).kill();
    chain.configure(null, 2, 3);
    a.repeatLast(2);
    b.repeatLast(2);
    pushBoth(2, 5, 1, 1);
    awaitEqualReplicas(4, 2, 3);
    assertArrayEquals(new float[] {34}, a.pull(3, 5));
  }

  @Test
  void aRecordThatOnlyADeadHeadHadIsDroppedWithAllItsPushesAndTheyComeAgainOnce() {
    pushBoth(1, 5, 2, 30);
    awaitEqualReplicas(3, 1, 2, 3);
    chain.cut = true;
    var calls = sendBoth(1, 5, 100, 1_000); // reaches nobody else
    await().until(() -> chain.node(1).summary().lastLsn() == 4);
    chain.node(1).kill();
    chain.cut = false;
    chain.configure(null, 2, 3);
    b.resend(2, calls.b()); // alone this time
    chain.node(1).restart();
    chain.configure(1, 2, 3);
    awaitEqualReplicas(4, 1, 2, 3);
    assertArrayEquals(new float[] {1_032}, b.pull(1, 5));
    chain.node(2).kill();
    chain.node(3).kill();
    chain.configure(null, 1); // who had the dropped record admits by what is in
    b.repeatLast(1);
    a.resend(1, calls.a());
    awaitEqualReplicas(5, 1);
    assertArrayEquals(new float[] {1_132}, a.pull(1, 5));
  }

  @Test
  void aNodeThatComesBackCatchesUpAndACopyBringsEveryWorkersSeq() {
    pushBoth(1, 5, 2, 30);
    chain.node(3).kill();
    chain.configure(null, 1, 2);
    pushBoth(1, 5, 100, 1_000);
    chain.node(3).restart();
    chain.configure(3, 1, 2);
    awaitEqualReplicas(4, 1, 2, 3);
    assertArrayEquals(new float[] {1_132}, a.pull(3, 5));

    chain.node(2).kill();
    chain.configure(null, 1, 3);
    chain.node(1).shard().ask(s -> s.mark(ShardChain.RANGE)).join(); // a checkpoint is made there
    await().until(() -> chain.node(3).summary().checkpointLsn() >= 4);
    chain.node(2).loseEverything();
    chain.node(2).restart();
    chain.configure(2, 1, 3);
    awaitEqualReplicas(5, 1, 2, 3);
    chain.node(1).kill();
    chain.node(3).kill();
    chain.configure(null, 2);
    a.repeatLast(2);
    b.repeatLast(2);
    assertArrayEquals(new float[] {1_132}, a.pull(2, 5));
  }
}
