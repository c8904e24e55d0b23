package io.holdfast.tools.compare;

import io.holdfast.client.Holdfast;
import io.holdfast.tools.bench.ServerChild;
import io.holdfast.tools.command.Common;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.job.JobOptions;
import io.holdfast.tools.train.LrProblem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code holdfast compare staleness}. */
@Command(
    name = "staleness",
    showDefaultValues = true,
    sortOptions = false,
    description = {
      "Trains with one slow worker under several bounds: speed, idle time, how good the model is.",
      "The workers do the passes together: whoever is fast does more of them.",
      "Without --server it starts one in a process of its own."
    },
    footer = {
      "",
      "Example: holdfast compare staleness --slow 10 --report staleness.html",
      "         holdfast compare staleness --staleness 0,4,unbounded --data a9a --test a9a.t"
    })
final class CompareStaleness implements Callable<Integer> {
  private static final String ADAPTIVE = "adaptive:0:16";

  @Mixin private Common common = new Common();

  @Mixin private JobOptions options = new JobOptions(4);

  @Mixin
  private LogisticOptions logistic = new LogisticOptions(200_000, /* alpha= */ 0.07, /* l1= */ 0);

  @Option(
      names = "--staleness",
      split = ",",
      paramLabel = "S",
      defaultValue = "0,1,4,8,16,unbounded,adaptive",
      description =
          "Clocks; unbounded (eventual), adaptive ("
              + ADAPTIVE
              + "), adaptive:MIN:MAX, sequential.")
  private List<String> staleness = List.of();

  @Option(
      names = "--slow",
      paramLabel = "FACTOR",
      defaultValue = "10",
      description =
          "One worker takes so many times as long over its own work as the others. It pauses; it"
              + " uses no processor for that.")
  private double slow;

  @Option(
      names = "--stretch",
      paramLabel = "FACTOR",
      defaultValue = "10",
      description =
          "Every worker takes so many times as long over its own work, by pausing: as if each had a"
              + " machine of its own, and more to do there.")
  private double stretch;

  @Override
  public Integer call() throws IOException, InterruptedException {
    staleness.forEach(CompareStaleness::consistency);
    LogisticOptions.require(slow >= 1 && stretch >= 1, "--slow and --stretch must be 1 or more");
    logistic.check(options.workers());
    var report = options.report();
    var server = options.server();
    List<StalenessRun> runs;
    if (server.isPresent()) {
      runs = run(server.get());
    } else {
      try (ServerChild child = ServerChild.start(List.of())) {
        runs = run(child.address());
      }
    }
    var table = new StalenessTable(runs, logistic.passes());
    if (report.isPresent()) {
      table.page(settings()).write(report.get());
    }
    common.print(() -> table.json(settings()), table::text);
    return ExitCode.OK.number();
  }

  private List<StalenessRun> run(String address) throws InterruptedException {
    var problem = LrProblem.load(logistic.problem(options.workers(), "eventual", options.seed()));
    String name = "compare-staleness-" + ProcessHandle.current().pid() + "-";
    List<StalenessRun> runs = new ArrayList<>();
    try (var bar = options.bar("staleness", staleness.size() + 1L, "runs");
        Holdfast cluster = Holdfast.connect(address)) {
      bar.show(0, "once at an even pace, to warm up");
      var unused = problem.straggling(name + "warm-up", "bounded:4", 1, 1, cluster);
      for (int i = 0; i < staleness.size(); i++) {
        String one = staleness.get(i);
        bar.show(i + 1L, one);
        runs.add(
            new StalenessRun(
                one, problem.straggling(name + i, consistency(one), stretch, slow, cluster)));
      }
    }
    return runs;
  }

  private static String consistency(String staleness) {
    if (staleness.matches("[0-9]{1,9}")) {
      return "bounded:" + staleness;
    }
    return switch (staleness) {
      case "unbounded" -> "eventual";
      case "adaptive" -> ADAPTIVE;
      case "sequential" -> staleness;
      default -> {
        LogisticOptions.require(
            staleness.matches("adaptive:[0-9]{1,9}:[0-9]{1,9}"),
            "--staleness '"
                + staleness
                + "' is not a number of clocks, unbounded, adaptive, adaptive:MIN:MAX or"
                + " sequential");
        yield staleness;
      }
    };
  }

  private Map<String, Object> settings() {
    var settings = new LinkedHashMap<String, Object>();
    settings.put("Workers", options.workers());
    settings.put("Own work", stretch + " times as long as it takes");
    settings.put("The slow one", slow + " times as long as the others");
    settings.putAll(logistic.shown());
    settings.put("Seed", options.seed());
    return settings;
  }
}
