package io.holdfast.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.Consistency;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyHash;
import io.holdfast.model.KeyRange;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PushAndPullTest {
  private final FakeCluster fake = new FakeCluster(1);
  private Holdfast cluster = Holdfast.connect(fake.address(), Settings.quick());

  @BeforeEach
  void answersComeInAnyOrder() {
    fake.shuffle();
  }

  @AfterEach
  void close() {
    cluster.close();
    fake.close();
  }

  @Test
  void randomKeysInAnyOrderComeBackOverManyRanges() {
    for (boolean hashed : List.of(false, true)) {
      var spec = TableSpec.sparse().width(3).ranges(7);
      Table table = cluster.job("j").table("t" + hashed, (hashed ? spec.hashed() : spec).build());
      Map<Long, float[]> model = new HashMap<>();
      for (long seed = 0; seed < 30; seed++) {
        var random = new Random(seed);
        long[] keys = distinct(random, random.nextInt(400));
        float[] values = new float[keys.length * 3];
        for (int i = 0; i < keys.length; i++) {
          float[] row = model.computeIfAbsent(keys[i], fresh -> new float[3]);
          for (int j = 0; j < 3; j++) {
            values[3 * i + j] = random.nextInt(100);
            row[j] += values[3 * i + j];
          }
        }
        PushReceipt receipt = table.push(keys, values).join();
        assertTrue(receipt.parts() <= 7);
        long[] asked = distinct(random, 100);
        System.arraycopy(keys, 0, asked, 0, Math.min(keys.length, 50));
        asked = new LinkedHashSet<>(boxed(asked)).stream().mapToLong(Long::longValue).toArray();
        float[] into = new float[asked.length * 3 + 1];
        Rows rows = table.pull(asked, into).join();
        assertSame(into, rows.floats());
        for (int i = 0; i < asked.length; i++) {
          float[] row = model.getOrDefault(asked[i], new float[3]);
          for (int j = 0; j < 3; j++) {
            assertEquals(row[j], rows.floats()[3 * i + j], "seed " + seed + " key " + asked[i]);
          }
        }
      }
    }
  }

  @Test
  void hashedKeysAreSentByTheirPlaces() {
    Table table = cluster.job("j").table("t", TableSpec.sparse().hashed().build());
    table.push(new long[] {42}, new float[] {1}).join();
    assertTrue(fake.range("t", 0).rows().containsKey(KeyHash.place(42)));
  }

  @Test
  void wholeTablesGoInPiecesThatTheServerTakes() {
    fake.limit(100_000, 3_000);
    int rows = 50_000;
    Table table = cluster.job("j").table("t", TableSpec.dense(rows).width(4).ranges(3).build());
    float[] values = new float[rows * 4];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 1013;
    }
    PushReceipt receipt = table.pushAll(values).join();
    assertTrue(receipt.parts() >= rows / 3_000, receipt.toString());
    assertArrayEquals(values, table.pullAll().join().floats());
    assertTrue(fake.largestFrame() <= 100_000, fake.largestFrame() + " bytes");
    Rows some = table.pull(new KeyRange(16_000, 17_500)).join();
    assertEquals(1_500, some.count());
    assertEquals(values[16_000 * 4], some.floats()[0]);
  }

  @Test
  void int64TablesAndWideRows() {
    Table table = cluster.job("j").table("t", TableSpec.sparse().int64().width(2).build());
    long[] keys = {9, -1, 4};
    table.push(keys, new long[] {1, 2, 3, 4, 5, 1L << 50}).join();
    Rows rows = table.pushPull(keys, new long[] {1, 1, 1, 1, 1, 1}).join();
    assertArrayEquals(new long[] {2, 3, 4, 5, 6, (1L << 50) + 1}, rows.longs());
    assertEquals(ErrorCode.WRONG_TYPE, Settings.failure(rows::floats));
    Table wide = cluster.job("j").table("w", TableSpec.sparse().width(4_096).build());
    float[] values = new float[3 * 4_096];
    values[4_096] = 5;
    wide.push(keys, values).join();
    assertEquals(5, wide.pull(new long[] {-1}).join().floats()[0]);
  }

  @Test
  void aPullSeesThePushesMadeBeforeIt() {
    Worker worker = cluster.job("j").join(WorkerId.of(0, 1), Resume.FRESH);
    Table table = worker.table("t", TableSpec.sparse().ranges(2).build());
    long[] keys = {3, -3};
    var pulls = new ArrayList<CompletableFuture<Rows>>();
    for (int i = 0; i < 200; i++) {
      var push = table.push(keys, new float[] {1, 2});
      pulls.add(table.pull(keys));
      assertFalse(push.isCancelled());
    }
    for (int i = 0; i < pulls.size(); i++) {
      float seen = pulls.get(i).join().floats()[0];
      assertTrue(seen >= i + 1, i + " sees " + seen);
    }
    assertArrayEquals(
        new float[] {201, 402}, table.pushPull(keys, new float[] {1, 2}).join().floats());
  }

  @Test
  void smallRequestsThatWaitTogetherShareFrames() {
    Worker worker = cluster.job("j").join(WorkerId.of(0, 1), Resume.FRESH);
    Table table = worker.table("t", TableSpec.sparse().ranges(50).build());
    long[] keys = new long[50];
    for (int i = 0; i < 50; i++) {
      keys[i] = i * Long.divideUnsigned(-1, 50);
    }
    int frames = fake.frames();
    int requests = fake.requests();
    fake.kill();
    var pulls = new ArrayList<CompletableFuture<?>>();
    for (int i = 0; i < 20; i++) {
      pulls.add(table.pull(keys));
    }
    fake.start();
    pulls.forEach(CompletableFuture::join);
    assertEquals(1_000, fake.requests() - requests);
    assertTrue(fake.frames() - frames <= 20, fake.frames() - frames + " frames");
  }

  @Test
  void callsAfterOthersStartWhenThoseAreDone() {
    Table table = cluster.job("j").table("t", TableSpec.sparse().build());
    var gate = new CompletableFuture<Boolean>();
    var pushed = table.after(gate).push(new long[] {1}, new float[] {5});
    var pulled = table.after(pushed).pull(new long[] {1});
    assertFalse(pushed.isDone());
    assertEquals(0, table.pull(new long[] {1}).join().floats()[0]);
    gate.complete(true);
    assertEquals(5, pulled.join().floats()[0]);

    var failed = CompletableFuture.failedFuture(new HoldfastException(ErrorCode.NOT_A_NUMBER, "x"));
    assertEquals(
        ErrorCode.NOT_A_NUMBER,
        Settings.failure(table.after(failed).push(new long[] {1}, new float[] {5})));
    assertEquals(5, table.pull(new long[] {1}).join().floats()[0]);
  }

  @Test
  void mistakesAreFoundBeforeAnythingIsSent() {
    Table table = cluster.job("j").table("t", TableSpec.dense(100).width(2).build());
    assertEquals(
        ErrorCode.WRONG_WIDTH, Settings.failure(table.push(new long[] {1}, new float[] {1})));
    assertEquals(
        ErrorCode.WRONG_TYPE, Settings.failure(table.push(new long[] {1}, new long[] {1, 2})));
    assertEquals(ErrorCode.WRONG_TYPE, Settings.failure(table.pull(new long[] {1}, new long[2])));
    assertEquals(ErrorCode.WRONG_WIDTH, Settings.failure(table.pull(new long[] {1}, new float[1])));
    assertEquals(ErrorCode.KEY_OUT_OF_RANGE, Settings.failure(table.pull(new long[] {100})));
    assertEquals(ErrorCode.KEY_OUT_OF_RANGE, Settings.failure(table.pull(new long[] {-1})));
    assertEquals(ErrorCode.KEYS_NOT_ASCENDING, Settings.failure(table.pull(new long[] {3, 1, 3})));
    Table sparse = cluster.job("j").table("s", TableSpec.sparse().build());
    assertEquals(ErrorCode.INVALID_ARGUMENT, Settings.failure(sparse.pull(new KeyRange(1, 2))));
    assertEquals(0, fake.range("t", 0).pushes());
    assertEquals(0, sparse.push(new long[0], new float[0]).join().parts());
    assertEquals(0, sparse.pull(new long[0]).join().count());
  }

  @Test
  void definitionsMustAgree() {
    Job job = cluster.job("j");
    TableSpec spec = TableSpec.sparse().staleness(2).build();
    assertEquals(spec, job.table("t", spec).spec());
    assertEquals(spec, job.table("t").spec());
    assertEquals(
        ErrorCode.TABLE_MISMATCH,
        Settings.failure(() -> job.table("t", TableSpec.sparse().width(2).build())));
    assertEquals(ErrorCode.UNKNOWN_TABLE, Settings.failure(() -> job.table("u")));
    job.table("t").setConsistency(Consistency.eventual());
    assertEquals(Consistency.eventual(), job.table("t").spec().consistency());
    assertEquals(1, cluster.tables().size());
    var result = job.table("t").evaluate(RuleSpec.of("norm")).join();
    assertArrayEquals(new double[] {4}, result.values());
    assertArrayEquals(new long[] {-1}, result.keys());
    job.dropTable("t");
    assertEquals(0, cluster.tables().size());
  }

  @Test
  void aCallerOutsideTheGroupLeavesWhatItHasJoined() {
    Table table = cluster.job("j").table("t", TableSpec.sparse().build());
    table.pull(new long[] {1}).join();
    assertEquals(0, fake.home().members().size());
    table.push(new long[] {1}, new float[] {1}).join();
    cluster.close();
    assertEquals(1, fake.range("t", 0).members().values().stream().filter(m -> m.left).count());
    assertEquals(1, fake.home().members().values().stream().filter(m -> m.left).count());
    assertEquals(ErrorCode.CLOSED, Settings.failure(table.pull(new long[] {1})));
    cluster = Holdfast.connect(fake.address(), Settings.quick());
  }

  private static List<Long> boxed(long[] keys) {
    var list = new ArrayList<Long>();
    for (long key : keys) {
      list.add(key);
    }
    return list;
  }

  private static long[] distinct(Random random, int count) {
    var keys = new LinkedHashSet<Long>();
    boolean ascending = random.nextBoolean();
    while (keys.size() < count) {
      keys.add(random.nextBoolean() ? random.nextLong() : random.nextInt(500));
    }
    long[] array = keys.stream().mapToLong(Long::longValue).toArray();
    if (ascending) {
      return keys.stream().sorted(Long::compareUnsigned).mapToLong(Long::longValue).toArray();
    }
    return array;
  }
}
