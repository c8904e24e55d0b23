package io.holdfast.tools.mf;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Job;
import io.holdfast.filter.Filters;
import io.holdfast.model.Consistency;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.Common;
import io.holdfast.tools.command.Converters;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.job.JobOptions;
import io.holdfast.tools.job.NamedJob;
import io.holdfast.tools.job.RunLife;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code holdfast train mf}. */
@Command(
    name = "mf",
    showDefaultValues = true,
    sortOptions = false,
    description = {
      "Factorises a matrix of ratings: users and items become rows of factors.",
      "A rating is predicted as the mean, two biases, and the product of the two rows' factors.",
      "Without --server it starts one in this process; without --data it makes up ratings."
    },
    footer = {
      "",
      "Example: holdfast train mf --report factors.html",
      "         holdfast train mf --data ml-1m/ratings.dat --rank 32 --passes 20 --workers 4"
    })
public final class TrainMf implements Callable<Integer> {
  private static final double ADAGRAD_RATE = 0.1;
  private static final double SGD_RATE = 0.05;

  @Mixin private Common common = new Common();

  @Mixin private JobOptions options = new JobOptions(4);

  @Mixin private NamedJob job = new NamedJob("mf");

  @Option(
      names = "--data",
      arity = "1..*",
      paramLabel = "FILE",
      showDefaultValue = Help.Visibility.NEVER,
      description =
          "Ratings as of MovieLens: u.data, ratings.dat or ratings.csv, plain or gzip. Default:"
              + " made-up ratings.")
  private List<Path> data = new ArrayList<>();

  @Option(
      names = "--test",
      paramLabel = "FILE",
      description = "Ratings to measure the model on, in place of a held-out part.")
  private @Nullable Path test;

  @Option(
      names = "--holdout",
      paramLabel = "SHARE",
      defaultValue = "0.1",
      description = "Share of --data's ratings that is held out, to measure the model on.")
  private double holdout;

  @Option(
      names = "--ratings",
      paramLabel = "N",
      defaultValue = "200000",
      description = "Ratings to make up; a tenth more is held out.")
  private int ratings;

  @Option(
      names = "--rank",
      paramLabel = "K",
      defaultValue = "8",
      description = "Factors of a user or an item.")
  private int rank;

  @Option(
      names = "--rule",
      paramLabel = "adagrad|sgd",
      defaultValue = "adagrad",
      description = "The server's update rule.")
  private RuleName rule = RuleName.adagrad;

  @Option(
      names = "--rate",
      paramLabel = "RATE",
      description =
          "Learning rate. Default: " + ADAGRAD_RATE + " with adagrad, " + SGD_RATE + " with sgd.")
  private @Nullable Double rate;

  @Option(
      names = "--l2",
      paramLabel = "L2",
      defaultValue = "0.02",
      description = "Weight of the squared norms of a rating's rows beside its squared error.")
  private double l2;

  @Option(
      names = "--passes",
      paramLabel = "N",
      defaultValue = "20",
      description = "Passes over the ratings.")
  private int passes;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Ratings in a mini-batch of one worker, which is a clock.")
  private int batch;

  @Option(
      names = "--consistency",
      paramLabel = "MODEL",
      defaultValue = "bounded:4",
      converter = Converters.OfConsistency.class,
      description =
          "eventual, bounded:S (at most S clocks behind) or"
              + " sequential[:sum|mean[:BACKUP_WORKERS]].")
  private Consistency consistency = Consistency.bounded(4);

  @Option(
      names = "--filters",
      paramLabel = "NAMES",
      defaultValue = "none",
      description =
          "What makes pushes and pulls smaller, such as cache-keys,zstd,bf16; the README lists"
              + " them.")
  private String filters = "none";

  @Option(
      names = "--same-batches",
      description = "Shuffle the ratings once, not for each pass: servers know the lists of keys.")
  private boolean sameBatches;

  @Option(
      names = "--save-every",
      paramLabel = "CLOCKS",
      defaultValue = "64",
      description = "How often a worker saves where it is; it does so at the end of a pass, too.")
  private int saveEvery;

  /** As the option spells them. */
  enum RuleName {
    adagrad,
    sgd
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    var settings = settings();
    var report = options.report();
    MfData loaded = load();
    MfResult result = options.onCluster(job, address -> train(settings, loaded, address));
    if (report.isPresent()) {
      MfReport.page(result).write(report.get());
    }
    common.print(result::json, result::text);
    return ExitCode.OK.number();
  }

  private MfSettings settings() {
    boolean adagrad = rule == RuleName.adagrad;
    double usual = adagrad ? ADAGRAD_RATE : SGD_RATE;
    return new MfSettings(
        rank,
        adagrad ? MfSettings.Rule.ADAGRAD : MfSettings.Rule.SGD,
        rate == null ? usual : rate,
        l2,
        passes,
        options.workers(),
        batch,
        sameBatches,
        Filters.parse(filters),
        consistency,
        job.durability(),
        job.replicas(),
        job.name(),
        options.seed(),
        RunLife.first(saveEvery));
  }

  private MfData load() {
    require(
        test == null || !data.isEmpty(), "--test needs --data; made-up ratings bring their own");
    require(holdout >= 0 && holdout < 1, "--holdout must be 0 or more and below 1, not " + holdout);
    require(ratings >= 1, "--ratings must be 1 or more, not " + ratings);
    return data.isEmpty()
        ? MfData.generated(GeneratedRatings.suiting(ratings), ratings, options.seed())
        : MfData.read(data, test, holdout, options.seed());
  }

  private MfResult train(MfSettings asked, MfData loaded, String address)
      throws InterruptedException {
    try (Holdfast cluster = Holdfast.connect(address);
        var bar = options.bar("training", asked.passes(), "passes")) {
      var journal = job.begin(cluster, asked.deciding(loaded, filters));
      var settings = asked.living(journal.life(saveEvery));
      Job named = cluster.job(settings.job());
      return new MfRun(settings, loaded, named, named, journal).run(bar);
    }
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new HoldfastException(ErrorCode.INVALID_ARGUMENT, message);
    }
  }
}
