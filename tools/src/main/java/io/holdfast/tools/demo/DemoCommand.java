package io.holdfast.tools.demo;

import io.holdfast.model.Durability;
import io.holdfast.tools.command.Common;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.display.Terminal;
import io.holdfast.tools.local.ClusterSettings;
import io.holdfast.tools.train.LrProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code holdfast demo}. */
@Command(
    name = "demo",
    sortOptions = false,
    description = {
      "Trains on a cluster of its own, kills a node, a worker and then everything, and goes on.",
      "ZooKeeper, three nodes and four workers are processes of this machine; no file is needed.",
      "The training is run undisturbed first: the other must come to the same model, bit for bit.",
      "Ends with 9 where it does not, where an acknowledged push is lost or in twice, or replicas",
      "differ; with 1 where the training was over before everything was killed."
    },
    footer = {
      "",
      "Example: holdfast demo",
      "         holdfast demo --passes 20 --report demo.html"
    })
public final class DemoCommand implements Callable<Integer> {
  private static final int BATCH = 100;
  private static final double ALPHA = 0.07;
  private static final double L1 = 0.1;
  private static final Duration START_UP = Duration.ofMinutes(5);

  @Spec private CommandSpec command = CommandSpec.create();
  @Mixin private Common common = new Common();

  @Option(
      names = "--examples",
      paramLabel = "N",
      description = "Size of the generated click log. Default: 40000.")
  private int examples = 40_000;

  @Option(
      names = "--passes",
      paramLabel = "N",
      description = "Passes over it, in each of the two trainings. Default: 5.")
  private int passes = 5;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      description = "Of the click log and of the order of its examples. Default: 1.")
  private long seed = 1;

  @Option(names = "--heap", paramLabel = "SIZE", description = "Heap of a node. Default: 256m.")
  private String heap = "256m";

  @Option(
      names = "--report",
      paramLabel = "FILE.html",
      description =
          "Where the report goes, with the curves and what happened. Default: holdfast-demo.html.")
  private Path report = Path.of("holdfast-demo.html");

  @Override
  public Integer call() throws IOException, InterruptedException {
    check(
        examples >= 1_000 && examples <= 10_000_000, "--examples is not within 1000 and 10000000");
    check(passes >= 1 && passes <= 10_000, "--passes is not within 1 and 10000");
    check(heap.matches("[0-9]+[kmgKMG]"), "--heap '" + heap + "' is no size such as 256m");
    Path directory = report.toAbsolutePath().getParent();
    check(
        directory != null && Files.isWritable(directory) && !Files.isDirectory(report),
        "--report " + report + " cannot be written; is there such a directory?");
    var problem = problem();
    Demo.Played played;
    List<Stage.Happened> happened;
    try (var stage = new Stage(new Screen(common.err(), Terminal.errorIsTerminal()))) {
      played = new Demo(problem, stage).play(settings());
      happened = stage.happened();
    }
    DemoReport.write(report, problem, played, happened);
    print(played.verdict());
    if (!played.verdict().isKept()) {
      return ExitCode.DIFFERENT.number();
    }
    return played.verdict().isComplete() ? ExitCode.OK.number() : ExitCode.FAILED.number();
  }

  /** Sequential: each clock's gradients are summed in worker order, so runs can be compared. */
  private LrProblem.Problem problem() {
    return new LrProblem.Problem(
        List.of(),
        null,
        examples,
        Demo.WORKERS,
        passes,
        BATCH,
        "sequential",
        ALPHA,
        L1,
        1,
        Durability.FSYNC,
        seed);
  }

  private ClusterSettings settings() throws IOException {
    return ClusterSettings.in(Files.createTempDirectory("holdfast-demo-"))
        .withNodeHeap(heap)
        .withJavaOptions(List.of("-XX:TieredStopAtLevel=1")) // they run for a minute
        .withStartUp(START_UP)
        .temporarily();
  }

  private void print(Verdict verdict) {
    Map<String, Object> document = new LinkedHashMap<>(verdict.document());
    document.put("report", report.toString());
    common.print(
        document,
        () -> {
          var out = common.out();
          out.println();
          out.println(
              verdict.isKept() && verdict.isComplete()
                  ? "Kept every promise:"
                  : verdict.isKept()
                      ? "The training was over before everything was killed; try more --passes:"
                      : "A PROMISE IS BROKEN:");
          verdict.lines().forEach(line -> out.println("  " + line));
          out.println("  report: " + report);
        });
  }

  private void check(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(command.commandLine(), message);
    }
  }
}
