package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Job;
import io.holdfast.client.Resume;
import io.holdfast.client.WorkerId;
import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.command.ControlCalls;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import io.holdfast.v1.SplitRangeReply;
import io.holdfast.v1.SplitRangeRequest;
import io.holdfast.v1.TableName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client library against a server, both in this process, over loopback. */
@SuppressWarnings({
  "NullAway.Init",
  "FutureReturnValueIgnored"
}) // pushes are awaited by what follows
class OneNodeTest {
  @TempDir Path directory;
  private Server server;
  private Holdfast cluster;
  private Job job;

  @BeforeEach
  void start() {
    server = Server.start(settings());
    cluster = Holdfast.connect(server.address());
    job = cluster.job("test");
  }

  private ServerSettings settings() {
    return ServerSettings.of(
        Map.of(
            "data",
            directory.resolve("node"),
            "port",
            0,
            "shards",
            2,
            "log-segment",
            "4MiB",
            "limits.frame",
            "1MiB",
            "cache",
            "64MiB"));
  }

  @AfterEach
  void stop() {
    cluster.close();
    server.close();
  }

  private void restart() {
    cluster.close();
    server.close();
    start();
  }

  @Test
  void whatWasPushedIsPulledAlsoAfterARestart() {
    var table = job.table("w", TableSpec.sparse().width(3).build());
    long[] keys = {5, -1, 7};
    table.push(keys, new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}).join();
    table.push(new long[] {7}, new float[] {1, 1, 1}).join();
    float[] expected = {1, 2, 3, 4, 5, 6, 8, 9, 10, 0, 0, 0};
    assertArrayEquals(expected, table.pull(new long[] {5, -1, 7, 8}).join().floats());
    restart();
    assertArrayEquals(expected, job.table("w").pull(new long[] {5, -1, 7, 8}).join().floats());
  }

  @Test
  void randomPushesAndPullsAgreeWithAModel() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    for (var spec :
        new TableSpec[] {
          TableSpec.sparse().width(2).ranges(3).durability(Durability.MEMORY).build(),
          TableSpec.sparse().width(2).hashed().ranges(3).build(),
          TableSpec.dense(1_000).width(2).ranges(3).build()
        }) {
      var table = job.table("t" + spec.hashCode(), spec);
      var model = new TreeMap<Long, float[]>();
      for (int round = 0; round < 40; round++) {
        long[] keys = distinctKeys(random);
        float[] values = new float[keys.length * 2];
        for (int i = 0; i < keys.length; i++) {
          for (int c = 0; c < 2; c++) {
            values[2 * i + c] = random.nextInt(100);
            model.computeIfAbsent(keys[i], k -> new float[2])[c] += values[2 * i + c];
          }
        }
        table.push(keys, values).join();
        long[] asked = distinctKeys(random);
        float[] expected = new float[asked.length * 2];
        for (int i = 0; i < asked.length; i++) {
          float[] row = model.getOrDefault(asked[i], new float[2]);
          System.arraycopy(row, 0, expected, 2 * i, 2);
        }
        assertArrayEquals(
            expected, table.pull(asked).join().floats(), "seed " + seed + " round " + round);
      }
    }
  }

  private static long[] distinctKeys(Random random) {
    return random.longs(200, 0, 1_000).distinct().toArray();
  }

  @Test
  void aWholeDenseTableGoesInAndOutInPieces() {
    int rows = 1_500_000;
    var table = job.table("dense", TableSpec.dense(rows).ranges(2).build());
    float[] values = new float[rows];
    for (int i = 0; i < rows; i++) {
      values[i] = i;
    }
    table.pushAll(values).join();
    table.push(new KeyRange(10, 20), new float[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}).join();
    for (int i = 10; i < 20; i++) {
      values[i]++;
    }
    assertArrayEquals(values, table.pullAll().join().floats());
  }

  @Test
  void countsAreExact() {
    var table = job.table("counts", TableSpec.sparse().int64().build());
    long[] keys = {1, Long.MIN_VALUE};
    var pushes = new CompletableFuture<?>[100];
    for (int i = 0; i < pushes.length; i++) {
      pushes[i] = table.push(keys, new long[] {1L << 40, -i});
    }
    CompletableFuture.allOf(pushes).join();
    long[] pulled = table.pull(keys).join().longs();
    assertArrayEquals(new long[] {100 * (1L << 40), -4950}, pulled);
  }

  @Test
  void pushPullSeesItsOwnPush() {
    var table = job.table("pp", TableSpec.sparse().build());
    for (int i = 1; i <= 20; i++) {
      assertArrayEquals(
          new float[] {i}, table.pushPull(new long[] {3}, new float[] {1}).join().floats());
    }
  }

  @Test
  void aCallAfterAnotherStartsWhenThatIsDone() {
    var table = job.table("dag", TableSpec.sparse().build());
    var gate = new CompletableFuture<Void>();
    var push = table.after(gate).push(new long[] {1}, new float[] {5});
    var pull = table.after(push).pull(new long[] {1});
    assertArrayEquals(new float[] {0}, table.pull(new long[] {1}).join().floats());
    gate.complete(null);
    assertArrayEquals(new float[] {5}, pull.join().floats());
  }

  @Test
  void aWorkerResumesWithItsClockAndItsStateAndItsReplayedPushesAreDropped() {
    var spec = TableSpec.sparse().build();
    var worker = job.join(WorkerId.of(0, 1), Resume.IF_SAVED);
    assertTrue(worker.savedState().isEmpty());
    var table = worker.table("w", spec);
    table.push(new long[] {1}, new float[] {1});
    assertEquals(1, worker.tick(new byte[] {42}).join());
    table
        .push(new long[] {1}, new float[] {10})
        .join(); // not in the saved state: will be made again
    var second = job.join(WorkerId.of(0, 1), Resume.IF_SAVED);
    assertEquals(2, second.incarnation());
    assertEquals(1, second.clock());
    assertArrayEquals(new byte[] {42}, second.savedState().orElseThrow());
    var again = second.table("w", spec);
    assertEquals(1, again.push(new long[] {1}, new float[] {10}).join().duplicates());
    assertEquals(0, again.push(new long[] {1}, new float[] {100}).join().duplicates());
    assertArrayEquals(new float[] {111}, again.pull(new long[] {1}).join().floats());
    refused(
        ErrorCode.STALE_INCARNATION, () -> table.push(new long[] {1}, new float[] {1000}).join());
    restart();
    var third = job.join(WorkerId.of(0, 1), Resume.IF_SAVED);
    assertEquals(1, third.clock());
    assertArrayEquals(new float[] {111}, third.table("w").pull(new long[] {1}).join().floats());
  }

  @Test
  void sequentialWorkersSeeEachOthersClocksOnceTheyHaveEnded() {
    var spec =
        TableSpec.dense(4)
            .consistency(Consistency.sequential(Consistency.Combine.MEAN))
            .rule(Rules.assign())
            .build();
    var one = job.join(WorkerId.of(0, 2), Resume.FRESH);
    var two = job.join(WorkerId.of(1, 2), Resume.FRESH);
    var first = one.table("seq", spec);
    var second = two.table("seq", spec);
    long[] keys = {1};
    for (int clock = 0; clock < 10; clock++) {
      first.push(keys, new float[] {clock});
      second.push(keys, new float[] {clock + 2});
      var ticks = CompletableFuture.allOf(one.tick(), two.tick());
      assertArrayEquals(new float[] {clock + 1}, first.pull(keys).join().floats());
      ticks.join();
      assertArrayEquals(new float[] {clock + 1}, second.pull(keys).join().floats());
    }
  }

  @Test
  void functionsAreMergedOverRanges() {
    var table = job.table("f", TableSpec.dense(1_000).ranges(4).build());
    float[] values = new float[1_000];
    values[3] = 3;
    values[999] = -4;
    table.pushAll(values).join();
    assertEquals(5, table.evaluate(RuleSpec.of("norm2")).join().values()[0], 1e-9);
    assertEquals(2, table.evaluate(RuleSpec.of("count_nonzero")).join().values()[0]);
    refused(ErrorCode.UNKNOWN_RULE, () -> table.evaluate(RuleSpec.of("no_such")).join());
  }

  @Test
  void wrongCallsAreRefusedWithTheirTypeAndChangeNothing() {
    var table = job.table("w", TableSpec.dense(100).width(2).build());
    refused(ErrorCode.UNKNOWN_TABLE, () -> job.table("nope"));
    refused(ErrorCode.TABLE_MISMATCH, () -> job.table("w", TableSpec.dense(100).width(3).build()));
    refused(
        ErrorCode.UNKNOWN_RULE,
        () -> job.table("x", TableSpec.sparse().rule(RuleSpec.of("nope")).build()));
    refused(ErrorCode.WRONG_WIDTH, () -> table.push(new long[] {1}, new float[] {1}).join());
    refused(ErrorCode.WRONG_TYPE, () -> table.push(new long[] {1}, new long[] {1, 1}).join());
    refused(ErrorCode.KEYS_NOT_ASCENDING, () -> table.push(new long[] {1, 1}, new float[4]).join());
    refused(ErrorCode.KEY_OUT_OF_RANGE, () -> table.push(new long[] {100}, new float[2]).join());
    refused(
        ErrorCode.NOT_A_NUMBER,
        () -> table.push(new long[] {1}, new float[] {Float.NaN, 0}).join());
    table.push(new long[] {1}, new float[] {1, 2}).join();
    assertArrayEquals(new float[] {1, 2}, table.pull(new long[] {1}).join().floats());
    restart();
    assertArrayEquals(
        new float[] {1, 2, 0, 0}, job.table("w").pull(new long[] {1, 0}).join().floats());
  }

  @Test
  void aDroppedTableIsGoneAndItsNameIsFree() {
    job.table("w", TableSpec.sparse().build()).push(new long[] {1}, new float[] {1}).join();
    job.dropTable("w");
    refused(ErrorCode.UNKNOWN_TABLE, () -> job.table("w"));
    var table = job.table("w", TableSpec.sparse().width(2).build());
    assertArrayEquals(new float[] {0, 0}, table.pull(new long[] {1}).join().floats());
    restart();
    assertEquals(1, cluster.tables().size());
  }

  @Test
  void aRangeIsSplitOnANodeAloneAndAHalfOfItAgain() {
    var table = job.table("w", TableSpec.dense(1_000).width(2).ranges(1).build());
    long[] keys = {1, 250, 600, 999};
    table.push(keys, new float[] {1, 2, 3, 4, 5, 6, 7, 8}).join();
    // The ids of the halves differ by one, so that they belong to the two shards.
    var halves = split(firstRange(), 500);
    table.push(keys, new float[] {1, 1, 1, 1, 1, 1, 1, 1}).join();
    restart();
    assertEquals(halves.getLeft().getId(), firstRange());
    split(firstRange(), 0);
    table = job.table("w");
    table.push(keys, new float[] {1, 1, 1, 1, 1, 1, 1, 1}).join();
    float[] expected = {3, 4, 5, 6, 7, 8, 9, 10};
    assertArrayEquals(expected, table.pull(keys).join().floats());
    restart();
    assertArrayEquals(expected, job.table("w").pull(keys).join().floats());
  }

  private int firstRange() {
    try (var control = new ControlCalls(server.address(), Duration.ofSeconds(30))) {
      var name = TableName.newBuilder().setJob("test").setTable("w").build();
      return control.call(stub -> stub.describeTable(name)).getRanges(0).getId();
    }
  }

  private SplitRangeReply split(int range, long key) {
    try (var control = new ControlCalls(server.address(), Duration.ofSeconds(30))) {
      return control.call(
          stub ->
              stub.splitRange(SplitRangeRequest.newBuilder().setRange(range).setKey(key).build()));
    }
  }

  private static void refused(ErrorCode code, Runnable call) {
    var thrown = assertThrows(Exception.class, call::run);
    Throwable cause =
        thrown instanceof java.util.concurrent.CompletionException ? thrown.getCause() : thrown;
    assertEquals(
        code,
        assertInstanceOf(HoldfastException.class, cause).code(),
        String.valueOf(cause.getMessage()));
  }
}
