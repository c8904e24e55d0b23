package io.holdfast.tools.train;

import io.holdfast.client.Holdfast;
import io.holdfast.model.Durability;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code holdfast train lr}: sparse logistic regression. */
@Command(
    name = "lr",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    sortOptions = false,
    description = {
      "Trains sparse logistic regression.",
      "It minimizes: sum of log-losses over the training examples + l1 * |w|_1 + l2/2 * |w|^2.",
      "Without --server it starts one in this process; without --data it makes up a click log."
    },
    footer = {"", "Example: holdfast train lr --workers 4 --passes 3 --l1 1 --report lr.html"})
public final class TrainLr implements Callable<Integer> {
  private static volatile LocalCluster.Starter localClusters = LocalCluster.Starter.NONE;

  private final Function<String, Holdfast> connector;

  @Spec private @Nullable CommandSpec command;

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      description =
          "A node of the cluster; several, separated by commas. Default: a server of its own.")
  private @Nullable String server;

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

  @Option(names = "--workers", paramLabel = "N", defaultValue = "2", description = "Workers.")
  private int workers;

  @Option(
      names = "--worker-processes",
      description = "Run each worker in a process of its own, not on a thread.")
  private boolean workerProcesses;

  @Option(
      names = "--passes",
      paramLabel = "N",
      defaultValue = "8",
      description = "Passes over the training data.")
  private int passes;

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
      defaultValue = "bounded:4",
      description =
          "eventual, bounded:S (at most S clocks behind), adaptive:MIN:MAX (the run moves the bound"
              + " between these) or sequential (all gradients of a clock are summed and applied"
              + " once, in worker order: runs can be repeated bit for bit).")
  private String consistency = "bounded:4";

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
      names = "--durability",
      paramLabel = "WHEN",
      defaultValue = "fsync",
      description =
          "When a push is acknowledged: fsync (on disk) or memory (in the log's mapping).")
  private String durability = "fsync";

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
      names = "--job",
      paramLabel = "NAME",
      defaultValue = "lr",
      description = "Job on the cluster.")
  private String job = "lr";

  @Option(
      names = "--table",
      paramLabel = "NAME",
      defaultValue = "weights",
      description = "Table of the weights.")
  private String table = "weights";

  @Option(
      names = "--resume",
      description =
          "Go on with the job from where its workers last saved their state; with the same options.")
  private boolean resume;

  @Option(
      names = "--model",
      paramLabel = "FILE",
      description = "Write the weights that are not zero there, as lines feature:weight.")
  private @Nullable Path model;

  @Option(
      names = "--report",
      paramLabel = "FILE.html",
      description = "Write a report with curves there, one self-contained file.")
  private @Nullable Path report;

  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "text, or json: the last line of standard output is one JSON document.")
  private String output = "text";

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      defaultValue = "1",
      description = "Of the order of examples and of the click log.")
  private long seed;

  @Option(names = "--quiet", description = "Show no progress.")
  private boolean quiet;

  /** Over gRPC. */
  public TrainLr() {
    this(Holdfast::connect);
  }

  TrainLr(Function<String, Holdfast> connector) {
    this.connector = connector;
  }

  /** Says how servers are started for runs without {@code --server}; for the launcher, once. */
  public static void useLocalClusters(LocalCluster.Starter starter) {
    localClusters = starter;
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
    boolean json = choice("--output", output, "text", "json").equals("json");
    LrSettings settings = settings();
    mustBeWritable("--model", model);
    mustBeWritable("--report", report);
    say(settings.data().isEmpty() ? "making up a click log" : "reading " + settings.data());
    TrainingData loaded = TrainingData.load(settings, test);
    TrainingResult result =
        server != null ? train(settings, loaded, server) : trainLocally(settings, loaded);
    if (model != null) {
      result.model().write(model);
    }
    if (report != null) {
      HtmlReport.write(result, report);
    }
    var out = command == null ? null : command.commandLine().getOut();
    String text = json ? result.json() + System.lineSeparator() : result.text();
    if (out == null) {
      System.out.print(text);
      System.out.flush();
    } else {
      out.print(text);
      out.flush();
    }
    return 0;
  }

  private TrainingResult trainLocally(LrSettings settings, TrainingData loaded)
      throws IOException, InterruptedException {
    try (LocalCluster local = localClusters.startInTemporary()) {
      say("started a server at " + local.address());
      return train(settings, loaded, local.address());
    }
  }

  private TrainingResult train(LrSettings settings, TrainingData loaded, String address)
      throws InterruptedException {
    say(
        String.format(
            "training on %,d examples, %,d features, with %d workers, %s",
            loaded.totalExamples(),
            loaded.train().columns(),
            settings.workers(),
            settings.consistency()));
    try (Holdfast cluster = connector.apply(address);
        ProgressDisplay display = ProgressDisplay.choose(quiet)) {
      var run = new TrainingRun(settings, loaded, cluster);
      var board = new ProgressBoard();
      try (WorkerGroup group =
          workerProcesses
              ? new WorkerProcesses(settings, address, board)
              : new WorkerThreads(settings, loaded.train(), cluster.job(settings.job()), board)) {
        return run.run(group, board, display);
      }
    }
  }

  private LrSettings settings() {
    if (test != null && data.isEmpty()) {
      throw invalid("--test needs --data; the generated click log brings its own test data");
    }
    return new LrSettings(
        data.stream().map(Path::toString).toList(),
        examples,
        workers,
        passes,
        batch,
        tickEvery,
        consistency,
        choice("--rule", rule, "ftrl", "adagrad").equals("ftrl")
            ? LrSettings.Rule.FTRL
            : LrSettings.Rule.ADAGRAD,
        alpha,
        beta,
        l1,
        l2,
        !noIntercept,
        choice("--durability", durability, "fsync", "memory").equals("fsync")
            ? Durability.FSYNC
            : Durability.MEMORY,
        job,
        table,
        seed,
        resume,
        new Pace(stretch, slow, together),
        new TrafficSettings(filters, sameBatches),
        new WorkSharing(backupWorkers, queueShards));
  }

  private void say(String message) {
    if (!quiet) {
      System.err.println(message);
    }
  }

  private static String choice(String option, String given, String one, String other) {
    if (!given.equals(one) && !given.equals(other)) {
      throw invalid(option + " '" + given + "' is neither " + one + " nor " + other);
    }
    return given;
  }

  /** Better known before hours of training than after. */
  private static void mustBeWritable(String option, @Nullable Path file) {
    if (file == null) {
      return;
    }
    Path directory = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file) || directory == null || !Files.isWritable(directory)) {
      throw invalid(option + " " + file + " cannot be written; is there such a directory?");
    }
  }

  private static HoldfastException invalid(String message) {
    return new HoldfastException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
