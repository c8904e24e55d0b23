package io.holdfast.tools.mf;

import io.holdfast.filter.Filters;
import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.Initial;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.command.Converters;
import io.holdfast.tools.job.RunLife;
import io.holdfast.tools.job.RunOptions;
import java.util.LinkedHashMap;
import java.util.Locale;

/**
 * What a run does.
 *
 * @param rank factors of a row
 * @param rule of the server, which takes the gradients
 * @param rate learning rate
 * @param l2 weight of the squared norms of a rating's two rows beside its squared error
 * @param passes over the ratings
 * @param workers of the group
 * @param batch ratings of one worker in a step, which is a clock
 * @param sameBatches whether every pass has the same batches, so that servers know their lists of
 *     keys; otherwise each pass is shuffled anew
 * @param filters of pushes and pulls
 * @param replicas of the table; 0: as many as the cluster makes by itself
 * @param seed of first values and of the order of ratings
 * @param life which run this is, and how often its workers save
 */
record MfSettings(
    int rank,
    Rule rule,
    double rate,
    double l2,
    int passes,
    int workers,
    int batch,
    boolean sameBatches,
    Filters filters,
    Consistency consistency,
    Durability durability,
    int replicas,
    String job,
    long seed,
    RunLife life) {
  static final String TABLE = "factors";

  private static final int MOST_FACTORS = TableSpec.MAX_WIDTH - 1;
  private static final double FIRST_DEVIATION = 0.1;

  /** Which of the server's update rules takes the gradients. */
  enum Rule {
    /** Gradients are summed over a batch: the rule weighs them by those before. */
    ADAGRAD,
    /**
     * Gradients of a row are averaged over its ratings in a batch: a sum of hundreds would make
     * steps of hundreds of rates.
     */
    SGD
  }

  MfSettings {
    require(
        rank >= 1 && rank <= MOST_FACTORS, "--rank must be 1 to " + MOST_FACTORS + ", not " + rank);
    require(passes >= 1, "--passes must be 1 or more, not " + passes);
    require(workers >= 1, "--workers must be 1 or more, not " + workers);
    require(batch >= 1, "--batch must be 1 or more, not " + batch);
    require(replicas >= 0, "--replicas must be 0 or more, not " + replicas);
    require(rate > 0 && Double.isFinite(rate), "--rate must be above 0, not " + rate);
    require(l2 >= 0 && Double.isFinite(l2), "--l2 must be 0 or more, not " + l2);
  }

  /** Values of a row: a bias, and the factors. */
  int width() {
    return rank + 1;
  }

  /** A row for each user and each item that was ever pushed. */
  TableSpec table() {
    var spec =
        TableSpec.sparse()
            .hashed()
            .width(width())
            .initial(new Initial.Normal(0, FIRST_DEVIATION, seed))
            .rule(rule == Rule.ADAGRAD ? Rules.adagrad(rate) : Rules.sgd(rate))
            .durability(durability)
            .consistency(consistency);
    return replicas == 0 ? spec.build() : spec.replicas(replicas).build();
  }

  /** Whether a row's gradient is its mean over a batch, and not the sum. */
  boolean averaged() {
    return rule == Rule.SGD;
  }

  /**
   * Whether a worker may ask for the next batch's rows before it has pushed this one's gradient.
   * Not where each clock has to see all clocks before it.
   */
  boolean pullsAhead() {
    return switch (consistency) {
      case Consistency.Eventual eventual -> true;
      case Consistency.Bounded bounded -> bounded.staleness() > 0;
      case Consistency.Sequential sequential -> false;
    };
  }

  /** Batches in a pass of one worker, the same for every worker. */
  int batchesPerPass(int ratings) {
    long longest = ((long) ratings + workers - 1) / workers;
    return Math.toIntExact((longest + batch - 1) / batch);
  }

  /** The same settings for another job with other filters. */
  MfSettings in(String otherJob, Filters otherFilters) {
    return new MfSettings(
        rank,
        rule,
        rate,
        l2,
        passes,
        workers,
        batch,
        sameBatches,
        otherFilters,
        consistency,
        durability,
        replicas,
        otherJob,
        seed,
        life);
  }

  /** The same settings for another life, or for a run. */
  MfSettings living(RunLife now) {
    return new MfSettings(
        rank,
        rule,
        rate,
        l2,
        passes,
        workers,
        batch,
        sameBatches,
        filters,
        consistency,
        durability,
        replicas,
        job,
        seed,
        now);
  }

  /** The options that decide what is pushed. */
  RunOptions deciding(MfData data, String filterNames) {
    var values = new LinkedHashMap<String, String>();
    values.put("ratings", data.train().summary());
    values.put("--rank", "" + rank);
    values.put("--rule", rule.name().toLowerCase(Locale.ROOT));
    values.put("--rate", "" + rate);
    values.put("--l2", "" + l2);
    values.put("--workers", "" + workers);
    values.put("--batch", "" + batch);
    values.put("--same-batches", "" + sameBatches);
    values.put("--filters", filterNames);
    values.put("--consistency", Converters.text(consistency));
    values.put("--durability", durability.name().toLowerCase(Locale.ROOT));
    values.put("--seed", "" + seed);
    return new RunOptions("train mf", values);
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new HoldfastException(ErrorCode.INVALID_ARGUMENT, message);
    }
  }
}
