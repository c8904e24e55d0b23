package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import io.holdfast.model.Durability;
import io.holdfast.tools.local.ClusterSettings;
import io.holdfast.tools.local.Layout;
import io.holdfast.tools.local.ProcessCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Everything is killed at once, at random moments: three nodes, ZooKeeper, the command and its
 * worker processes. The cluster is started again on its data, and the run resumed. It is to end as
 * one that nothing happened to: synchronous training with the same bits, asynchronous training with
 * a model as good, and counting with each push of each worker in exactly once.
 *
 * <p>It takes minutes, and is run where {@code -Dholdfast.totals=20} says how often all of it is
 * killed in each test; {@code -Dholdfast.seed=1} says when. {@link OwnServerResumeTest} resumes
 * what was killed each time that the tests are run.
 */
@EnabledIfSystemProperty(named = "holdfast.totals", matches = "\\d+")
@SuppressWarnings("NullAway.Init")
class TotalLossTest {
  private static final int TOTALS = Integer.getInteger("holdfast.totals", 1);

  /** So many of them in one run; the rest in other runs, that some come early and some late. */
  private static final int TOTALS_IN_RUN = 4;

  private static final int WORKERS = 2;
  private static final int PUSHES = 10_000 * TOTALS;
  private static final Duration LONG = Duration.ofMinutes(3);

  private static final Map<String, String> SETTINGS =
      Map.of(
          "shards", "1",
          "cache", "32MiB",
          "log-segment", "4MiB",
          "limits.frame", "1MiB",
          "disk-low", "0",
          "disk-high", "0");

  /** Output of all processes, their logs and data, which stay where a test fails. */
  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

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
  void synchronousTrainingEndsWithTheSameBits() throws Exception {
    train(
        "sequential",
        (calm, resumed, what) -> assertEquals(calm.modelDigest(), resumed.modelDigest(), what));
  }

  @Test
  void asynchronousTrainingEndsWithAModelAsGood() throws Exception {
    train(
        "bounded:4", (calm, resumed, what) -> assertEquals(calm.auc(), resumed.auc(), 0.01, what));
  }

  /** Holds a run to one that nothing happened to. */
  private interface Check {
    void hold(TrainingProcess.Result calm, TrainingProcess.Result resumed, String what);
  }

  private static void train(String consistency, Check check) throws Exception {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    var random = new Random(seed);
    TrainingProcess.Result calm;
    try (var training = training("calm", consistency)) {
      calm = training.result("undisturbed");
    }
    int totals = 0;
    for (int run = 0; totals < TOTALS; run++) {
      String job = "run-" + run;
      int most = Math.min(TOTALS_IN_RUN, TOTALS - totals);
      int killed = 0;
      for (boolean ended = false; !ended; ) {
        try (var training = training(job, consistency, "--resume")) {
          ended = killed == most || endsBefore(training, random, calm.seconds() / most);
          if (ended) {
            String what = consistency + ", " + job + " killed " + killed + " times" + traces(seed);
            var result = training.result(what);
            System.out.printf(
                "%s: %.1f s (%.1f s undisturbed), AUC %.4f, model %s%n",
                what, result.seconds(), calm.seconds(), result.auc(), result.modelDigest());
            check.hold(calm, result, what);
          } else {
            training.kill();
            processes.killAll();
            killed++;
          }
        }
        if (!ended) {
          startAgain(job + "-" + consistency, totals + killed);
        }
      }
      totals += killed;
      assertTrue(run < 4 * TOTALS, "most runs end before they are killed" + traces(seed));
    }
  }

  /** What to look at, and how to do the same again. */
  private static String traces(long seed) {
    return ", -Dholdfast.seed=" + seed + ", output in " + directory;
  }

  /** On the same data. Blocks until all serve, some minutes at most. */
  private static void startAgain(String job, int killed) {
    long began = System.nanoTime();
    processes.startAll(LONG);
    System.out.printf(
        "%s: killed %d times, up again after %.1f s%n",
        job, killed, (System.nanoTime() - began) / 1e9);
  }

  /** Some are killed before they have gone on with anything. */
  private static boolean endsBefore(TrainingProcess training, Random random, double seconds)
      throws Exception {
    if (random.nextInt(3) > 0) {
      training.awaitOther(training.intercept());
    }
    return training.endsWithin(random.nextDouble() * seconds);
  }

