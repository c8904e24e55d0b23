package io.holdfast.tools.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.AdaptiveStaleness;
import io.holdfast.model.Consistency;
import io.holdfast.model.HoldfastException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PaceTest {
  private static final double SLOW = 20;

  private static TrainingResult train(FakeCluster cluster, String consistency, double slow)
      throws InterruptedException {
    Examples examples = Problems.random(3_000, 15, 11);
    LrSettings settings =
        Problems.settings(3, 6, 50, consistency).with(consistency, new Pace(4, slow, true));
    var run =
        new TrainingRun(settings, new TrainingData(examples, 3_000, null, null), cluster, null);
    var board = new ProgressBoard();
    try (var group = new WorkerThreads(settings, examples, cluster.job(settings.job()), board)) {
      return run.run(group, board, ProgressDisplay.choose(/* quiet= */ true));
    }
  }

  @Test
  void aSlowWorkerMakesTheOthersWaitUnlessTheyNeedNot() throws InterruptedException {
    TrainingResult bounded = train(new FakeCluster(), "bounded:0", SLOW);
    TrainingResult eventual = train(new FakeCluster(), "eventual", SLOW);
    assertTrue(bounded.idleShares().get(1) > 0.5, bounded.idleShares().toString());
    assertTrue(bounded.idleShares().get(0) < 0.5, bounded.idleShares().toString());
    assertTrue(eventual.idleShares().get(1) < 0.3, eventual.idleShares().toString());
    assertEquals(3, eventual.idleShares().size());
    assertTrue(eventual.examplesPerSecond() > bounded.examplesPerSecond());
  }

  @Test
  void togetherTheyStopWhenAllHaveDoneThePasses() throws InterruptedException {
    for (String consistency : List.of("bounded:0", "bounded:3", "eventual", "sequential")) {
      var cluster = new FakeCluster();
      TrainingResult result = train(cluster, consistency, SLOW);
      assertTrue(result.examplesDone() >= 18_000, consistency + ": " + result.examplesDone());
      assertEquals(3, cluster.ticksOfFinishedWorkers().size(), "all of them have left");
    }
  }

  @Test
  void theBoundIsAdaptedWhileTheRunGoesOn() throws InterruptedException {
    TrainingResult result = train(new FakeCluster(), "adaptive:0:8", 50);
    assertEquals(new BoundControl.Change(0, 0), result.bounds().get(0));
    assertTrue(result.bounds().size() > 1, result.bounds().toString());
    assertTrue(result.json().contains("\"bounds\":[{\"seconds\":0.0,\"bound\":0},"));
  }

  @Test
  void whatThePolicySaysIsDone() {
    var cluster = new FakeCluster();
    var settings = Problems.settings(2, 1, 8, "bounded:0");
    var table = cluster.job("lr").table("weights", settings.tableSpec());
    var control = new BoundControl(new AdaptiveStaleness(0, 8), table, 2);
    var board = new ProgressBoard();
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              long clocks = 8;
              board.batchDone(0, 0, 1, 0);
              board.time(0, 0, TimeUnit.MILLISECONDS.toNanos(20));
              board.batchDone(1, 2 * clocks, 1, 0);
              board.time(1, TimeUnit.MILLISECONDS.toNanos(15), TimeUnit.MILLISECONDS.toNanos(20));
              control.look(board);
              return table.consistency().equals(Consistency.bounded(8));
            });
    assertEquals(
        List.of(0, 1, 2, 4, 8),
        control.changes().stream().map(BoundControl.Change::bound).toList());
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThrows(HoldfastException.class, () -> new Pace(1, 0.5, false));
    assertThrows(HoldfastException.class, () -> new Pace(Double.NaN, 1, false));
    assertThrows(
        HoldfastException.class, () -> Problems.settings(1, 1, 1, "adaptive:4:2").tableSpec());
    assertEquals(0, Pace.EVEN.pauseNanos(0, 1_000));
    assertEquals(19_000, new Pace(2, 10, false).pauseNanos(0, 1_000));
    assertEquals(1_000, new Pace(2, 10, false).pauseNanos(1, 1_000));
    assertThrows(
        HoldfastException.class,
        () ->
            Problems.settings(1, 1, 1, "eventual", LrSettings.Rule.FTRL, 1, true)
                .with("eventual", new Pace(1, 1, true)));
  }
}
