package io.holdfast.replication.shard;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ranges that are cut in two on a chain of shards with real logs (rule P24). */
class ShardSplitTest {
  private static final int RANGE = ShardChain.RANGE;
  private static final int LEFT = ShardChain.LEFT;
  private static final int RIGHT = ShardChain.RIGHT;

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

  private void awaitServing(int range, long lsn, int... nodes) {
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreException(java.util.NoSuchElementException.class)
        .untilAsserted(
            () -> {
              for (int node : nodes) {
                var summary = chain.node(node).summary(range);
                assertEquals(lsn, summary.committedLsn(), range + " on node " + node);
                assertEquals("SERVING", summary.state(), range + " on node " + node);
              }
            });
  }

  private void awaitSplit() {
    await().atMost(Duration.ofSeconds(20)).until(chain::isSplit);
  }

  private void awaitCutBy(Integer... nodes) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertTrue(chain.cutNodes().containsAll(List.of(nodes))));
  }

  /** What any client may read of one key of a half. */
  private float pull(int range, int node, long key) {
    client.turnTo(range);
    return client.pull(node, key)[0];
  }

  @Test
  void theHalvesGoOnWithRowsClocksAndNumbersOfTheWhole() {
    client.join(1);
    client.push(1, 5, 2f);
    client.push(1, 70, 3f);
    chain.split(50);
    awaitSplit();
    awaitServing(LEFT, 4, 1, 2, 3); // a join, two pushes and the seal
    awaitServing(RIGHT, 4, 1, 2, 3);
    client.turnTo(LEFT);
    client.repeatLast(1); // a duplicate, not in its keys any more, but known by its seq
    long seq = client.seq();
    client.push(1, 5, 10f);
    client.turnTo(RIGHT, seq); // the halves' seqs go their own ways from that of the whole on
    client.push(1, 70, 20f);
    awaitServing(LEFT, 5, 1, 2, 3);
    awaitServing(RIGHT, 5, 1, 2, 3);
    for (int node = 1; node <= 3; node++) {
      assertEquals(12f, pull(LEFT, node, 5), "node " + node);
      assertEquals(23f, pull(RIGHT, node, 70), "node " + node);
    }
    client.turnTo(LEFT);
    assertEquals(
        ErrorCode.KEY_OUT_OF_RANGE, client.tryPush(1, 70, 1f).failure().code(), "of the right");
    await()
        .untilAsserted(
            () -> {
              for (int node = 1; node <= 3; node++) {
                assertTrue(chain.node(node).store.metadata(RANGE).isEmpty(), "the whole is gone");
              }
            });
  }

  @Test
  void aSealedRangeTakesNothingMoreAndIsReadOn() {
    client.join(1);
    client.push(1, 5, 2f);
    chain.holdsSplits = true;
    chain.split(50);
    awaitCutBy(1, 2, 3);
    assertEquals(ErrorCode.NOT_READY, client.tryPush(1, 5, 1f).failure().code());
    assertArrayEquals(new float[] {2f}, client.pull(3, 5));
    var mark = chain.node(1).shard().ask(s -> s.mark(RANGE));
    var refused = assertThrows(CompletionException.class, mark::join);
    assertEquals(
        ErrorCode.NOT_READY, assertInstanceOf(HoldfastException.class, refused.getCause()).code());
    assertEquals(3, chain.node(1).summary().lastLsn());
    assertEquals("OUT", chain.node(2).summary(LEFT).state(), "it is there, and in no chain");
  }

  @Test
  void aSealThatOnlyADeadHeadHadIsLoggedAgain() {
    client.join(1);
    client.push(1, 5, 2f);
    chain.cut = true;
    chain.split(50);
    await().until(() -> chain.node(1).summary().lastLsn() == 3);
    chain.node(1).kill();
    chain.cut = false;
    chain.configure(null, 2, 3);
    awaitSplit();
    awaitServing(LEFT, 3, 2, 3);
    assertEquals(2f, pull(LEFT, 3, 5));
  }

  @Test
  void aSealThatTheNextHeadHasIsNotLoggedAgain() {
    client.join(1);
    client.push(1, 5, 2f);
    chain.holdsSplits = true;
    chain.split(50);
    awaitCutBy(1, 2, 3);
    chain.node(1).kill();
    chain.holdsSplits = false;
    chain.configure(null, 2, 3);
    awaitSplit();
    awaitServing(LEFT, 3, 2, 3);
    awaitServing(RIGHT, 3, 2, 3);
  }

  @Test
  void whatWasCutBeforeARestartIsFoundAfterIt() {
    client.join(1);
    client.push(1, 5, 2f);
    client.push(1, 70, 3f);
    chain.holdsSplits = true;
    chain.split(50);
    awaitCutBy(1, 2, 3);
    for (int node = 1; node <= 3; node++) {
      chain.node(node).kill();
    }
    for (int node = 1; node <= 3; node++) {
      chain.node(node).restart();
      assertEquals(4, chain.node(node).summary(LEFT).lastLsn(), "node " + node);
    }
    chain.holdsSplits = false;
    chain.configure(null, 1, 2, 3);
    awaitSplit();
    awaitServing(LEFT, 4, 1, 2, 3);
    awaitServing(RIGHT, 4, 1, 2, 3);
    client.turnTo(RIGHT);
    client.push(1, 70, 4f);
    assertEquals(7f, pull(RIGHT, 2, 70));
  }

  @Test
  void aNodeThatDiedBetweenSealAndCutCutsWhenItServesAgain() {
    client.join(1);
    client.push(1, 5, 2f);
    chain.node(3).failsHalves = true;
    chain.split(50);
    awaitCutBy(1, 2);
    assertEquals(Set.of(1, 2), chain.cutNodes());
    chain.node(3).kill();
    chain.node(3).failsHalves = false;
    chain.node(3).restart();
    chain.configure(null, 1, 2, 3); // nobody has served without it: its log has the seal
    awaitSplit();
    awaitServing(LEFT, 3, 1, 2, 3);
    assertEquals(2f, pull(LEFT, 3, 5));
  }

  @Test
  void aJoinerIsCopiedTheSealAndCutsToo() {
    client.join(1);
    client.push(1, 5, 2f);
    chain.node(3).kill();
    chain.node(3).loseEverything();
    chain.configure(null, 1, 2);
    chain.node(1).failsHalves = true;
    chain.split(50);
    awaitCutBy(2);
    chain.node(3).restart();
    chain.configure(3, 1, 2);
    awaitCutBy(2, 3);
    chain.node(1).failsHalves = false;
    awaitSplit();
    awaitServing(RIGHT, 3, 1, 2, 3);
    assertEquals(2f, pull(LEFT, 3, 5));
  }

  @Test
  void aHalfThatACrashCutShortIsMadeAnew() {
    client.join(1);
    client.push(1, 5, 2f);
    client.push(1, 70, 3f);
    chain.node(2).store.failsImports = true;
    chain.split(50);
    awaitCutBy(1, 3);
    // Its log has what the halves need there, its store has nothing of them.
    assertTrue(chain.node(2).store.metadata(LEFT).isEmpty());
    chain.node(2).kill();
    chain.node(2).restart();
    chain.configure(null, 1, 2, 3);
    awaitCutBy(1, 3);
    assertFalse(chain.isSplit());
    chain.node(2).store.failsImports = false;
    awaitSplit();
    awaitServing(LEFT, 4, 1, 2, 3);
    awaitServing(RIGHT, 4, 1, 2, 3);
    assertEquals(2f, pull(LEFT, 2, 5));
    assertEquals(3f, pull(RIGHT, 2, 70));
  }

  @Test
  void pushesThatWaitForTheirClockWaitInTheHalfOfTheirKeys() {
    stop();
    chain =
        new ShardChain(
            directory.resolve("sequential"),
            TableSpec.sparse()
                .width(1)
                .durability(Durability.FSYNC)
                .consistency(Consistency.sequential(Consistency.Combine.SUM))
                .build(),
            3);
    chain.configure(null, 1, 2, 3);
    var one = new ChainClient(chain, 0);
    var two = new ChainClient(chain, 1);
    one.join(1, 2);
    two.join(1, 2);
    one.pushAll(1, 0, new long[] {5, 70, 71}, 1f, 2f, 3f);
    two.pushAll(1, 0, new long[] {70}, 10f); // nothing in the left half
    one.tick(1, 1);
    chain.holdsSplits = true;
    chain.split(50);
    awaitCutBy(1, 2, 3);
    for (int node = 1; node <= 3; node++) {
      chain.node(node).kill();
      chain.node(node).restart();
    }
    chain.holdsSplits = false;
    chain.configure(null, 1, 2, 3);
    awaitSplit();
    awaitServing(LEFT, 6, 1, 2, 3);
    awaitServing(RIGHT, 6, 1, 2, 3);
    client = new ChainClient(chain, -9);
    assertEquals(0f, pull(LEFT, 2, 5), "its clock has not ended");
    long seq = two.seq();
    for (int half : List.of(LEFT, RIGHT)) {
      two.turnTo(half, seq);
      two.tick(1, 1);
      awaitServing(half, 7, 1, 2, 3);
    }
    for (int node = 1; node <= 3; node++) {
      assertEquals(1f, pull(LEFT, node, 5), "node " + node);
      assertEquals(12f, pull(RIGHT, node, 70), "node " + node);
      assertEquals(3f, pull(RIGHT, node, 71), "node " + node);
    }
  }

  @Test
  @SuppressWarnings("FutureReturnValueIgnored") // both are awaited
  void aDroppedTableLeavesNoHalves() {
    client.join(1);
    client.push(1, 5, 2f);
    chain.holdsSplits = true;
    chain.split(50);
    awaitCutBy(1, 2, 3);
    for (int node = 1; node <= 3; node++) {
      int id = node;
      chain.node(node).shard().ask(s -> s.assign(List.of(), Set.of(), id, 1)).join().join();
      for (int range : List.of(RANGE, LEFT, RIGHT)) {
        assertFalse(chain.node(node).store.metadata(range).isPresent(), "range " + range);
      }
    }
  }
}