  private static TrainingProcess training(String job, String consistency, String... options)
      throws IOException {
    var all = new ArrayList<>(List.of(options));
    all.addAll(List.of("--consistency", consistency, "--worker-processes"));
    all.addAll(List.of("--workers", Integer.toString(WORKERS), "--save-every", "8"));
    all.addAll(List.of("--examples", "4000", "--batch", "50", "--l1", "0.1"));
    return new TrainingProcess(
        directory,
        processes.addresses(),
        job + "-" + consistency.replace(':', '-'),
        10,
        all.toArray(String[]::new));
  }

  @ParameterizedTest
  @CsvSource({"2,FSYNC", "-1,MEMORY"})
  void eachPushOfEachWorkerIsInExactlyOnce(int staleness, Durability durability) throws Exception {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    var random = new Random(seed);
    String job = "counting" + staleness;
    int totals = 0;
    boolean ended = false;
    while (!ended) {
      Process counting = counting(job, staleness, durability);
      try {
        if (totals == 0 || random.nextBoolean()) { // else it may be killed while it begins
          awaitPushes(counting, job, totals);
        }
        long millis = random.nextInt(2_000);
        ended =
            counting.waitFor(totals == TOTALS ? LONG.toMillis() : millis, TimeUnit.MILLISECONDS);
        if (!ended) {
          assertTrue(totals < TOTALS, "the run does not end" + traces(seed));
          counting.destroyForcibly().waitFor();
          processes.killAll();
          totals++;
          startAgain(job, totals);
        }
      } finally {
        counting.destroyForcibly().waitFor();
      }
      if (ended) {
        assertEquals(0, counting.exitValue(), job + ".err" + traces(seed));
      }
    }
    assertTrue(totals > TOTALS / 2, "it ended after " + totals + " kills" + traces(seed));
    String what = durability + ", staleness " + staleness + ", killed " + totals + traces(seed);
    System.out.println(what + ": " + WORKERS * PUSHES + " pushes counted");
    mustBeInOnce(job, what);
  }

  private static Process counting(String job, int staleness, Durability durability)
      throws IOException {
    var command =
        ServerProcess.java(
            "io.holdfast.it.CountingProcess",
            processes.addresses(),
            job,
            Integer.toString(WORKERS),
            Integer.toString(PUSHES),
            Integer.toString(staleness),
            durability.name());
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.appendTo(directory.resolve(job + ".err").toFile()))
        .start();
  }

  /** Blocks until it has pushed something in this life, or has ended. */
  private static void awaitPushes(Process counting, String job, int life) {
    try (var cluster = Holdfast.connect(processes.addresses())) {
      long[] before = {-1};
      Awaitility.await("pushes in life " + life)
          .atMost(LONG)
          .pollInterval(Duration.ofMillis(20))
          .until(
              () -> {
                if (!counting.isAlive()) {
                  return true;
                }
                if (cluster.tables().stream().noneMatch(table -> table.job().equals(job))) {
                  return false;
                }
                long now = sumOfShared(cluster, job);
                boolean grown = before[0] >= 0 && now > before[0];
                before[0] = now;
                return grown;
              });
    }
  }

  private static long sumOfShared(Holdfast cluster, String job) {
    long[] keys = new long[CountingProcess.SHARED];
    Arrays.setAll(keys, i -> i);
    return Arrays.stream(
            cluster.job(job).table(CountingProcess.TABLE).latest().pull(keys).join().longs())
        .sum();
  }

  private static void mustBeInOnce(String job, String what) {
    try (var cluster = Holdfast.connect(processes.addresses())) {
      var table = cluster.job(job).table(CountingProcess.TABLE).latest();
      for (int rank = 0; rank < WORKERS; rank++) {
        long[] keys = new long[PUSHES];
        for (int push = 0; push < PUSHES; push++) {
          keys[push] = CountingProcess.key(rank, push);
        }
        long[] found = table.pull(keys).join().longs();
        var wrong = new ArrayList<String>();
        for (int push = 0; push < PUSHES; push++) {
          if (found[push] != 1) {
            wrong.add("push " + push + " of " + rank + " is in " + found[push] + " times");
          }
        }
        assertEquals(List.of(), wrong.subList(0, Math.min(20, wrong.size())), what);
      }
      assertEquals((long) WORKERS * PUSHES, sumOfShared(cluster, job), what);
    }
  }
}
