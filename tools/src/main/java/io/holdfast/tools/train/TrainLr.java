package io.holdfast.tools.train;

import io.holdfast.client.Holdfast;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.Common;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.command.LocalCluster;
import io.holdfast.tools.command.OwnServer;
import io.holdfast.tools.job.JobOptions;
import io.holdfast.tools.job.NamedJob;
import io.holdfast.tools.job.RunLife;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code holdfast train lr}: sparse logistic regression. */
@Command(
    name = "lr",
    showDefaultValues = true,
    sortOptions = false,
    description = {
      "Trains sparse logistic regression.",
      "It minimizes: sum of log-losses over the training examples + l1 * |w|_1 + l2/2 * |w|^2.",
      "online takes mini-batches of examples and is soon good; block-proximal takes all examples"
          + " and a block of features at a time, and goes to the optimum, as sparse as that is.",
      "Without --server it starts one in this process; without --data it makes up a click log."
    },
    footer = {
      "",
      "Example: holdfast train lr --workers 4 --passes 3 --l1 1 --report lr.html",
      "         holdfast train lr --algorithm block-proximal --l1 1 --l2 0 --delay 2"
    })
public final class TrainLr implements Callable<Integer> {
  private final Function<String, Holdfast> connector;

  @Mixin private Common common = new Common();

  @Mixin private JobOptions options;

  @Mixin private NamedJob job = new NamedJob("lr");

  @Option(
      names = "--data",
      arity = "1..*",
      paramLabel = "FILE",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description = "Training data, LIBSVM format, plain or gzip. Default: a generated click log.")
  private List<Path> data = new ArrayList<>();

  @Option(names = "--test", paramLabel = "FILE", description = "Test data, LIBSVM format.")
  private @Nullable Path test;

  @Option(
      names = "--examples",
      paramLabel = "N",
      defaultValue = "200000",
      description = "Size of the generated click log; a tenth more is held out as test data.")
  private int examples;

  @Option(
      names = "--worker-processes",
      description = "Run each worker in a process of its own, not on a thread.")
  private boolean workerProcesses;

  @Option(
      names = "--algorithm",
      paramLabel = "NAME",
      defaultValue = "online",
      description = "online (mini-batches), or block-proximal (delayed block proximal gradient).")
  private String algorithm = "online";

  @Option(
      names = "--passes",
      paramLabel = "N",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description = "Passes over the training data. Default: 8, block-proximal: 150.")
  private @Nullable Integer passes;

