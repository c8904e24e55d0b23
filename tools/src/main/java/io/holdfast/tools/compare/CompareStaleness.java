package io.holdfast.tools.compare;

import io.holdfast.client.Holdfast;
import io.holdfast.model.Durability;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.bench.ServerChild;
import io.holdfast.tools.command.Common;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.display.StepBar;
import io.holdfast.tools.train.LrProblem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      description =
          "A node of the cluster; several, separated by commas. Default: a server of its own.")
  private @Nullable String server;

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
          "One worker takes so many times as long over its own work as the others. It pauses; it uses"
              + " no processor for that.")
  private double slow;

  @Option(
      names = "--stretch",
      paramLabel = "FACTOR",
      defaultValue = "10",
      description =
          "Every worker takes so many times as long over its own work, by pausing: as if each had a"
              + " machine of its own, and more to do there.")
  private double stretch;

  @Option(
      names = "--data",
      arity = "1..*",
      paramLabel = "FILE",
      description = "Training data, LIBSVM format. Default: a generated click log.")
  private List<Path> data = new ArrayList<>();

  @Option(names = "--test", paramLabel = "FILE", description = "Test data, LIBSVM format.")
  private @Nullable Path test;

  @Option(
      names = "--examples",
      paramLabel = "N",
      defaultValue = "200000",
      description = "Size of the generated click log; a tenth more is held out as test data.")
  private int examples;

  @Option(names = "--workers", paramLabel = "N", defaultValue = "4", description = "Workers.")
  private int workers;

  @Option(
      names = "--passes",
      paramLabel = "N",
      defaultValue = "8",
      description = "Passes over the data, of all workers together.")
  private int passes;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Examples in a mini-batch of one worker, which is a clock.")
  private int batch;

  @Option(
      names = "--alpha",
      paramLabel = "RATE",
      defaultValue = "0.07",
      description = "Learning rate.")
  private double alpha;

  @Option(names = "--l1", paramLabel = "L1", defaultValue = "0", description = "L1 penalty.")
  private double l1;

  @Option(names = "--l2", paramLabel = "L2", defaultValue = "1", description = "L2 penalty.")
  private double l2;

  @Option(
      names = "--durability",
      paramLabel = "fsync|memory",
      defaultValue = "memory",
      description =
          "When a push is acknowledged: fsync (on disk) or memory (in the log's mapping).")
  private CompareFilters.DurabilityName durability = CompareFilters.DurabilityName.memory;

  @Option(
      names = "--report",
      paramLabel = "FILE.html",
      description = "Write a report there, one self-contained file.")
  private @Nullable Path report;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      defaultValue = "1",
      description = "Of the data and of the order of examples.")
  private long seed;

  @Override
  public Integer call() throws IOException, InterruptedException {
    staleness.forEach(CompareStaleness::consistency);
    require(
        workers >= 1 && passes >= 1 && batch >= 1 && examples >= 1,
        "--workers, --passes, --batch and --examples must be 1 or more");
    require(slow >= 1 && stretch >= 1, "--slow and --stretch must be 1 or more");
    require(test == null || !data.isEmpty(), "--test needs --data");
    List<StalenessRun> runs;
    if (server != null) {
      runs = run(server);
    } else {
      try (ServerChild child = ServerChild.start(List.of())) {
        runs = run(child.address());
      }
    }
    var table = new StalenessTable(runs, passes);
    if (report != null) {
      table.page(settings()).write(report);
    }
    common
        .out()
        .print(common.isJson() ? table.json(settings()) + System.lineSeparator() : table.text());
    common.out().flush();
    return ExitCode.OK.number();
  }

  private List<StalenessRun> run(String address) throws InterruptedException {
    var problem =
        LrProblem.load(
            new LrProblem.Problem(
                data,
                test,
                examples,
                workers,
                passes,
                batch,
                "eventual",
                alpha,
                l1,
                l2,
                durability == CompareFilters.DurabilityName.fsync
                    ? Durability.FSYNC
                    : Durability.MEMORY,
                seed));
    String name = "compare-staleness-" + ProcessHandle.current().pid() + "-";
    List<StalenessRun> runs = new ArrayList<>();
    try (var bar = new StepBar("staleness", staleness.size() + 1L, "runs", common.err());
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
        require(
            staleness.matches("adaptive:[0-9]{1,9}:[0-9]{1,9}"),
            "--staleness '"
                + staleness
                + "' is not a number of clocks, unbounded, adaptive, adaptive:MIN:MAX or"
                + " sequential");
        yield staleness;
      }
    };
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new HoldfastException(ErrorCode.INVALID_ARGUMENT, message);
    }
  }

  private Map<String, Object> settings() {
    var settings = new LinkedHashMap<String, Object>();
    settings.put("Data", data.isEmpty() ? examples + " generated examples" : data.toString());
    settings.put("Workers", workers);
    settings.put("Own work", stretch + " times as long as it takes");
    settings.put("The slow one", slow + " times as long as the others");
    settings.put("Passes", passes + " by all together");
    settings.put("Batch", batch + ", which is a clock");
    settings.put("Alpha", alpha);
    settings.put("L1", l1);
    settings.put("L2", l2);
    settings.put("Durability", durability);
    settings.put("Seed", seed);
    return settings;
  }
}
