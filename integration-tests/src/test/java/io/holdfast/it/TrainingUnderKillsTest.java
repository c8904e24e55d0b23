package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code holdfast train lr} in a process of its own, left alone while the server is killed and
 * started again at random moments: it is to finish by itself, with a model as good as that of a run
 * that nothing happened to.
 *
 * <p>On a9a where it is in {@code -Dholdfast.data} (by default beside the project), else on a
 * generated click log. {@code -Dholdfast.kills=20} sets the number of kills, {@code
 * -Dholdfast.seed=1} their moments.
 */
class TrainingUnderKillsTest {
  private static final int KILLS = Integer.getInteger("holdfast.kills", 3);
  private static final int PASSES = KILLS + 5;

  @TempDir Path directory;

  @Test
  void trainingGoesOnThroughKillsOfTheServerToAModelAsGood() throws Exception {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    try (var server = new ServerProcess(directory, settings())) {
      TrainingProcess.Result calm = undisturbed(server);
      try (var training = new TrainingProcess(directory, server.address(), "killed", PASSES)) {
        int kills = killServer(server, training, new Random(seed), calm.seconds());
        String what = "seed " + seed + ", " + kills + " kills of the server";
        TrainingProcess.mustBeAsGood(calm, training.result(what), what);
      }
    }
  }

  /** With few kills, other tests have this in parts. */
  @EnabledIfSystemProperty(named = "holdfast.kills", matches = "\\d+")
  @Test
  void trainingInWorkerProcessesGoesOnThroughKillsOfTheServerAndOfAWorker() throws Exception {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    try (var server = new ServerProcess(directory, settings())) {
      var random = new Random(seed);
      TrainingProcess.Result calm = undisturbed(server);
      try (var training =
          new TrainingProcess(
              directory, server.address(), "killed", PASSES, "--worker-processes")) {
        training.awaitProgress();
        var workers = training.workers();
        assertEquals(2, workers.size(), "worker processes");
        workers.get(random.nextInt(workers.size())).destroyForcibly();
        Awaitility.await("the worker that was killed")
            .atMost(Duration.ofSeconds(30))
            .until(() -> training.errors().contains("starting it again"));
        int kills = killServer(server, training, random, calm.seconds() / 2);
        String what = "seed " + seed + ", a worker killed and the server " + kills + " times";
        TrainingProcess.mustBeAsGood(calm, training.result(what), what);
      }
    }
  }

  private TrainingProcess.Result undisturbed(ServerProcess server) throws Exception {
    try (var training = new TrainingProcess(directory, server.address(), "calm", PASSES)) {
      return training.result("undisturbed");
    }
  }

  private static Map<String, String> settings() {
    return Map.of(
        "log-segment",
        "4MiB",
        "limits.frame",
        "1MiB",
        "cache",
        "32MiB",
        "replay",
        "2MiB",
        "shards",
        "2");
  }

  /**
   * Spreads the kills at random over a run that takes about {@code seconds}; returns how many came
   * before it had ended, which must be all but one at least.
   */
  private static int killServer(
      ServerProcess server, TrainingProcess training, Random random, double seconds)
      throws InterruptedException {
    training.awaitProgress();
    int kills = 0;
    while (kills < KILLS && !training.endsWithin(random.nextDouble() * seconds / (KILLS + 1))) {
      server.kill();
      server.restart();
      server.awaitServing();
      kills++;
    }
    assertTrue(kills >= KILLS - 1, "the run ended after " + kills + " kills: " + training.errors());
    return kills;
  }
}
