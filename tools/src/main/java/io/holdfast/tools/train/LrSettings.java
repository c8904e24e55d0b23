package io.holdfast.tools.train;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.holdfast.client.AdaptiveStaleness;
import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.job.RunLife;
import io.holdfast.tools.job.RunOptions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a worker has to know to train; the same for all workers of a job, and sent to worker
 * processes as JSON.
 *
 * @param data LIBSVM files; none: a generated click log
 * @param generatedExamples size of the click log
 * @param workers size of the group
 * @param passes over the data
 * @param batch examples in a mini-batch of one worker
 * @param tickEvery batches in a clock
 * @param consistency {@code eventual}, {@code bounded:S}, {@code adaptive:MIN:MAX} or {@code
 *     sequential}
 * @param rule {@code FTRL} or {@code ADAGRAD}
 * @param alpha learning rate of either rule
 * @param beta of FTRL: what is added to the root of the summed squares of a coordinate's gradients
 * @param l1 strength of the L1 penalty in the objective; FTRL only
 * @param l2 strength of the L2 penalty in the objective
 * @param intercept whether there is a weight that applies to every example
 * @param durability what an acknowledged push is
 * @param replicas of the table; 0: as many as the cluster makes by itself
 * @param job namespace on the cluster
 * @param table the weights
 * @param seed of the click log and of the order of the examples
 * @param life which run this is, and whether it was begun before
 * @param pace of the workers
 * @param traffic how pushes and pulls travel
 * @param sharing of the work
 * @param blocks how block proximal gradient goes about it; null: the online algorithm, which takes
 *     mini-batches of examples
 */
