package io.holdfast.tools.compare;

import io.holdfast.client.Holdfast;
import io.holdfast.filter.Filters;
import io.holdfast.tools.bench.ServerChild;
import io.holdfast.tools.command.Common;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.command.NodeProbe;
import io.holdfast.tools.job.JobOptions;
import io.holdfast.tools.mf.MfProblem;
import io.holdfast.tools.train.LrProblem;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code holdfast compare filters}. */
@Command(
    name = "filters",
    showDefaultValues = true,
    sortOptions = false,
    description = {
      "Trains with each filter of pushes and pulls: what travels, what it costs, how good the model"
          + " is.",
      "Jobs: logistic regression with an L1 penalty (a generated click log, or --data), and"
          + " embedding rows of 64 values (a factorisation of made-up ratings).",
      "Without --server it starts one in a process of its own."
    },
    footer = {
      "",
      "Example: holdfast compare filters --report filters.html",
      "         holdfast compare filters --jobs lr --filters cache-keys --filters zstd,bf16"
    })
final class CompareFilters implements Callable<Integer> {
  static final String LR = "lr";
  static final String EMBEDDINGS = "embeddings";

  /** Everything of use at once, the last of each list. */
  private static final List<String> OF_LR =
      List.of(
          "cache-keys",
          "lz4",
          "zstd",
          "bf16",
          "f16",
          "int8",
          "int8,error-feedback",
          "skip-zeros",
          "significant:0.5",
          "skip:0.5",
          "top-k:0.25",
          "kkt:0.5",
          "cache-keys,skip-zeros,zstd",
          "cache-keys,skip-zeros,zstd,bf16,error-feedback,kkt:0.5",
          "cache-keys,skip-zeros,zstd,int8,error-feedback,kkt:0.5");

  private static final List<String> OF_EMBEDDINGS =
      List.of(
          "cache-keys",
          "lz4",
          "zstd",
          "bf16",
          "f16",
          "int8",
          "int8,error-feedback",
          "significant-share:0.1",
          "skip:0.5",
          "top-k:0.25",
          "cache-keys,zstd,bf16",
          "cache-keys,zstd,int8,error-feedback",
          "cache-keys,skip-zeros,zstd,int8,error-feedback,top-k:0.25");

  @Mixin private Common common = new Common();

  @Mixin private JobOptions options = new JobOptions(2);

  /** An L1 penalty with which most weights are zero. */
  @Mixin
  private LogisticOptions logistic = new LogisticOptions(100_000, /* alpha= */ 0.1, /* l1= */ 20);

  @Option(
      names = "--jobs",
      split = ",",
      paramLabel = "JOB",
      defaultValue = LR + "," + EMBEDDINGS,
      description = "lr, embeddings.")
  private List<String> jobs = List.of(LR, EMBEDDINGS);

  @Option(
      names = "--filters",
      paramLabel = "NAMES",
      description = "Filters of one run, in place of the usual list. May be repeated.")
  private List<String> filters = new ArrayList<>();

  @Option(
      names = "--ratings",
      paramLabel = "N",
      defaultValue = "200000",
      description = "Ratings to be factorised; a tenth more is held out.")
  private int ratings;

  @Option(
      names = "--consistency",
      paramLabel = "MODEL",
      defaultValue = "bounded:4",
      description = "Of lr: eventual, bounded:S or sequential.")
  private String consistency = "bounded:4";

  /** One run of a job, under a name that is new to the cluster. */
  private interface Run {
    FilterRun run(String job, String filters, Watched watched) throws InterruptedException;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    check();
    var report = options.report();
    List<FilterRun> runs = new ArrayList<>();
    var server = options.server();
    if (server.isPresent()) {
      run(server.get(), runs);
    } else {
      // Room for the lists of keys of every batch.
      try (ServerChild child = ServerChild.start(List.of("--set", "limits.key-lists=256MiB"))) {
        run(child.address(), runs);
      }
    }
    var table = new FilterTable(runs);
    if (report.isPresent()) {
      table.page(settings()).write(report.get());
    }
    common.print(() -> table.json(settings()), table::text);
    return ExitCode.OK.number();
  }

