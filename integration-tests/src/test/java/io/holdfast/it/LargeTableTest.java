package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Options;
import io.holdfast.client.Resume;
import io.holdfast.client.Table;
import io.holdfast.client.WorkerId;
import io.holdfast.model.TableSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A table of rows ten times as large as the memory for rows: right, within its memory, and soon
 * back after a restart. By default small; {@code mvn verify -Dholdfast.large=true
 * -Dtest=LargeTableTest} takes 1.28 GB of rows and a budget of 128 MiB, about 8 GB of disk and some
 * minutes, and holds the time of a restart to its limit.
 */
class LargeTableTest {
  private static final boolean LARGE = Boolean.getBoolean("holdfast.large");
  private static final int MIB = 1 << 20;
  private static final int WIDTH = 64;
  private static final int ROW_BYTES = WIDTH * Float.BYTES;
  private static final int BUDGET_MIB = LARGE ? 128 : 8;
  private static final int TIMES_THE_BUDGET = 10;

  /** The server's default: half of the heap is for rows. */
  private static final int HEAP_MIB = LARGE ? 2 * BUDGET_MIB : 64;

  /**
   * What a server of any size takes beside rows once it works: compiled code, transport buffers.
   */
  private static final int WORKING_MIB = 64;

  private static final int BATCH = LARGE ? 10_000 : 2_000;
  private static final Duration RESTART_LIMIT = Duration.ofSeconds(5);
  private static final int RESTARTS = LARGE ? 3 : 1;

  @TempDir Path directory;

  @BeforeAll
  static void onLinux() {
    assumeTrue(
        java.nio.file.Files.isReadable(Path.of("/proc/self/status")), "memory is read from /proc");
  }

