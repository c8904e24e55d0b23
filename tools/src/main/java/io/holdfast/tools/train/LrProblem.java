package io.holdfast.tools.train;

import io.holdfast.client.Holdfast;
import io.holdfast.model.Durability;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sparse logistic regression by FTRL, with its data loaded once: for commands that run it under
 * several settings. Its mini-batches are the same in every pass and in every run.
 */
public final class LrProblem {
  private final LrSettings settings;
  private final TrainingData data;

  /**
   * What is solved.
   *
   * @param data LIBSVM files; none: a generated click log
   * @param test held-out examples, LIBSVM; null: a tenth more of the click log, or the training
   *     data
   * @param examples size of the click log
   * @param batch examples in a mini-batch of one worker, which is a clock
   * @param alpha learning rate
   * @param l1 strength of the L1 penalty in the objective
   * @param l2 strength of the L2 penalty in the objective
   */
  public record Problem(
      List<Path> data,
      @Nullable Path test,
      int examples,
      int workers,
      int passes,
      int batch,
      String consistency,
      double alpha,
      double l1,
      double l2,
      Durability durability,
      long seed) {}

  /**
   * What a run has come to.
   *
   * @param auc on the test examples
   * @param logLoss on the test examples
   * @param nonZeros weights that are not zero
   * @param weights all of them
   * @param examples trained on, over all passes
   * @param seconds of training
   */
  public record Outcome(
      double auc, double logLoss, int nonZeros, int weights, long examples, double seconds) {}

  private LrProblem(LrSettings settings, TrainingData data) {
    this.settings = settings;
    this.data = data;
  }

  /** Loads the data. Blocks. */
  public static LrProblem load(Problem problem) {
    var settings = settings(problem, "compare", "none");
    return new LrProblem(settings, TrainingData.load(settings, problem.test()));
  }

  /** Training examples. */
  public long examples() {
    return data.totalExamples();
  }

  /**
   * Trains from the start, in a job that must be new. Blocks.
   *
   * @param filters see {@link io.holdfast.filter.Filters#parse}
   * @param workers where the workers push and pull, and nothing else is done
   * @param watcher where the model is looked at
   */
  public Outcome run(String job, String filters, Holdfast workers, Holdfast watcher)
      throws InterruptedException {
    LrSettings now = settings.in(job, new TrafficSettings(filters, /* sameBatches= */ true));
    var run = new TrainingRun(now, data, watcher, null);
    var board = new ProgressBoard();
    try (var group = new WorkerThreads(now, data.train(), workers.job(job), board)) {
      TrainingResult result = run.run(group, board, ProgressDisplay.choose(/* quiet= */ true));
      return new Outcome(
          result.metrics().auc(),
          result.metrics().logLoss(),
          result.model().nonZeros(),
          result.model().keys().length,
          result.examplesDone(),
          result.seconds());
    } finally {
      watcher.dropJob(job);
    }
  }

  /**
   * How a run went whose workers share the passes and of which one is slow.
   *
   * @param examples trained on
   * @param seconds that it took
   * @param idleShares of each worker's time that it waited in pulls; the first is the slow one
   * @param bound in force at last, where the run adapted it; else empty
   * @param curve the model on the test examples, in order of time; the last is the end
   */
  public record Trial(
      long examples,
      double seconds,
      List<Double> idleShares,
      OptionalInt bound,
      List<Moment> curve) {}

  /**
   * The model at a moment.
   *
   * @param seconds since the run began
   * @param logLoss on the test examples
   * @param auc likewise
   */
  public record Moment(double seconds, double logLoss, double auc) {}

  /**
   * Trains under a consistency with one worker slowed, until all have done the passes together, and
   * drops the job. Blocks.
   *
   * @param job new to the cluster
   * @param consistency as {@code train lr} takes it
   * @param stretch every worker takes so many times as long over its own work
   * @param slow worker 0 takes so many times as long as the others
   */
  public Trial straggling(
      String job, String consistency, double stretch, double slow, Holdfast cluster)
      throws InterruptedException {
    var pace = new Pace(stretch, slow, /* together= */ true);
    LrSettings now = settings.in(job, settings.traffic()).with(consistency, pace);
    var run = new TrainingRun(now, data, cluster, null);
    var board = new ProgressBoard();
    try (var group = new WorkerThreads(now, data.train(), cluster.job(job), board)) {
      TrainingResult result = run.run(group, board, ProgressDisplay.choose(/* quiet= */ true));
      var bounds = result.bounds();
      return new Trial(
          result.examplesDone(),
          result.seconds(),
          result.idleShares(),
          bounds.isEmpty()
              ? OptionalInt.empty()
              : OptionalInt.of(bounds.get(bounds.size() - 1).bound()),
          result.curve().stream()
              .map(
                  point ->
                      new Moment(point.seconds(), point.metrics().logLoss(), point.metrics().auc()))
              .toList());
    } finally {
      cluster.dropJob(job);
    }
  }

  /**
   * Trains in worker processes, in a job that must be new, and keeps the table. They are not begun
   * yet. Blocks for the table to be made.
   *
   * @param job new to the cluster
   * @param cluster where the model is looked at
   * @param addresses of the cluster's nodes, for the workers
   * @param says is told when a worker has died
   */
  public WatchedTraining watched(
      String job, Holdfast cluster, String addresses, Consumer<String> says) {
    LrSettings now = settings.in(job, settings.traffic());
    return new WatchedTraining(now, data, cluster, addresses, says);
  }

  private static LrSettings settings(Problem problem, String job, String filters) {
    return LrSettings.builder()
        .data(problem.data().stream().map(Path::toString).toList())
        .generatedExamples(problem.examples())
        .workers(problem.workers())
        .passes(problem.passes())
        .batch(problem.batch())
        .consistency(problem.consistency())
        .alpha(problem.alpha())
        .l1(problem.l1())
        .l2(problem.l2())
        .durability(problem.durability())
        .job(job)
        .seed(problem.seed())
        .traffic(new TrafficSettings(filters, /* sameBatches= */ true))
        .build();
  }
}
