package io.holdfast.replication.shard;

import static org.awaitility.Awaitility.await;
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
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.store.rows.RowExport;
import io.holdfast.wire.OutboundReply;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ranges that are taken from a snapshot into shards with real logs (rule P30). */
class ShardRestoreTest {
  private static final int RANGE = ShardChain.RANGE;
  private static final int LOWER = 11;
  private static final int UPPER = 12;
  private static final KeyRange LOWER_KEYS = new KeyRange(0, 50);
  private static final KeyRange UPPER_KEYS = new KeyRange(50, 1_000_000);

  /** The first incarnation that the home range would give out after the restore. */
  private static final int NEXT_LIFE = (1 << 16) + 1;

  private static final TableSpec SEQUENTIAL =
      TableSpec.sparse()
          .width(1)
          .durability(Durability.FSYNC)
          .consistency(Consistency.sequential(Consistency.Combine.SUM))
          .build();

  @TempDir Path directory;
  private ShardChain chain;
  private ChainClient one;
  private ChainClient two;
  private List<byte[]> held;

  /** Two workers, of which one has finished a clock and the other has pushed for it. */
  @BeforeEach
  void start() {
    chain = new ShardChain(directory, SEQUENTIAL, 2);
    chain.configure(null, 1);
    one = new ChainClient(chain, 0);
    two = new ChainClient(chain, 1);
    one.join(1, 2);
    two.join(1, 2);
    one.pushAll(1, 0, new long[] {5, 70}, 100f, 200f);
    one.tick(1, 1);
    two.tick(1, 1);
    one.pushAll(1, 1, new long[] {5, 70, 71}, 1f, 2f, 3f);
    one.tick(1, 2);
    two.pushAll(1, 1, new long[] {70}, 10f);
    held = chain.node(1).shard().ask(ShardRestoreTest::heldBy).join();
    chain.node(1).shard().close(); // with a checkpoint
    chain.node(1).restart();
    chain.configure(null, 1);
    chain.restore(LOWER, LOWER_KEYS);
    chain.restore(UPPER, UPPER_KEYS);
  }

  private static List<byte[]> heldBy(Shard shard) {
    return Objects.requireNonNull(shard.replica(RANGE)).buffered().records().stream()
        .map(CopySender::encode)
        .map(
            record ->
                ByteBuffer.allocate(Integer.BYTES + record.remaining())
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(record.remaining())
                    .put(record)
                    .array())
        .toList();
  }

  @AfterEach
  void stop() {
    chain.close();
    assertNull(chain.broken.get());
  }

  private RowExport rows(KeyRange keys) {
    return chain.node(1).store.export(RANGE, keys).orElseThrow();
  }

  private void take(int node, int range, KeyRange keys, boolean modelOnly) {
    chain
        .node(node)
        .install(new RestoredRange(range, keys, SEQUENTIAL, () -> rows(keys), held, modelOnly))
        .join();
  }

  private void adopt(int range, int node) {
    chain.adopt(range, node);
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertEquals("SERVING", chain.node(node).summary(range).state()));
  }

  private static ErrorCode refusal(ShardFixture.Answer answer) {
    return assertInstanceOf(OutboundReply.Failed.class, answer.reply()).error().code();
  }

  private float pull(int range, long key) {
    var reader = new ChainClient(chain, -9);
    reader.turnTo(range);
    return reader.pull(2, key)[0];
  }

  @Test
  void workersThatResumeGoOnWhereTheyWereAndOlderOnesAreFenced() {
    take(2, LOWER, LOWER_KEYS, false);
    take(2, UPPER, UPPER_KEYS, false);
    chain.node(2).kill(); // what it has taken is there, and open, after a restart
    chain.node(2).restart();
    adopt(LOWER, 2);
    adopt(UPPER, 2);
    assertEquals(100f, pull(LOWER, 5));
    assertEquals(200f, pull(UPPER, 70), "the second clock has not ended");
    long seq = two.seq();
    two.turnTo(UPPER);
    assertEquals(ErrorCode.STALE_INCARNATION, refusal(two.tryPush(2, 70, 1_000f)));
    for (int range : List.of(LOWER, UPPER)) {
      one.turnTo(range);
      one.reborn(NEXT_LIFE, 2); // as of the first clock's end
      one.join(2, 2);
      one.pushAll(2, 1, range == LOWER ? new long[] {5} : new long[] {70, 71}, 7f, 7f);
      one.tick(2, 2); // both are there already, and count once
      two.turnTo(range);
      two.reborn(NEXT_LIFE, seq);
      two.join(2, 2);
      two.tick(2, 2);
    }
    assertEquals(101f, pull(LOWER, 5));
    assertEquals(212f, pull(UPPER, 70));
    assertEquals(3f, pull(UPPER, 71));
  }

  @Test
  void theModelAloneHasRowsAndNoWorkers() {
    take(2, LOWER, LOWER_KEYS, true);
    adopt(LOWER, 2);
    var fresh = new ChainClient(chain, 0);
    fresh.turnTo(LOWER);
    fresh.join(2, 1);
    fresh.pushAll(2, 0, new long[] {5}, 11f);
    fresh.tick(2, 1);
    assertEquals(111f, pull(LOWER, 5));
  }

  @Test
  void whatIsGivenUpLeavesNothing() {
    take(2, LOWER, LOWER_KEYS, false);
    assertTrue(chain.node(2).store.metadata(LOWER).isPresent());
    chain.abandon(LOWER);
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertTrue(chain.node(2).store.metadata(LOWER).isEmpty()));
    var late = assertThrows(CompletionException.class, () -> take(2, LOWER, LOWER_KEYS, false));
    assertEquals(ErrorCode.NOT_READY, code(late));
    assertTrue(chain.node(2).store.metadata(LOWER).isEmpty());
  }

  private static ErrorCode code(CompletionException refused) {
    return assertInstanceOf(HoldfastException.class, refused.getCause()).code();
  }

  @Test
  void aFormatOfANewerVersionIsRefused() {
    var export = rows(LOWER_KEYS);
    byte[] newer = export.metadata();
    ByteBuffer.wrap(newer).order(ByteOrder.LITTLE_ENDIAN).putInt(0, 99);
    var range =
        new RestoredRange(
            LOWER, LOWER_KEYS, SEQUENTIAL, () -> new OtherMetadata(export, newer), held, false);
    var refused =
        assertThrows(CompletionException.class, () -> chain.node(2).install(range).join());
    assertEquals(ErrorCode.UNSUPPORTED_FORMAT, code(refused));
    assertTrue(String.valueOf(refused.getMessage()).contains("format 99"), refused.getMessage());
    assertFalse(chain.node(2).store.metadata(LOWER).isPresent());
  }

  private record OtherMetadata(RowExport rows, byte[] metadata) implements RowExport {
    @Override
    public long approximateBytes() {
      return rows.approximateBytes();
    }

    @Override
    public int minChunkBytes() {
      return rows.minChunkBytes();
    }

    @Override
    public boolean next(ByteBuffer target) {
      return rows.next(target);
    }

    @Override
    public void close() {
      rows.close();
    }
  }
}