  @Mixin private BlockOptions blocks = new BlockOptions();

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "128",
      description = "Examples in a mini-batch of one worker.")
  private int batch;

  @Option(
      names = "--tick-every",
      paramLabel = "N",
      defaultValue = "1",
      description = "Mini-batches in a clock.")
  private int tickEvery;

  @Option(
      names = "--consistency",
      paramLabel = "MODEL",
      description =
          "eventual, bounded:S (at most S clocks behind), adaptive:MIN:MAX (the run moves the bound"
              + " between these) or sequential (all gradients of a clock are summed and applied"
              + " once, in worker order: runs can be repeated bit for bit). Default: bounded:4, and"
              + " sequential for block-proximal, which takes no other.")
  private @Nullable String consistency;

  @Option(
      names = "--backup-workers",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "With sequential: a clock ends without the slowest N workers. Which those are is chance,"
              + " so that no run is like another.")
  private int backupWorkers;

  @Option(
      names = "--work-queue",
      paramLabel = "SHARDS",
      defaultValue = "0",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description =
          "Cut the data into so many pieces, which workers take from a queue as they get on, and"
              + " which others get when a worker is given up. Default: each worker has a fixed"
              + " part.")
  private int queueShards;

  @Option(
      names = "--rule",
      paramLabel = "RULE",
      defaultValue = "ftrl",
      description = "The server's update rule: ftrl or adagrad.")
  private String rule = "ftrl";

  @Option(
      names = {"--alpha", "--learning-rate"},
      paramLabel = "RATE",
      defaultValue = "0.07",
      description = "Learning rate.")
  private double alpha;

  @Option(
      names = "--beta",
      paramLabel = "BETA",
      defaultValue = "1",
      description = "FTRL's beta: the larger, the smaller the first steps.")
  private double beta;

  @Option(
      names = "--l1",
      paramLabel = "L1",
      defaultValue = "0",
      description = "L1 penalty; --rule ftrl only.")
  private double l1;

  @Option(names = "--l2", paramLabel = "L2", defaultValue = "1", description = "L2 penalty.")
  private double l2;

  @Option(
      names = "--no-intercept",
      description = "Train no intercept (the weight of key 0, which is in every example).")
  private boolean noIntercept;

  @Option(
      names = "--filters",
      paramLabel = "NAMES",
      defaultValue = "none",
      description =
          "What makes pushes and pulls smaller, such as cache-keys,zstd,bf16,error-feedback,kkt:1;"
              + " the README lists them.")
  private String filters = "none";

  @Option(
      names = "--same-batches",
      description = "Shuffle the examples once, not for each pass: servers know the lists of keys.")
  private boolean sameBatches;

  @Option(
      names = "--slow",
      paramLabel = "FACTOR",
      defaultValue = "1",
      description =
          "Worker 0 takes so many times as long over its own work, by pausing: to see what a"
              + " consistency model makes of it.")
  private double slow;

  @Option(
      names = "--stretch",
      paramLabel = "FACTOR",
      defaultValue = "1",
      description =
          "Every worker takes so many times as long over its own work, by pausing: as if each had a"
              + " machine of its own, and more to do there.")
  private double stretch;

  @Option(
      names = "--together",
      description =
          "Count the passes over all workers: each goes on with its part of the data until all have"
              + " done as many examples together.")
  private boolean together;

  @Option(
      names = "--table",
      paramLabel = "NAME",
      defaultValue = "weights",
      description = "Table of the weights.")
  private String table = "weights";

  @Option(
      names = "--save-every",
      paramLabel = "CLOCKS",
      defaultValue = "64",
      description = "How often a worker saves where it is; it does so at the end of a pass, too.")
  private int saveEvery;

  @Option(
      names = "--model",
      paramLabel = "FILE",
      description = "Write the weights that are not zero there, as lines feature:weight.")
  private @Nullable Path model;

  /** Over gRPC. */
  public TrainLr() {
    this(Holdfast::connect, OwnServer::start);
  }

  TrainLr(Function<String, Holdfast> connector, LocalCluster.Starter starter) {
    this.connector = connector;
    this.options = new JobOptions(/* workers= */ 2, starter);
  }

  /**
   * Trains, and prints the result.
   *
   * @return 0
   * @throws HoldfastException INVALID_ARGUMENT where options or data are wrong, or what the cluster
   *     answered
   */
  @Override
  public Integer call() throws IOException, InterruptedException {
    LrSettings settings = settings();
    JobOptions.mustBeWritable("--model", model);
    var report = options.report();
    options.say(settings.data().isEmpty() ? "making up a click log" : "reading " + settings.data());
    TrainingData loaded = TrainingData.load(settings, test);
    TrainingResult result = options.onCluster(job, address -> train(settings, loaded, address));
    if (model != null) {
      result.model().write(model);
    }
    if (report.isPresent()) {
      HtmlReport.write(result, report.get());
    }
    common.print(result::json, result::text);
    return ExitCode.OK.number();
  }

  private TrainingResult train(LrSettings asked, TrainingData loaded, String address)
      throws InterruptedException {
    try (Holdfast cluster = connector.apply(address);
        Holdfast ofWorkers = connector.apply(address); // theirs alone: its bytes are counted
        ProgressDisplay display = ProgressDisplay.choose(options.isQuiet())) {
      var journal = job.begin(cluster, asked.deciding(loaded.train()));
      LrSettings settings = asked.living(journal.life(saveEvery));
      options.say(
          String.format(
              "%s on %,d examples, %,d features, with %d workers, %s",
              journal.isResumed() ? "going on with training" : "training",
              loaded.totalExamples(),
              loaded.train().columns(),
              settings.workers(),
              settings.consistency()));
      var run =
          new TrainingRun(settings, loaded, cluster, journal, workerProcesses ? null : ofWorkers);
      var board = new ProgressBoard();
      try (WorkerGroup group =
          workerProcesses
              ? new WorkerProcesses(settings, address, board)
              : new WorkerThreads(settings, loaded.train(), ofWorkers.job(settings.job()), board)) {
        return run.run(group, board, display);
      }
    }
  }

  private LrSettings settings() {
    if (test != null && data.isEmpty()) {
      throw invalid("--test needs --data; the generated click log brings its own test data");
    }
    boolean blockwise = isBlockwise();
    int defaultPasses = blockwise ? 150 : 8;
    String defaultConsistency = blockwise ? "sequential" : "bounded:4";
    return LrSettings.builder()
        .data(data.stream().map(Path::toString).toList())
        .generatedExamples(examples)
        .workers(options.workers())
        .passes(passes == null ? defaultPasses : passes)
        .batch(batch)
        .tickEvery(tickEvery)
        .consistency(consistency == null ? defaultConsistency : consistency)
        .rule(rule())
        .alpha(alpha)
        .beta(beta)
        .l1(l1)
        .l2(l2)
        .intercept(!noIntercept)
        .durability(job.durability())
        .replicas(job.replicas())
        .job(job.name())
        .table(table)
        .seed(options.seed())
        .life(new RunLife(job.resume(), 0, saveEvery))
        .pace(new Pace(stretch, slow, together))
        .traffic(new TrafficSettings(filters, sameBatches))
        .sharing(new WorkSharing(backupWorkers, queueShards))
        .blocks(blockwise ? blocks.settings() : null)
        .build();
  }

  private boolean isBlockwise() {
    return switch (algorithm) {
      case "online" -> false;
      case "block-proximal" -> true;
      default ->
          throw invalid("--algorithm '" + algorithm + "' is neither online nor block-proximal");
    };
  }

  private LrSettings.Rule rule() {
    return switch (rule) {
      case "ftrl" -> LrSettings.Rule.FTRL;
      case "adagrad" -> LrSettings.Rule.ADAGRAD;
      default -> throw invalid("--rule '" + rule + "' is neither ftrl nor adagrad");
    };
  }

  private static HoldfastException invalid(String message) {
    return new HoldfastException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
