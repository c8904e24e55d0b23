package io.holdfast.tools.mf;

import io.holdfast.client.Holdfast;
import io.holdfast.filter.Filters;
import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.tools.display.StepBar;
import io.holdfast.tools.job.RunLife;

/**
 * A factorisation of made-up ratings under AdaGrad, with its data made once: for commands that run
 * it under several settings. Its batches are the same in every pass and in every run.
 */
public final class MfProblem {
  /** Values of a row. */
  public static final int WIDTH = 64;

  private static final double RATE = 0.1;
  private static final double L2 = 0.02;
  private static final int STALENESS = 4;

  private final MfSettings settings;
  private final MfData data;

  private MfProblem(MfSettings settings, MfData data) {
    this.settings = settings;
    this.data = data;
  }

  /** A tenth more ratings than these are held out. */
  public static MfProblem generated(
      int ratings, int workers, int passes, int batch, Durability durability, long seed) {
    var settings =
        new MfSettings(
            WIDTH - 1,
            MfSettings.Rule.ADAGRAD,
            RATE,
            L2,
            passes,
            workers,
            batch,
            /* sameBatches= */ true,
            Filters.NONE,
            Consistency.bounded(STALENESS),
            durability,
            /* replicas= */ 0,
            "compare",
            seed,
            RunLife.first(RunLife.SAVE_EVERY));
    return new MfProblem(settings, MfData.generated(GeneratedRatings.SPARSE, ratings, seed));
  }

  /**
   * What a run has come to.
   *
   * @param before root of the mean squared error on the held-out ratings of who predicts the mean
   * @param after and of the model
   * @param examples ratings trained on, over all passes
   */
  public record Outcome(double before, double after, long examples, double seconds) {}

  /**
   * Trains from the start, in a job that must be new, and drops the table. Blocks.
   *
   * @param filters see {@link Filters#parse}
   * @param workers where the workers push and pull, and nothing else is done
   * @param watcher where the model is looked at
   */
  public Outcome run(String job, String filters, Holdfast workers, Holdfast watcher)
      throws InterruptedException {
    MfSettings now = settings.in(job, Filters.parse(filters));
    try (var silent = new StepBar("factors", now.passes(), "passes", null)) {
      MfResult result = new MfRun(now, data, workers.job(job), watcher.job(job), null).run(silent);
      return new Outcome(data.errorOfMean(), result.error(), result.trained(), result.seconds());
    } finally {
      watcher.job(job).dropTable(MfSettings.TABLE);
    }
  }
}
