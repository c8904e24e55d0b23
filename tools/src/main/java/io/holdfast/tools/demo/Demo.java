package io.holdfast.tools.demo;

import io.holdfast.client.Holdfast;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.local.ClusterSettings;
import io.holdfast.tools.local.Layout;
import io.holdfast.tools.local.NodeProcess;
import io.holdfast.tools.local.ProcessCluster;
import io.holdfast.tools.local.ZooKeeperProcess;
import io.holdfast.tools.train.LrProblem;
import io.holdfast.tools.train.WatchedTraining;
import io.holdfast.tools.train.WatchedTraining.Measured;
import io.holdfast.v1.ScrubResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The plot. A training is run undisturbed; then the same training once more, while a node is
 * killed, then a worker, then everything. It must come to the same model, bit for bit.
 */
final class Demo {
  static final int NODES = 3;
  static final int WORKERS = 4;

  /** Shares of the training at which something is killed. */
  private static final double NODE_DIES = 0.15;

  private static final double WORKER_DIES = 0.4;
  private static final double ALL_DIE = 0.65;

  /** How long they are dead, for somebody to see. */
  private static final Duration DEAD = Duration.ofSeconds(2);

  private static final Duration LOOK = Duration.ofMillis(50);
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private static final Map<String, String> NODE_SETTINGS =
      Map.of(
          "shards", "1",
          "cache", "64MiB",
          "log-segment", "16MiB",
          "limits.frame", "2MiB",
          "replay", "64MiB",
          "disk-low", "64MiB",
          "disk-high", "128MiB");

  private final LrProblem.Problem problem;
  private final Stage stage;
  private final List<String> killed = new ArrayList<>();

  /** How it went. */
  record Played(Verdict verdict, Stage.Scene undisturbed, Stage.Scene disturbed) {}

  Demo(LrProblem.Problem problem, Stage stage) {
    this.problem = problem;
    this.stage = stage;
  }

  /**
   * Plays it to the end. Blocks.
   *
   * @param settings of the cluster's processes, but for the nodes' own
   * @throws HoldfastException where something does not come up, or does not end
   */
  @SuppressWarnings("try") // the first training is closed before the second begins
  Played play(ClusterSettings settings) throws InterruptedException {
    stage.act(
        "starting ZooKeeper and " + NODES + " nodes, each a process, and making up a click log");
    CompletableFuture<LrProblem> data =
        CompletableFuture.supplyAsync(() -> LrProblem.load(problem));
    try (var cluster =
            ProcessCluster.start(
                Layout.onFreePorts(NODES, 1), settings.withNodeSettings(NODE_SETTINGS));
        var looker = Holdfast.connect(cluster.addresses());
        var ledger = Holdfast.connect(cluster.addresses())) {
      stage.enter(cluster);
      LrProblem loaded = data.join();
      try (var before = training(loaded, "undisturbed", looker, cluster);
          var training = training(loaded, "disturbed", looker, cluster);
          var counting = new Counting(ledger)) {
        stage.enter(counting);
        var undisturbed = stage.begin("undisturbed", before);
        stage.act(
            "first the training undisturbed, for comparison: "
                + WORKERS
                + " workers, each a process");
        before.begin();
        finish(before);
        Measured expected = before.result();
        before.close();
        var disturbed = stage.begin("disturbed", training);
        stage.act("now the same training, and " + Verdict.KILLS + " disasters");
        training.begin();
        disturb(cluster, training);
        stage.act("the training has ended; comparing models, counters and replicas");
        Measured got = training.result();
        var counted = counting.settle();
        List<ScrubResult> scrubs = scrub(cluster);
        int differing =
            (int)
                scrubs.stream().filter(one -> !one.getEqual() || !one.getError().isEmpty()).count();
        var verdict =
            new Verdict(
                expected,
                got,
                counted,
                scrubs.size(),
                differing,
                List.copyOf(killed),
                stage.seconds());
        stage.close(); // that the processes end now is no part of it
        return new Played(verdict, undisturbed, disturbed);
      }
    }
  }

