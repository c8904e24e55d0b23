package io.holdfast.tools.sketch;

import io.holdfast.client.Holdfast;
import io.holdfast.tools.command.Common;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.command.JobOptions;
import io.holdfast.tools.command.NamedJob;
import io.holdfast.tools.job.RunLife;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
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

  @Mixin private JobOptions options = new JobOptions(4);

  @Mixin private NamedJob job = new NamedJob("sketch");

  @Parameters(
      arity = "0..*",
      paramLabel = "FILE",
      description = "Text, UTF-8, plain or gzip (.gz): its words are counted.")
  private List<Path> files = new ArrayList<>();

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
      names = "--table",
      paramLabel = "NAME",
      defaultValue = "counters",
      description = "Table of the counters.")
  private String table = "counters";

  @Option(
      names = "--save-every",
      paramLabel = "BATCHES",
      defaultValue = "256",
      description = "How often an inserter saves where it is.")
  private int saveEvery;

  @Override
  public Integer call() throws IOException, InterruptedException {
    var report = options.report();
    var settings =
        new SketchSettings(
            CountMin.of(epsilon, delta, options.seed()),
            options.workers(),
            batch,
            inFlight,
            job.durability(),
            job.replicas(),
            job.name(),
            table,
            RunLife.first(saveEvery));
    var source =
        files.isEmpty()
            ? GeneratedItems.source(options.seed(), items, distinct)
            : FileItems.source(List.copyOf(files));
    SketchResult result = options.onCluster(job, address -> count(settings, source, address));
    if (report.isPresent()) {
      SketchReport.page(result).write(report.get());
    }
    common.print(result::json, result::text);
    return (result.holds() ? ExitCode.OK : ExitCode.DIFFERENT).number();
  }

  private SketchResult count(SketchSettings asked, Items.Source source, String address)
      throws InterruptedException {
    try (Holdfast cluster = Holdfast.connect(address);
        var bar = options.bar("counting", source.total(), "items")) {
      var deciding = asked.deciding(source.description(), epsilon, delta, options.seed());
      var journal = job.begin(cluster, deciding);
      var settings = asked.living(journal.life(saveEvery));
      return new SketchRun(settings, source, cluster).run(epsilon, delta, queries, bar);
    }
  }
}
