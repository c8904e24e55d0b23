package io.holdfast.tools.compare;

import io.holdfast.client.Holdfast;
import io.holdfast.model.Durability;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.command.Common;
import io.holdfast.tools.command.Directories;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.command.SnapshotTarget;
import io.holdfast.tools.display.StepBar;
import io.holdfast.tools.local.ClusterSettings;
import io.holdfast.tools.local.Layout;
import io.holdfast.tools.local.ProcessCluster;
import io.holdfast.tools.local.Replicas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code holdfast compare snapshots}. */
@Command(
    name = "snapshots",
    showDefaultValues = true,
    sortOptions = false,
    description = {
      "Pushes without snapshots and while one after the other is taken; times of each step.",
      "A snapshot of a model under Adam is taken and verified; three times 1 %% of the rows is changed",
      "and another one taken; the first is restored beside the model; beside that, what the disk does",
      "with a file of the model's size. Then workers push as fast as they can, to rows all over the model,",
      "and snapshots are taken meanwhile. Without --server it starts nodes, each in a process of its",
      "own."
    },
    footer = {
      "",
      "Example: holdfast compare snapshots --nodes 3",
      "         holdfast compare snapshots --nodes 1 --size 1GiB --repeats 1"
    })
final class CompareSnapshots implements Callable<Integer> {
  private static final int WIDTH = 32;

  /** A value and two of Adam's. */
  private static final long ROW_BYTES = 3L * WIDTH * Float.BYTES;

  @Mixin private Common common = new Common();

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      description =
          "Nodes, separated by commas, that reach --directory under the same name. Default: its own.")
  private @Nullable String server;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "3",
      description = "Nodes to start, and replicas of the model; 1 to 16.")
  private int nodes;

  @Option(
      names = "--heap",
      paramLabel = "SIZE",
      defaultValue = "1g",
      description = "Heap of each of them.")
  private String heap = "1g";

  @Option(
      names = "--size",
      paramLabel = "BYTES",
      defaultValue = "256MiB",
      converter = SnapshotTarget.OfBytes.class,
      description = "Of the model, with what Adam keeps of it; at most 64 GiB.")
  private long size;

  @Option(
      names = "--directory",
      paramLabel = "DIRECTORY",
      description =
          "Data, snapshots and the file that the disk is measured by go there, and are deleted at the"
              + " end. Default: the temporary directory.")
  private @Nullable Path directory;

  @Option(
      names = "--limit",
      paramLabel = "BYTES",
      converter = SnapshotTarget.OfBytes.class,
      description =
          "While workers push, each node sends no more than this in a second. Default: no limit.")
  private @Nullable Long limit;

  @Option(names = "--workers", paramLabel = "N", defaultValue = "1", description = "Workers.")
  private int workers;

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      defaultValue = "4",
      description = "Pushes of each worker that are not answered.")
  private int inFlight;

  @Option(
      names = "--batch",
      paramLabel = "ROWS",
      defaultValue = "1000",
      description = "Rows of a push.")
  private int batch;

  @Option(
      names = "--durability",
      paramLabel = "memory|fsync",
      defaultValue = "memory",
      description = "Of the model.")
  private String durability = "memory";

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "10",
      description =
          "Time before and after; snapshots are taken for at least as long, the last one to its end.")
  private double seconds;

  @Option(
      names = "--repeats",
      paramLabel = "N",
      defaultValue = "5",
      description = "So often before, meanwhile and after; the median is shown.")
  private int repeats;

  @Option(names = "--quiet", description = "Show no progress.")
  private boolean quiet;

  @Override
  public Integer call() throws IOException, InterruptedException {
    check();
    Path base =
        Files.createTempDirectory(
            directory == null ? Path.of(System.getProperty("java.io.tmpdir")) : directory,
            "holdfast-compare-");
    try (var bar = new StepBar("snapshots", 6L + repeats, "steps", quiet ? null : common.err())) {
      bar.show(0, "the disk");
      var disk = DiskSpeed.measure(base, size);
      SnapshotCosts costs;
      if (server != null) {
        costs = measure(server, base, disk, bar);
      } else {
        bar.show(0, "starts nodes");
        try (var cluster = cluster(base)) {
          costs = measure(cluster.addresses(), base, disk, bar);
        }
      }
      common.print(() -> costs.json(settings()), costs::text);
    } finally {
      Directories.delete(base);
    }
    return ExitCode.OK.number();
  }

  private void check() {
    require(nodes >= 1 && nodes <= TableSpec.MAX_REPLICAS, "--nodes is not within 1 and 16");
    require(size <= 64L << 30, "--size is more than 64 GiB");
    require(workers >= 1 && workers <= 64, "--workers is not within 1 and 64");
    require(inFlight >= 1 && inFlight <= 64, "--in-flight is not within 1 and 64");
    require(batch >= 1 && batch <= rows(), "--batch is not within 1 and the rows of the model");
    require(seconds > 0 && seconds <= 600, "--seconds is not within 0 and 600");
    require(repeats >= 1 && repeats <= 100, "--repeats is not within 1 and 100");
    require(
        durability.equals("memory") || durability.equals("fsync"),
        "--durability '" + durability + "' is not known: memory or fsync");
  }

  private static void require(boolean holds, String otherwise) {
    LogisticOptions.require(holds, otherwise);
  }

  private int rows() {
    return Math.toIntExact(size / ROW_BYTES);
  }

  private ProcessCluster cluster(Path base) {
    return ProcessCluster.start(
        Layout.onFreePorts(nodes, 1),
        ClusterSettings.in(base.resolve("cluster"))
            .withNodeHeap(heap)
            .withNodeSettings(Map.of("replicas", Integer.toString(nodes))));
  }

  private SnapshotCosts measure(String addresses, Path base, DiskSpeed disk, StepBar bar)
      throws InterruptedException {
    var load = new SnapshotMeasurement.Load(workers, inFlight, batch, rows(), WIDTH);
    var commands = new SnapshotCommands(addresses, base.resolve("snapshots"), limit);
    String job = "compare-snapshots-" + ProcessHandle.current().pid();
    try (var cluster = Holdfast.connect(addresses);
        var measurement = new SnapshotMeasurement(cluster, job, spec(), load, commands, bar)) {
      if (server == null) {
        Replicas.await(addresses);
      }
      var times = measurement.times();
      return new SnapshotCosts(disk, times, measurement.trials(repeats, seconds));
    }
  }

  private TableSpec spec() {
    return TableSpec.sparse()
        .width(WIDTH)
        .rule(Rules.adam(1e-3))
        .durability(durability.equals("fsync") ? Durability.FSYNC : Durability.MEMORY)
        .replicas(server == null ? nodes : 0)
        .build();
  }

  private Map<String, Object> settings() {
    var settings = new LinkedHashMap<String, Object>();
    settings.put("nodes", server == null ? nodes : server);
    settings.put("size", size);
    settings.put("rows", rows());
    settings.put("width", WIDTH);
    settings.put("durability", durability);
    settings.put("workers", workers);
    settings.put("inFlight", inFlight);
    settings.put("batch", batch);
    settings.put("limit", limit == null ? 0 : limit);
    settings.put("seconds", seconds);
    settings.put("processors", Runtime.getRuntime().availableProcessors());
    return settings;
  }
}
