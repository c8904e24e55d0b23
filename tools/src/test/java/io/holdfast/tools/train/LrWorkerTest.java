package io.holdfast.tools.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.HoldfastException;
import io.holdfast.tools.job.RunLife;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LrWorkerTest {
  private static final List<String> MODELS =
      List.of("eventual", "bounded:0", "bounded:4", "bounded:16", "sequential");

  @ParameterizedTest
  @EnumSource(LrSettings.Rule.class)
  void comesCloseToTheBatchSolutionInEveryConsistencyModel(LrSettings.Rule rule)
      throws InterruptedException {
    Examples examples = Problems.random(2_001, 15, 11);
    double best = Problems.solve(examples, 1).objective(examples, 0, 1);
    for (String consistency : MODELS) {
      var settings = Problems.settings(3, 20, 16, consistency, rule, 1, false);
      double reached = train(new FakeCluster(), settings, examples).objective(examples, 0, 1);
      assertTrue(reached >= best - 1e-2, "the solver found " + best + ", the job " + reached);
      assertTrue(reached < best * 1.01, consistency + ": " + reached + ", best " + best);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"eventual", "bounded:0", "bounded:4", "sequential"})
  void allWorkersTickEquallyOften(String consistency) throws InterruptedException {
    for (int count : new int[] {1, 5, 16, 17, 99, 101}) {
      var cluster = new FakeCluster();
      var settings = Problems.settings(4, 2, 4, consistency);
      train(cluster, settings, Problems.random(count, 6, count));
      int ticks = 2 * settings.batchesPerPass(count);
      assertEquals(
          List.of(ticks, ticks, ticks, ticks),
          cluster.ticksOfFinishedWorkers(),
          count + " examples");
    }
  }

  @Test
  void aLoneWorkerMakesTheSameModelEveryTime() throws InterruptedException {
    Examples examples = Problems.random(500, 8, 2);
    var settings = Problems.settings(1, 3, 32, "sequential");
    assertArrayEquals(
        train(new FakeCluster(), settings, examples).weights(),
        train(new FakeCluster(), settings, examples).weights());
  }

  @Test
  void aWorkerThatResumesGoesOnWhereItsStateWasSaved() throws InterruptedException {
    Examples examples = Problems.random(500, 8, 2);
    var cluster = new FakeCluster();
    var rule = LrSettings.Rule.FTRL;
    train(cluster, Problems.settings(1, 2, 32, "sequential", rule, 0, false), examples);
    LinearModel resumed =
        train(cluster, Problems.settings(1, 4, 32, "sequential", rule, 0, true), examples);
    LinearModel whole =
        train(
            new FakeCluster(), Problems.settings(1, 4, 32, "sequential", rule, 0, false), examples);
    assertArrayEquals(whole.weights(), resumed.weights());
  }

  @Test
  void refusesTheStateOfAnotherRunAndOfOtherBatches() throws InterruptedException {
    Examples examples = Problems.random(500, 8, 2);
    var cluster = new FakeCluster();
    var rule = LrSettings.Rule.FTRL;
    var first = Problems.settings(1, 2, 32, "sequential", rule, 0, false);
    train(cluster, first, examples);
    var otherBatches = Problems.settings(1, 2, 31, "sequential", rule, 0, true);
    assertTrue(refusal(cluster, otherBatches, examples).contains("--batch"));
    var otherRun = first.living(new RunLife(true, 5, 64));
    assertTrue(refusal(cluster, otherRun, examples).contains("--fresh"));
    assertTrue(refusal(cluster, first, examples).contains("--fresh"), "a first life");
  }

  private static String refusal(FakeCluster cluster, LrSettings settings, Examples examples) {
    var error = assertThrows(HoldfastException.class, () -> train(cluster, settings, examples));
    assertEquals(io.holdfast.model.ErrorCode.INVALID_ARGUMENT, error.code());
    return String.valueOf(error.getMessage());
  }

  @Test
  void theFirstFailureOfAWorkerEndsTheRun() {
    var settings = Problems.settings(2, 1, 8, "sequential");
    Examples examples = Problems.random(50, 4, 1);
    var cluster = new FakeCluster();
    cluster.failPushesAfter(3);
    HoldfastException error =
        assertThrows(HoldfastException.class, () -> train(cluster, settings, examples));
    assertEquals(io.holdfast.model.ErrorCode.STORE_FAILED, error.code());
  }

  static LinearModel train(FakeCluster cluster, LrSettings settings, Examples examples)
      throws InterruptedException {
    var job = cluster.job(settings.job());
    try (var group = new WorkerThreads(settings, examples, job, new ProgressBoard())) {
      while (!group.await(Duration.ofSeconds(1))) {
        // the class's timeout ends it
      }
    }
    return LinearModel.pull(
        job.table(settings.table()), LinearModel.keysOf(examples, settings.intercept()));
  }
}