record LrSettings(
    List<String> data,
    int generatedExamples,
    int workers,
    int passes,
    int batch,
    int tickEvery,
    String consistency,
    Rule rule,
    double alpha,
    double beta,
    double l1,
    double l2,
    boolean intercept,
    Durability durability,
    int replicas,
    String job,
    String table,
    long seed,
    RunLife life,
    Pace pace,
    TrafficSettings traffic,
    WorkSharing sharing,
    @Nullable BlockSettings blocks) {

  /** Of the L1 strength: a weight of zero whose gradient is below that part of it rests. */
  private static final double REST = 0.9;

  private static final Pattern ADAPTIVE = Pattern.compile("adaptive:([0-9]{1,9}):([0-9]{1,9})");

  /** Which of the server's update rules takes the gradients. */
  enum Rule {
    FTRL,
    ADAGRAD
  }

  LrSettings {
    data = List.copyOf(data);
    atLeastOne("--workers", workers);
    atLeastOne("--passes", passes);
    atLeastOne("--batch", batch);
    atLeastOne("--tick-every", tickEvery);
    atLeastOne("--examples", generatedExamples);
    require(replicas >= 0, "--replicas must be 0 or more, not " + replicas);
    require(alpha > 0 && Double.isFinite(alpha), "--alpha must be above 0, not " + alpha);
    require(beta >= 0 && Double.isFinite(beta), "--beta must be 0 or more, not " + beta);
    require(l1 >= 0 && Double.isFinite(l1), "--l1 must be 0 or more, not " + l1);
    require(l2 >= 0 && Double.isFinite(l2), "--l2 must be 0 or more, not " + l2);
    require(
        l1 == 0 || rule == Rule.FTRL,
        "--l1 needs --rule ftrl; adagrad cannot make weights exactly zero");
    require(
        sharing.backupWorkers() == 0
            || parseConsistency(consistency) instanceof Consistency.Sequential,
        "--backup-workers needs --consistency sequential");
    require(
        sharing.backupWorkers() >= 0 && sharing.backupWorkers() < workers,
        "--backup-workers must be 0 or more, and fewer than --workers, not "
            + sharing.backupWorkers());
    require(sharing.queueShards() >= 0, "--work-queue must be 1 or more");
    require(
        !sharing.hasQueue() || pace.equals(Pace.EVEN),
        "--work-queue hands out the passes: leave out --together, --slow and --stretch");
    parseConsistency(consistency);
    require(
        !(pace.together() && life.resume()),
        "--together cannot be resumed: how far each worker came is chance");
    if (blocks != null) {
      require(
          parseConsistency(consistency) instanceof Consistency.Sequential,
          "--algorithm block-proximal has its own consistency; say how far workers may run ahead"
              + " by --delay");
      require(
          sharing.backupWorkers() == 0 && !sharing.hasQueue() && !pace.together(),
          "--algorithm block-proximal needs the gradients of all examples: leave out"
              + " --backup-workers, --work-queue and --together");
      require(
          !traffic.parsed().carries(),
          "--algorithm block-proximal takes no filters that hold rows back or carry what rounding"
              + " leaves: gradients of another time would be added; its own is --no-kkt's");
    }
  }

  /** Settings with the defaults of {@code train lr}. */
  static LrSettingsBuilder builder() {
    return new LrSettingsBuilder();
  }

  /** The same settings in another life of the run, or for a run. */
  LrSettings living(RunLife now) {
    return new LrSettingsBuilder(this).life(now).build();
  }

  /** The same settings for another job. */
  LrSettings in(String otherJob, TrafficSettings otherTraffic) {
    return new LrSettingsBuilder(this).job(otherJob).traffic(otherTraffic).build();
  }

  /** The same settings by another consistency and at another pace. */
  LrSettings with(String otherConsistency, Pace otherPace) {
    return new LrSettingsBuilder(this).consistency(otherConsistency).pace(otherPace).build();
  }

  /**
   * {@code eventual}, {@code bounded:S}, {@code adaptive:MIN:MAX} (bounded, beginning with the
   * least bound) or {@code sequential} (which sums the workers' pushes).
   */
  static Consistency parseConsistency(String text) {
    var adaptive = parseAdaptive(text);
    if (adaptive.isPresent()) {
      return Consistency.bounded(adaptive.get().bound());
    }
    if (text.matches("bounded:[0-9]{1,9}")) {
      return Consistency.bounded(Integer.parseInt(text.substring("bounded:".length())));
    }
    return switch (text) {
      case "eventual" -> Consistency.eventual();
      case "sequential" -> Consistency.sequential(Consistency.Combine.SUM);
      default ->
          throw new HoldfastException(
              ErrorCode.INVALID_ARGUMENT,
              "--consistency '"
                  + text
                  + "' is not eventual, bounded:S (such as bounded:4), adaptive:MIN:MAX (such as"
                  + " adaptive:0:16) or sequential");
    };
  }

  private static Optional<AdaptiveStaleness> parseAdaptive(String text) {
    var matcher = ADAPTIVE.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    int least = Integer.parseInt(matcher.group(1));
    int most = Integer.parseInt(matcher.group(2));
    require(least <= most, "--consistency '" + text + "': " + least + " is above " + most);
    return Optional.of(new AdaptiveStaleness(least, most));
  }

  /** Chooses the bound while the run goes on, where that is asked for. */
  Optional<AdaptiveStaleness> adaptiveStaleness() {
    return parseAdaptive(consistency);
  }

  /**
   * Whether a worker may ask for the next batch's weights before it has pushed this one's gradient.
   * Not where each clock has to see all clocks before it.
   */
  @JsonIgnore
  boolean pullsAhead() {
    return switch (parseConsistency(consistency)) {
      case Consistency.Eventual eventual -> true;
      case Consistency.Bounded bounded -> bounded.staleness() > 0;
      case Consistency.Sequential sequential -> false;
    };
  }

  /**
   * The table of weights. Block proximal gradient has the penalties as they are. FTRL weighs its
   * penalties against the losses of all examples that it has seen, each pass anew; so that the
   * objective has them against one pass, the rule gets them times the number of passes.
   */
  TableSpec tableSpec() {
    if (blocks != null) {
      var spec =
          TableSpec.sparse()
              .hashed()
              .width(BlockPart.WIDTH)
              .rule(Rules.proximalNewton(l1, l2, REST * l1).with("radius", BlockPart.FIRST_RADIUS))
              .durability(durability)
              .consistency(tableConsistency());
      return replicas == 0 ? spec.build() : spec.replicas(replicas).build();
    }
    RuleSpec update =
        switch (rule) {
          case FTRL -> Rules.ftrl(alpha, beta, l1 * passes, l2 * passes);
          case ADAGRAD -> Rules.adagrad(alpha);
        };
    var spec =
        TableSpec.sparse()
            .hashed()
            .rule(update)
            .durability(durability)
            .consistency(tableConsistency());
    return replicas == 0 ? spec.build() : spec.replicas(replicas).build();
  }

  private Consistency tableConsistency() {
    Consistency parsed = parseConsistency(consistency);
    return parsed instanceof Consistency.Sequential sequential
        ? new Consistency.Sequential(sequential.combine(), sharing.backupWorkers())
        : parsed;
  }

  /**
   * The share of the L2 penalty that the gradients of one piece of the data have; 0 where the
   * server's rule has it.
   */
  double gradientL2() {
    return rule == Rule.ADAGRAD ? l2 / pieces() : 0;
  }

  /**
   * The options that decide which pushes the workers make, and what becomes of them.
   *
   * @param examples all of the training data
   */
  RunOptions deciding(Examples examples) {
    var values = new LinkedHashMap<String, String>();
    if (data.isEmpty()) {
      values.put("--examples", "" + generatedExamples);
    }
    values.put("--data", data.isEmpty() ? "generated" : examples.description());
    values.put("--workers", "" + workers);
    values.put("--work-queue", "" + sharing.queueShards());
    values.put("--algorithm", blocks == null ? "online" : "block-proximal");
    if (blocks == null) {
      decideOnline(values);
    } else {
      blocks.decide(values);
      values.put("--l1", "" + l1);
    }
    values.put("--seed", "" + seed);
    values.put("--same-batches", "" + traffic.sameBatches());
    values.put("--filters", traffic.filters());
    // Between these, a bound may change at any time; it decides nothing that is pushed again.
    values.put("--consistency", isSequential() ? "sequential" : "bounded or eventual");
    values.put("--backup-workers", "" + sharing.backupWorkers());
    values.put("--l2", "" + l2);
    values.put("--no-intercept", "" + !intercept);
    values.put("--durability", durability.name().toLowerCase(Locale.ROOT));
    values.put("--table", table);
    return new RunOptions("train lr", values);
  }

  private void decideOnline(Map<String, String> values) {
    values.put("--batch", "" + batch);
    values.put("--tick-every", "" + tickEvery);
    values.put("--rule", rule.name().toLowerCase(Locale.ROOT));
    values.put("--alpha", "" + alpha);
    if (rule == Rule.FTRL) {
      values.put("--beta", "" + beta);
      values.put("--l1", "" + l1);
    }
    if (sharing.hasQueue() || (rule == Rule.FTRL && (l1 > 0 || l2 > 0))) {
      values.put("--passes", "" + passes); // the queue has them, and the rule its penalties
    }
  }

  private boolean isSequential() {
    return parseConsistency(consistency) instanceof Consistency.Sequential;
  }

  /** Into how many the data are divided: a stripe for each worker, or the shards of the queue. */
  @JsonIgnore
  int pieces() {
    return sharing.hasQueue() ? sharing.queueShards() : workers;
  }

  /** Mini-batches in a pass over one piece of the data, the same for every piece. */
  int batchesPerPass(long totalExamples) {
    long longestStripe = (totalExamples + pieces() - 1) / pieces();
    return Math.toIntExact((longestStripe + batch - 1) / batch);
  }

  private static void atLeastOne(String option, int value) {
    require(value >= 1, option + " must be 1 or more, not " + value);
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new HoldfastException(ErrorCode.INVALID_ARGUMENT, message);
    }
  }
}