  private void check() {
    for (String job : jobs) {
      LogisticOptions.require(
          job.equals(LR) || job.equals(EMBEDDINGS), "--jobs '" + job + "' is not lr, embeddings");
    }
    filters.forEach(Filters::parse);
    logistic.check(options.workers());
    LogisticOptions.require(
        ratings >= options.workers(), "--ratings must be as many as --workers, or more");
  }

  private void run(String address, List<FilterRun> runs) throws InterruptedException {
    for (String job : jobs) {
      boolean isLr = job.equals(LR);
      Run run = isLr ? logistic() : embeddings();
      var plan = new ArrayList<String>(List.of("none"));
      plan.addAll(!filters.isEmpty() ? filters : isLr ? OF_LR : OF_EMBEDDINGS);
      String name = "compare-" + job + "-" + ProcessHandle.current().pid() + "-";
      try (var bar = options.bar(job, plan.size() + 1L, "runs")) {
        bar.show(0, "once without filters, to warm up");
        run.run(name + "warm-up", "none", new Watched(address));
        for (int i = 0; i < plan.size(); i++) {
          bar.show(i + 1L, plan.get(i));
          runs.add(run.run(name + i, plan.get(i), new Watched(address)));
        }
      }
    }
  }

  private Run logistic() {
    var problem = LrProblem.load(logistic.problem(options.workers(), consistency, options.seed()));
    return (job, by, watched) -> {
      try (watched) {
        var outcome = problem.run(job, by, watched.workers(), watched.watcher());
        return watched.ended(
            LR,
            by,
            outcome.examples(),
            outcome.seconds(),
            outcome.auc(),
            outcome.logLoss(),
            (double) outcome.nonZeros() / outcome.weights());
      }
    };
  }

  private Run embeddings() {
    var factors =
        MfProblem.generated(
            ratings,
            options.workers(),
            logistic.passes(),
            logistic.batch(),
            logistic.durability(),
            options.seed());
    return (job, by, watched) -> {
      try (watched) {
        var outcome = factors.run(job, by, watched.workers(), watched.watcher());
        return watched.ended(
            EMBEDDINGS,
            by,
            outcome.examples(),
            outcome.seconds(),
            outcome.after(),
            outcome.before(),
            1);
      }
    };
  }

  private Map<String, Object> settings() {
    var settings = new LinkedHashMap<String, Object>();
    settings.put("Jobs", String.join(", ", jobs));
    settings.put("Ratings of embeddings", ratings);
    settings.put("Workers", options.workers());
    settings.putAll(logistic.shown());
    settings.put("Consistency of lr", consistency);
    settings.put("Seed", options.seed());
    return settings;
  }

  /** Two connections, and what one run does to the first of them and to processors. */
  private static final class Watched implements AutoCloseable {
    private final String address;
    private final Holdfast workers;
    private final Holdfast watcher;
    private final double clientCpu = clientCpuSeconds();
    private final double serverCpu;

    Watched(String address) {
      this.address = address;
      this.workers = Holdfast.connect(address);
      this.watcher = Holdfast.connect(address);
      this.serverCpu = serverCpuSeconds(address);
    }

    Holdfast workers() {
      return workers;
    }

    Holdfast watcher() {
      return watcher;
    }

    FilterRun ended(
        String job,
        String filters,
        long examples,
        double seconds,
        double quality,
        double loss,
        double nonZeroShare) {
      return new FilterRun(
          job,
          filters,
          examples,
          seconds,
          workers.traffic(),
          clientCpuSeconds() - clientCpu,
          serverCpuSeconds(address) - serverCpu,
          quality,
          loss,
          nonZeroShare);
    }

    @Override
    public void close() {
      workers.close();
      watcher.close();
    }

    private static double clientCpuSeconds() {
      return ManagementFactory.getOperatingSystemMXBean()
              instanceof com.sun.management.OperatingSystemMXBean system
          ? system.getProcessCpuTime() / 1e9
          : 0;
    }

    private static double serverCpuSeconds(String addresses) {
      double sum = 0;
      for (String node : addresses.split(",", -1)) {
        sum += NodeProbe.status(node.strip()).getProcessCpuMicros() / 1e6;
      }
      return sum;
    }
  }
}
