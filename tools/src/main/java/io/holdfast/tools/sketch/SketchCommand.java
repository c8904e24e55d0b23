package io.holdfast.tools.sketch;

import io.holdfast.client.Holdfast;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.Common;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.job.JobOptions;
import io.holdfast.tools.job.NamedJob;
import io.holdfast.tools.job.RunLife;
import io.holdfast.tools.local.ProcessCluster;
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
      "         holdfast sketch --query the --query holdfast --report sketch.html README.md",
      "         holdfast sketch --nodes 3 --kill-node --items 20000000"
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

  @Option(
      names = "--kill-node",
      description =
          "With --nodes: kill one in the middle, start it again later, and say how long the rate"
              + " was gone.")
  private boolean killNode;

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
    if (killNode && job.nodes() < 2) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "--kill-node needs --nodes with 2 or more");
    }
    SketchResult result =
        killNode
            ? options.onNodes(job, cluster -> count(settings, source, cluster))
            : options.onCluster(job, address -> count(settings, source, address, null));
    if (report.isPresent()) {
      SketchReport.page(result).write(report.get());
    }
    common.print(result::json, result::text);
    return (result.holds() ? ExitCode.OK : ExitCode.DIFFERENT).number();
  }

  private SketchResult count(SketchSettings asked, Items.Source source, ProcessCluster nodes)
      throws InterruptedException {
    var kill = new NodeKill(nodes, job.name(), options::say);
    return count(asked, source, nodes.addresses(), kill);
  }

  private SketchResult count(
      SketchSettings asked, Items.Source source, String address, @Nullable NodeKill kill)
      throws InterruptedException {
    try (Holdfast cluster = Holdfast.connect(address);
        var bar = options.bar("counting", source.total(), "items")) {
      var deciding = asked.deciding(source.summary(), epsilon, delta, options.seed());
      var journal = job.begin(cluster, deciding);
      var settings = asked.living(journal.life(saveEvery));
      return new SketchRun(settings, source, cluster, journal, kill)
          .run(epsilon, delta, queries, bar);
    }
  }
}
