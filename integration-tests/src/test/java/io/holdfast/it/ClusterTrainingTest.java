package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.ControlCalls;
import io.holdfast.tools.local.ClusterSettings;
import io.holdfast.tools.local.Layout;
import io.holdfast.tools.local.NodeProcess;
import io.holdfast.tools.local.ProcessCluster;
import io.holdfast.v1.ClusterStatusRequest;
import io.holdfast.v1.NodeInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code holdfast train lr} on a cluster of three nodes, each in a process of its own, of which one
 * after another is killed and started again: the model is to be as good as that of a run that
 * nothing happened to.
 *
 * <p>Run where {@code -Dholdfast.kills=20} gives the number of kills of each run; {@code
 * -Dholdfast.seed=1} says who is killed and when. Synchronous training with kills, down to the last
 * bit, is in {@link SynchronousRunsTest}.
 */
@EnabledIfSystemProperty(named = "holdfast.kills", matches = "\\d+")
@SuppressWarnings("NullAway.Init")
class ClusterTrainingTest {
  private static final int KILLS = Integer.getInteger("holdfast.kills", 1);
  // A node's restart takes longer than some passes.
  private static final int PASSES = 8 * KILLS;
  private static final double LONGEST_GAP_SECONDS = 1;
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

  /**
   * A few kills of sequential training are in {@link SynchronousRunsTest}, down to the last bit.
   */
  static List<String> consistencies() {
    return KILLS > 1 ? List.of("bounded:4", "sequential") : List.of("bounded:4");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bounded:4", "sequential"})
  void trainingGoesOnThroughKillsOfNodesToAModelAsGood(String consistency) throws Exception {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    TrainingProcess.Result calm;
    try (var training = training("calm", consistency)) {
      calm = training.result("undisturbed");
    }
    try (var training = training("killed", consistency)) {
      int kills = killNodes(training, new Random(seed));
      String what = consistency + ", seed " + seed + ", " + kills + " kills of nodes";
      TrainingProcess.mustBeAsGood(calm, training.result(what), what);
    }
  }

  private static TrainingProcess training(String job, String consistency) throws Exception {
    return new TrainingProcess(
        directory,
        processes.addresses(),
        job + "-" + consistency.replace(':', '-'),
        PASSES,
        "--consistency",
        consistency);
  }

  /** Kills one at a time: the next when all are there again. */
  private static int killNodes(TrainingProcess training, Random random)
      throws InterruptedException {
    training.awaitProgress();
    awaitWhole();
    int kills = 0;
    while (kills < KILLS && !training.endsWithin(random.nextDouble() * LONGEST_GAP_SECONDS)) {
      NodeProcess victim = processes.nodes().get(random.nextInt(processes.nodes().size()));
      victim.kill();
      kills++;
      victim.start();
      processes.awaitServing(LONG);
      awaitWhole();
    }
    assertTrue(
        kills >= Math.max(1, KILLS - 1),
        "the run ended after " + kills + " kills: " + training.errors());
    return kills;
  }

  private static void awaitWhole() {
    Awaitility.await("full replication").atMost(LONG).until(ClusterTrainingTest::isWhole);
  }

  private static boolean isWhole() {
    try (var control = new ControlCalls(processes.addresses(), Duration.ofSeconds(3))) {
      var status =
          control.call(stub -> stub.clusterStatus(ClusterStatusRequest.getDefaultInstance()));
      return status.getUnderReplicated() == 0
          && status.getNodesList().stream().filter(NodeInfo::getLive).count() == 3;
    } catch (HoldfastException e) {
      return false; // whoever was asked has not noticed yet
    }
  }
}