  private WatchedTraining training(
      LrProblem data, String job, Holdfast looker, ProcessCluster cluster) {
    return data.watched(job, looker, cluster.addresses(), stage::act);
  }

  private void disturb(ProcessCluster cluster, WatchedTraining training)
      throws InterruptedException {
    if (reaches(training, NODE_DIES)) {
      killNode(cluster, training);
    }
    if (reaches(training, WORKER_DIES)) {
      int rank = WORKERS / 2;
      stage.strike("kill -9 worker " + rank);
      training.kill(rank);
      killed.add("worker " + rank);
    }
    if (reaches(training, ALL_DIE)) {
      killAll(cluster, training);
    }
    finish(training);
  }

  private void killNode(ProcessCluster cluster, WatchedTraining training)
      throws InterruptedException {
    var heads = stage.seen().heads();
    int number =
        heads.entrySet().stream()
            .max(Map.Entry.comparingByValue())
            .map(Map.Entry::getKey)
            .orElse(1);
    NodeProcess victim = cluster.nodes().get(number - 1);
    stage.strike(
        "kill -9 node "
            + number
            + ", head of "
            + heads.getOrDefault(number, 0)
            + " chains of the weights");
    victim.kill();
    killed.add("node " + number);
    long back = System.nanoTime() + DEAD.toNanos();
    // Not so long that nothing is left to kill for.
    while (System.nanoTime() < back
        && training.look().done() < WORKER_DIES
        && !training.await(LOOK)) {}
    stage.strike("node " + number + " is started again: it catches up, and joins its chains");
    victim.start();
  }

  private void killAll(ProcessCluster cluster, WatchedTraining training)
      throws InterruptedException {
    stage.strike("kill -9 everything: " + NODES + " nodes, ZooKeeper, " + WORKERS + " workers");
    cluster.nodes().forEach(NodeProcess::beginKill);
    cluster.zooKeepers().forEach(ZooKeeperProcess::kill);
    cluster.nodes().forEach(NodeProcess::kill);
    training.killAll();
    killed.add("everything");
    Thread.sleep(DEAD);
    stage.strike("ZooKeeper and the nodes are started again, on what their disks hold");
    cluster.zooKeepers().forEach(ZooKeeperProcess::start);
    cluster.nodes().forEach(NodeProcess::start);
    cluster.awaitServing(PATIENCE);
    stage.strike("the workers are started again: each resumes from its last saved state");
    training.resume();
  }

  /** Whether the training came so far; false where it had ended before. */
  private boolean reaches(WatchedTraining training, double share) throws InterruptedException {
    var patience = new Patience(training);
    while (training.look().done() < share) {
      if (training.await(LOOK)) {
        return false;
      }
      patience.check();
    }
    return !training.await(Duration.ZERO);
  }

  private void finish(WatchedTraining training) throws InterruptedException {
    var patience = new Patience(training);
    while (!training.await(LOOK)) {
      patience.check();
    }
  }

  private List<ScrubResult> scrub(ProcessCluster cluster) throws InterruptedException {
    long deadline = deadline();
    while (!stage.seen().complete()) {
      if (System.nanoTime() > deadline) {
        throw late("the chains are not complete again: " + stage.seen().chains());
      }
      Thread.sleep(LOOK);
    }
    return ClusterSight.scrub(cluster);
  }

  private static long deadline() {
    return System.nanoTime() + PATIENCE.toNanos();
  }

  /** Ends a wait for a training that does not get on. */
  private static final class Patience {
    private final WatchedTraining training;
    private double done = -1;
    private long deadline;

    Patience(WatchedTraining training) {
      this.training = training;
    }

    void check() {
      double now = training.look().done();
      if (now > done) {
        done = now;
        deadline = deadline();
      } else if (System.nanoTime() > deadline) {
        throw late("the training stays at clocks " + training.look().clocks());
      }
    }
  }

  private static HoldfastException late(String what) {
    return new HoldfastException(
        ErrorCode.DEADLINE_EXCEEDED,
        "not done within " + PATIENCE.toSeconds() + " s: " + what + "; is the machine very busy?");
  }
}
