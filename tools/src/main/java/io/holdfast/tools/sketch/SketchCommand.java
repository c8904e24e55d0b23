package io.holdfast.tools.sketch;

import io.holdfast.client.Holdfast;
import io.holdfast.model.Durability;
import io.holdfast.tools.command.Common;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.command.OwnServer;
import io.holdfast.tools.display.StepBar;
import io.holdfast.tools.train.LocalCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast sketch}. */
@Command(
    name = "sketch",
    showDefaultValues = true,
    sortOptions = false,
    description = {
      "Counts words or numbers in a CountMin sketch, and checks its estimates.",
      "Without --server it starts one in this process; without FILE it makes up numbers.",
      "Ends with 9 where a count is missing, or more estimates are too high than --delta allows."
    },
    footer = {
      "",
      "Example: holdfast sketch --items 2000000 --workers 4",
      "         holdfast sketch --query the --query holdfast --report sketch.html README.md"
    })
public final class SketchCommand implements Callable<Integer> {
  @Mixin private Common common = new Common();

  @Parameters(
      arity = "0..*",
      paramLabel = "FILE",
      description = "Text, UTF-8, plain or gzip (.gz): its words are counted.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      description =
          "A node of the cluster; several, separated by commas. Default: a server of its own.")
  private @Nullable String server;

  @Option(
      names = "--items",
      paramLabel = "N",
      defaultValue = "2000000",
      description = "Numbers to make up, by Zipf's law.")
  private long items;

  @Option(
      names = "--distinct",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "How many different ones there may be.")
  private long distinct;

  @Option(
      names = "--epsilon",
      paramLabel = "E",
      defaultValue = "0.00001",
      description = "An estimate is too high by at most this share of all items ...")
  private double epsilon;

  @Option(
      names = "--delta",
      paramLabel = "D",
      defaultValue = "0.01",
      description = "... with a probability of one less this.")
  private double delta;

  @Option(
      names = "--query",
      paramLabel = "WORD",
      description = "Print its estimate in the end. May be repeated.")
  private List<String> queries = new ArrayList<>();

  @Option(names = "--workers", paramLabel = "N", defaultValue = "4", description = "Inserters.")
  private int workers;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "8192",
      description = "Items of a push.")
  private int batch;

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      defaultValue = "4",
      description = "Pushes of an inserter that wait for their answer, at most.")
  private int inFlight;

  @Option(
      names = "--durability",
      paramLabel = "fsync|memory",
      defaultValue = "fsync",
      description =
          "When a push is acknowledged: fsync (on disk) or memory (in the log's mapping).")
  private DurabilityName durability = DurabilityName.fsync;

  @Option(
      names = "--replicas",
      paramLabel = "N",
      defaultValue = "0",
      description = "Replicas of the counters. 0: the cluster's default.")
  private int replicas;

  @Option(
      names = "--job",
      paramLabel = "NAME",
      defaultValue = "sketch",
      description = "Job on the cluster.")
  private String job = "sketch";

  @Option(
      names = "--table",
      paramLabel = "NAME",
      defaultValue = "counters",
      description = "Table of the counters.")
  private String table = "counters";

  @Option(
      names = "--resume",
      description =
          "Go on with the job from where its inserters last saved their state; with the same"
              + " options.")
  private boolean resume;

  @Option(
      names = "--report",
      paramLabel = "FILE.html",
      description = "Write a report with the rate over time there, one self-contained file.")
  private @Nullable Path report;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      defaultValue = "1",
      description = "Of the numbers and of the hash functions.")
  private long seed;

  /** As the option spells them. */
  enum DurabilityName {
    fsync,
    memory
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    var settings =
        new SketchSettings(
            CountMin.of(epsilon, delta, seed),
            workers,
            batch,
            inFlight,
            durability == DurabilityName.fsync ? Durability.FSYNC : Durability.MEMORY,
            replicas,
            job,
            table,
            resume);
    var source =
        files.isEmpty()
            ? GeneratedItems.source(seed, items, distinct)
            : FileItems.source(List.copyOf(files));
    SketchResult result;
    if (server != null) {
      result = count(settings, source, server);
    } else {
      LocalCluster.Starter starter = OwnServer::start;
      try (LocalCluster local = starter.startInTemporary()) {
        result = count(settings, source, local.address());
      }
    }
    if (report != null) {
      SketchReport.page(result).write(report);
    }
    common.out().print(common.isJson() ? result.json() + System.lineSeparator() : result.text());
    common.out().flush();
    return (result.holds() ? ExitCode.OK : ExitCode.DIFFERENT).number();
  }

  private SketchResult count(SketchSettings settings, Items.Source source, String address)
      throws InterruptedException {
    try (Holdfast cluster = Holdfast.connect(address);
        var bar = new StepBar("counting", source.total(), "items", common.err())) {
      return new SketchRun(settings, source, cluster).run(epsilon, delta, queries, bar);
    }
  }
}
