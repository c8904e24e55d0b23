package io.holdfast.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.filter.Filters;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Workers with filters that hold rows back and round them, against a server. */
@SuppressWarnings("NullAway.Init")
class FilteredWorkersTest {
  private static final int KEYS = 300;
  private static final int WIDTH = 3;
  private static final int STEPS = 120;
  private static final TableSpec SPEC =
      TableSpec.sparse().hashed().width(WIDTH).ranges(3).rule(Rules.add()).build();

  @TempDir Path directory;
  private Server server;

  @BeforeEach
  void start() {
    var settings = new HashMap<String, Object>();
    settings.put("data", directory.resolve("node"));
    settings.put("port", 0);
    settings.put("shards", 2);
    settings.put("log-segment", "4MiB");
    settings.put("cache", "64MiB");
    settings.put("disk-low", 0);
    settings.put("disk-high", 0);
    server = Server.start(ServerSettings.of(Map.copyOf(settings)));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** What a worker pushes at a step; the same in each life. */
  private record Step(long[] keys, float[] values) {
    static Step of(int number) {
      var random = new SplittableRandom(number);
      long[] keys = random.longs(0, KEYS).distinct().limit(40).toArray();
      float[] values = new float[keys.length * WIDTH];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      return new Step(keys, values);
    }
  }

  /** P10 and P14, with all that a filter carries: as if the worker had never died. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "int8,error-feedback,cache-keys,skip-zeros,zstd,significant:1",
        "bf16,error-feedback,top-k:0.3",
        "push=int8,error-feedback,skip:0.5:3,cache-keys",
        "significant:2,skip-zeros,cache-keys,zstd"
      })
  void aWorkerThatIsKilledAndResumesEndsWithTheSameBits(String filters) {
    run("undisturbed", filters, STEPS + 1);
    for (int dies = 5; dies < STEPS; dies += 31) {
      run("killed-" + dies, filters, dies);
      assertArrayEquals(rows("undisturbed"), rows("killed-" + dies), "killed before step " + dies);
    }
  }

  /** What rounding leaves comes with later pushes, and the rest with the flush. */
  @Test
  void afterAFlushTheSumsAreThoseOfWhatWasPushed() {
    run("sums", "int8,error-feedback,top-k:0.2", STEPS + 1);
    double[] expected = new double[KEYS * WIDTH];
    for (int step = 0; step < STEPS; step++) {
      Step pushed = Step.of(step);
      for (int i = 0; i < pushed.values().length; i++) {
        expected[(int) pushed.keys()[i / WIDTH] * WIDTH + i % WIDTH] += pushed.values()[i];
      }
    }
    float[] rows = rows("sums");
    for (int i = 0; i < rows.length; i++) {
      assertEquals(expected[i], rows[i], 1e-4, "value " + i);
    }
  }

  @Test
  void aWorkerResumesWithTheFiltersThatItHad() {
    try (Holdfast cluster = connect();
        Worker worker = cluster.job("j").join(WorkerId.of(0, 1), Resume.IF_SAVED)) {
      Table table = worker.table("t", SPEC, Filters.parse("top-k:0.5"));
      table.push(new long[] {1, 2}, new float[2 * WIDTH]).join();
      worker.tick(new byte[] {1}).join();
      refused(() -> worker.table("t", SPEC, Filters.parse("top-k:0.25")));
    }
    try (Holdfast cluster = connect();
        Worker worker = cluster.job("j").join(WorkerId.of(0, 1), Resume.IF_SAVED)) {
      refused(() -> worker.table("t", SPEC, Filters.parse("top-k:0.25")));
      refused(() -> worker.table("t", SPEC));
      worker.table("t", SPEC, Filters.parse("top-k:0.5"));
    }
    try (Holdfast cluster = connect();
        Worker worker = cluster.job("j").join(WorkerId.of(0, 1), Resume.FRESH)) {
      worker.table("t", SPEC);
    }
  }

  @Test
  void aStateThatIsTooLargeIsRefusedBeforeTheClockEnds() {
    try (Holdfast cluster = connect();
        Worker worker = cluster.job("j").join(WorkerId.of(0, 1), Resume.IF_SAVED)) {
      var wide = TableSpec.sparse().width(4_096).build();
      Table table = worker.table("wide", wide, Filters.parse("significant:1e30"));
      var random = new SplittableRandom(1);
      for (int push = 0; push < 2; push++) {
        long[] keys = random.longs(0, 1L << 40).distinct().limit(100).toArray();
        float[] values = new float[keys.length * 4_096];
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) random.nextGaussian();
        }
        table.push(keys, values).join();
      }
      var error = assertThrows(CompletionException.class, () -> worker.tick(new byte[] {1}).join());
      var cause = assertInstanceOf(HoldfastException.class, error.getCause());
      assertEquals(ErrorCode.LIMIT_EXCEEDED, cause.code());
      assertTrue(String.valueOf(cause.getMessage()).contains("flush()"), cause.getMessage());
      assertEquals(0, worker.clock());
      worker.flush().join();
      assertEquals(1, worker.tick(new byte[] {1}).join());
    }
  }

  @Test
  void whatAFlushHasSentIsSeenByPullsOfRowsThatAreKept() {
    try (Holdfast cluster = connect();
        Worker worker = cluster.job("j").join(WorkerId.of(0, 1), Resume.FRESH)) {
      CachedTable table =
          worker
              .table("t", SPEC, Filters.parse("significant:1e30"))
              .cached(CacheSettings.defaults().withEventualStaleness(9));
      long[] keys = {7};
      table.push(keys, new float[] {1, 2, 3}).join();
      assertArrayEquals(new float[WIDTH], table.pull(keys).join().floats());
      worker.flush().join();
      assertArrayEquals(new float[] {1, 2, 3}, table.pull(keys).join().floats());
      assertArrayEquals(new float[] {1, 2, 3}, table.pull(keys).join().floats());
      assertEquals(1, table.statistics().localPulls());
    }
  }

  /** A leaver has sent what it held back, after it was saved. */
  @Test
  void whoHasLeftAndComesBackDoesNotPushAgainWhatItHeldBack() {
    leave("left", true);
    float[] rows = rows("left");
    leave("left", false);
    assertArrayEquals(rows, rows("left"));
  }

  private void leave(String job, boolean pushes) {
    try (Holdfast cluster = connect()) {
      Worker worker = cluster.job(job).join(WorkerId.of(0, 1), Resume.IF_SAVED);
      Table table = worker.table("t", SPEC, Filters.parse("top-k:0.2"));
      if (pushes) {
        Step pushed = Step.of(0);
        table.push(pushed.keys(), pushed.values()).join();
        worker.tick(new byte[] {1}).join();
      }
      worker.leave().join();
    }
  }

  @Test
  void aShardThatIsDoneIsSaidSoWithTheNextStateWhereOneIsTooLarge() {
    try (Holdfast cluster = connect();
        Worker worker = cluster.job("j").join(WorkerId.of(0, 1), Resume.IF_SAVED)) {
      WorkQueue queue = worker.queue("q", 2, 1);
      queue.take().join().orElseThrow().done();
      assertThrows(CompletionException.class, () -> worker.tick(new byte[16 << 20]).join());
      worker.tick(new byte[] {1}).join();
      assertEquals(1, cluster.job("j").queues().get(0).finished());
    }
  }

  // The worker pushes, ticks and now and then flushes; it dies once, before the given step.
  private void run(String job, String filters, int dies) {
    boolean done = live(job, filters, dies);
    if (!done) {
      assertTrue(live(job, filters, STEPS + 1));
    }
  }

  private boolean live(String job, String filters, int dies) {
    try (Holdfast cluster = connect()) {
      Worker worker = cluster.job(job).join(WorkerId.of(0, 1), Resume.IF_SAVED);
      Table table = worker.table("t", SPEC, Filters.parse(filters));
      int from = worker.savedState().map(state -> ByteBuffer.wrap(state).getInt()).orElse(0);
      for (int step = from; step < STEPS; step++) {
        if (step == dies) {
          return false;
        }
        Step pushed = Step.of(step);
        var unused = table.push(pushed.keys(), pushed.values());
        if (step % 50 == 49) {
          var unusedToo = worker.flush();
        }
        if (step % 10 == 9) {
          var unusedEither = worker.tick(ByteBuffer.allocate(4).putInt(step + 1).array());
        }
      }
      worker.flush().join();
      return true;
    }
  }

  private float[] rows(String job) {
    long[] keys = new long[KEYS];
    for (int i = 0; i < KEYS; i++) {
      keys[i] = i;
    }
    try (Holdfast cluster = connect()) {
      return cluster.job(job).table("t").pull(keys).join().floats();
    }
  }

  private Holdfast connect() {
    return Holdfast.connect(
        server.address(), Options.defaults().withCloseTimeout(Duration.ofMillis(1)));
  }

  private static void refused(Runnable call) {
    var error = assertThrows(HoldfastException.class, call::run);
    assertEquals(ErrorCode.INVALID_ARGUMENT, error.code(), error.getMessage());
  }
}
