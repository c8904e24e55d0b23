package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import io.holdfast.tools.local.ClusterSettings;
import io.holdfast.tools.local.Layout;
import io.holdfast.tools.local.NodeProcess;
import io.holdfast.tools.local.ProcessCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code holdfast train lr --consistency sequential} with four workers on three nodes: every run
 * ends with the same model, bit for bit, whatever of it is killed on the way; and block proximal
 * gradient, which is built on such a table.
 *
 * <p>{@code -Dholdfast.runs=5} sets the number of runs. The first has its workers on threads, the
 * others have them in processes; of every five, three have nodes and workers killed, each {@code
 * -Dholdfast.kills=4} times together, at random moments by {@code -Dholdfast.seed=1}.
 */
@SuppressWarnings("NullAway.Init")
class SynchronousRunsTest {
  private static final int RUNS = Integer.getInteger("holdfast.runs", 2);
  private static final int KILLS = Integer.getInteger("holdfast.kills", RUNS > 2 ? 4 : 2);
  private static final int WORKERS = 4;
  private static final int EXAMPLES = 4_000;
  private static final int BATCH = 50;
  private static final int PASSES = 6 * KILLS;
  private static final int BLOCK_PASSES = 60 * KILLS;
  private static final double LONGEST_GAP_SECONDS = 2;
  private static final Duration LONG = Duration.ofSeconds(60);

  private static final Map<String, String> SETTINGS =
      Map.of(
          "shards", "1",
          "cache", "32MiB",
          "log-segment", "4MiB",
          "limits.frame", "1MiB",
          "disk-low", "0",
          "disk-high", "0");

  @TempDir static Path directory;
  private static ProcessCluster processes;

  @BeforeAll
  static void start() {
    processes =
        ProcessCluster.start(
            Layout.onFreePorts(3, 1),
            ClusterSettings.in(directory.resolve("cluster"))
                .withJavaOptions(ServerProcess.options())
                .withNodeSettings(SETTINGS)
                .withStartUp(LONG.multipliedBy(2)));
  }

  @AfterAll
  static void stop() {
    if (processes != null) {
      processes.close();
    }
  }

  @Test
  void everyRunEndsWithTheSameModel() throws Exception {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    String first = "";
    for (int run = 0; run < RUNS; run++) {
      boolean kills = run % 5 == 1 || run % 5 >= 3;
      String job = "run-" + run;
      try (var training = run == 0 ? training(job) : training(job, "--worker-processes")) {
        String killed = kills ? kill(training, new Random(seed + run)) : "nothing";
        String what = job + ", seed " + (seed + run) + ", killed: " + killed;
        var result = training.result(what);
        System.out.printf(
            "%s; %.1f s, AUC %.4f, model %s%n",
            what, result.seconds(), result.auc(), result.modelDigest());
        first = first.isEmpty() ? result.modelDigest() : first;
        assertEquals(first, result.modelDigest(), what);
      }
    }
  }

  @Test
  void withBackupWorkersTheRunEndsAndEachClockIsAppliedOnce() throws Exception {
    try (var training = training("backup", "--backup-workers", "1");
        var cluster = Holdfast.connect(processes.addresses())) {
      var result = training.result("with a backup worker");
      int clocks = PASSES * EXAMPLES / WORKERS / BATCH;
      for (long key = 0; key < 20; key++) { // some in each range
        var rows = cluster.job("backup").table("weights").latest().pull(new long[] {key}).join();
        assertEquals(clocks, rows.minClock(), "clocks applied to the range of key " + key);
      }
      assertTrue(result.auc() > 0.6, "AUC " + result.auc());
    }
  }

  /** Without a delay to the same bits; with one, to the same optimum. Takes minutes. */
  @EnabledIfSystemProperty(named = "holdfast.runs", matches = "\\d+")
  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void blockProximalGradientEndsAsIfNobodyHadDied(int delay) throws Exception {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    TrainingProcess.Result calm;
    try (var training = blockTraining("calm-" + delay, delay)) {
      calm = training.result("undisturbed");
    }
    try (var training = blockTraining("killed-" + delay, delay, "--worker-processes")) {
      String killed = kill(training, new Random(seed));
      String what = "delay " + delay + ", seed " + seed + ", killed: " + killed;
      var result = training.result(what);
      System.out.printf(
          "%s; %.1f s, objective %.4f; undisturbed %.1f s, %.4f%n",
          what, result.seconds(), result.objective(), calm.seconds(), calm.objective());
      assertEquals(calm.objective(), result.objective(), 1e-4 * calm.objective(), what);
      if (delay == 0) {
        assertEquals(calm.modelDigest(), result.modelDigest(), what);
      }
    }
  }

  private static TrainingProcess blockTraining(String job, int delay, String... options)
      throws Exception {
    var all = new java.util.ArrayList<>(List.of(options));
    all.addAll(List.of("--algorithm", "block-proximal", "--workers", Integer.toString(WORKERS)));
    all.addAll(List.of("--examples", Integer.toString(EXAMPLES), "--l1", "4", "--l2", "0"));
    all.addAll(List.of("--blocks", "8", "--delay", Integer.toString(delay)));
    return new TrainingProcess(
        directory, processes.addresses(), job, BLOCK_PASSES, all.toArray(String[]::new));
  }

  private static TrainingProcess training(String job, String... options) throws Exception {
    var all = new java.util.ArrayList<>(List.of(options));
    all.addAll(List.of("--consistency", "sequential", "--workers", Integer.toString(WORKERS)));
    all.addAll(List.of("--examples", Integer.toString(EXAMPLES)));
    all.addAll(List.of("--batch", Integer.toString(BATCH), "--l1", "0.1"));
    return new TrainingProcess(
        directory, processes.addresses(), job, PASSES, all.toArray(String[]::new));
  }

  /** Nodes one at a time, the next when all serve again; workers at any moment. */
  private static String kill(TrainingProcess training, Random random) throws Exception {
    training.awaitProgress();
    var killed = new StringBuilder();
    int kills = 0;
    for (;
        kills < KILLS && !training.endsWithin(random.nextDouble() * LONGEST_GAP_SECONDS);
        kills++) {
      var workers = training.workers();
      if (kills % 2 == 0 && !workers.isEmpty()) {
        workers.get(random.nextInt(workers.size())).destroyForcibly();
        killed.append("worker ");
      } else {
        NodeProcess victim = processes.nodes().get(random.nextInt(processes.nodes().size()));
        victim.kill();
        victim.start();
        processes.awaitServing(LONG);
        killed.append("node ").append(victim.name()).append(' ');
      }
    }
    assertTrue(kills >= Math.min(2, KILLS), "the run ended after " + killed + training.errors());
    return killed.toString().trim();
  }
}