  @Test
  void rowsOfTenTimesTheBudgetStayRightAndWithinTheBudget() throws Exception {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    int rows = BUDGET_MIB * TIMES_THE_BUDGET * (MIB / ROW_BYTES);
    var settings = settings(BUDGET_MIB + "MiB");
    try (var server = new ServerProcess(directory, settings, ServerMemory.flags(HEAP_MIB));
        var client = Holdfast.connect(server.address())) {
      var model = new Model(client, rows, seed);
      model.verify(1);
      var empty = ServerMemory.of(server.pid(), HEAP_MIB);
      model.fill();
      model.change(rows / BATCH / 2);
      model.verify(rows / BATCH / 2);
      model.change(rows / BATCH / 8);
      model.verify(rows / BATCH / 8);
      var full = ServerMemory.of(server.pid(), HEAP_MIB);
      double grown = full.liveMib() - empty.liveMib();
      System.out.printf(
          "%d rows, %d MiB; budget %d MiB, heap %d MiB%n  empty: %s%n  full:  %s%n  grown by %.0f MiB%n",
          rows, rows / (MIB / ROW_BYTES), BUDGET_MIB, HEAP_MIB, empty, full, grown);
      assertTrue(
          grown <= BUDGET_MIB * 1.25 + WORKING_MIB,
          "seed " + seed + ": grown by " + grown + " MiB, empty " + empty + ", full " + full);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void serverAnswersSoonAfterRestart(boolean killed) throws Exception {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    int rows = LARGE ? 1_000_000_000 / ROW_BYTES : 100_000;
    var flags = ServerProcess.asLaunched("-Xmx" + (LARGE ? 1024 : 128) + "m");
    double[] seconds = new double[RESTARTS];
    try (var server = new ServerProcess(directory, settings("auto"), flags);
        var client =
            Holdfast.connect(
                server.address(), Options.defaults().withCallTimeout(Duration.ofMinutes(2)))) {
      var model = new Model(client, rows, seed);
      model.fill();
      for (int i = 0; i < RESTARTS; i++) {
        // As much log as a restart can find while a checkpoint is being written.
        model.change(LARGE ? 190 : 10);
        if (killed) {
          server.kill();
        } else {
          server.stop();
        }
        long started = System.nanoTime();
        server.restart();
        model.verify(1);
        seconds[i] = (System.nanoTime() - started) / 1e9;
        System.out.printf(
            Locale.ROOT, "%.2f s, %.2f s of processor time%n", seconds[i], server.cpuSeconds());
      }
    }
    Arrays.sort(seconds);
    double median = seconds[RESTARTS / 2];
    System.out.printf(
        Locale.ROOT,
        "%d MB of rows, %s: first pull %.2f s after the start of the process (%.2f to %.2f)%n",
        (long) rows * ROW_BYTES / 1_000_000,
        killed ? "killed" : "stopped",
        median,
        seconds[0],
        seconds[RESTARTS - 1]);
    assertTrue(
        !LARGE || seconds[RESTARTS - 1] < RESTART_LIMIT.toSeconds(),
        Arrays.toString(seconds) + " s");
  }

  private static Map<String, String> settings(String cache) {
    return LARGE
        ? Map.of("cache", cache)
        : Map.of("cache", cache, "log-segment", "8MiB", "limits.frame", "2MiB", "replay", "16MiB");
  }

  /** The table, and what is to be in it: whole numbers, so that floats stay exact. */
  private static final class Model {
    private static final int IN_FLIGHT = 4;

    private final Table table;
    private final int[] changes;
    private final boolean[] exists;
    private final Random random;
    private final String what;

    Model(Holdfast client, int rows, long seed) {
      var worker = client.job("large").join(WorkerId.of(0, 1), Resume.FRESH);
      this.table = worker.table("rows", TableSpec.sparse().width(WIDTH).hashed().build());
      this.changes = new int[rows];
      this.exists = new boolean[rows];
      this.random = new Random(seed);
      this.what = "seed " + seed;
    }

    private static long key(int row) {
      return row * 0x9E3779B97F4A7C15L;
    }

    private static float first(int row, int column) {
      return row % 1000 + column;
    }

    /** Pushes every row once. */
    void fill() {
      var pushes = new ArrayDeque<CompletableFuture<?>>();
      for (int from = 0; from < changes.length; from += BATCH) {
        int count = Math.min(BATCH, changes.length - from);
        long[] keys = new long[count];
        float[] values = new float[count * WIDTH];
        for (int i = 0; i < count; i++) {
          keys[i] = key(from + i);
          exists[from + i] = true;
          for (int c = 0; c < WIDTH; c++) {
            values[i * WIDTH + c] = first(from + i, c);
          }
        }
        add(pushes, table.push(keys, values));
      }
      pushes.forEach(CompletableFuture::join);
    }

    /** Adds 1 to batches of random rows. */
    void change(int batches) {
      var pushes = new ArrayDeque<CompletableFuture<?>>();
      float[] ones = new float[BATCH * WIDTH];
      Arrays.fill(ones, 1);
      for (int batch = 0; batch < batches; batch++) {
        int[] rows = random.ints(0, changes.length).distinct().limit(BATCH).toArray();
        for (int row : rows) {
          changes[row]++;
        }
        add(pushes, table.push(Arrays.stream(rows).mapToLong(Model::key).toArray(), ones));
      }
      pushes.forEach(CompletableFuture::join);
    }

    private static void add(ArrayDeque<CompletableFuture<?>> pushes, CompletableFuture<?> push) {
      pushes.add(push);
      if (pushes.size() > IN_FLIGHT) {
        pushes.remove().join();
      }
    }

    /** Pulls batches of random rows and compares them. */
    void verify(int batches) {
      for (int batch = 0; batch < batches; batch++) {
        int[] rows = random.ints(0, changes.length).distinct().limit(BATCH).toArray();
        float[] found =
            table.pull(Arrays.stream(rows).mapToLong(Model::key).toArray()).join().floats();
        for (int i = 0; i < rows.length; i++) {
          for (int c = 0; c < WIDTH; c++) {
            float base = exists[rows[i]] ? first(rows[i], c) : 0;
            if (found[i * WIDTH + c] != base + changes[rows[i]]) {
              assertEquals(
                  base + changes[rows[i]],
                  found[i * WIDTH + c],
                  what + ": row " + rows[i] + ", column " + c);
            }
          }
        }
      }
    }
  }
}
