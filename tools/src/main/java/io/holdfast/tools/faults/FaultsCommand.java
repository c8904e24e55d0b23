package io.holdfast.tools.faults;

import io.holdfast.model.Durability;
import io.holdfast.tools.command.Common;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.display.StepBar;
import io.holdfast.tools.local.ClusterSettings;
import io.holdfast.tools.local.Layout;
import io.holdfast.tools.local.ProcessCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code holdfast faults}. */
@Command(
    name = "faults",
    sortOptions = false,
    description = {
      "Injects faults into a cluster of real processes under load, and counts what they broke.",
      "Starts three nodes and three ZooKeeper servers of its own; workers of this process push.",
      "Ends with 9 where an acknowledged push is lost or in twice, a pull is older than it may be,",
      "replicas differ, or an error reached a worker in join-drain; with 1 where it could not inject or compare everything."
    },
    footer = {
      "",
      "Example: holdfast faults --times 20",
      "         holdfast faults --fault partition,one-way,zookeeper-away --times 5   (as root)"
    })
public final class FaultsCommand implements Callable<Integer> {
  private static final int NODES = 3;
  private static final int PER_LANE = 32;
  private static final int STALENESS = 2;

  @Spec private CommandSpec command = CommandSpec.create();
  @Mixin private Common common = new Common();

  @Option(
      names = "--fault",
      split = ",",
      paramLabel = "FAULT",
      description = {
        "Which: head, middle, tail, controller, two-in-turn, zookeeper-leader, zookeeper, all, pause,"
            + " empty-disk, join-drain; of the network, as root: partition, one-way, zookeeper-away.",
        "Default: all but those of the network."
      })
  private List<String> named = List.of();

  @Option(
      names = "--times",
      paramLabel = "N",
      description = "Injections of each fault. Default: 3.")
  private int times = 3;

  @Option(
      names = "--durability",
      paramLabel = "fsync|memory",
      description = "Of the table. Default: fsync.")
  private String durability = "fsync";

  @Option(names = "--workers", paramLabel = "N", description = "Workers that push. Default: 4.")
  private int workers = 4;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Pushes a second of all workers, 0: as many as they can. Default: 2000.")
  private int rate = 2_000;

  @Option(names = "--ranges", paramLabel = "N", description = "Ranges of the table. Default: 3.")
  private int ranges = 3;

  @Option(
      names = "--session-timeout",
      paramLabel = "MILLIS",
      description = "ZooKeeper session timeout of the nodes. Default: 2000.")
  private long sessionMillis = 2_000;

  @Option(
      names = "--patience",
      paramLabel = "S",
      description = "Seconds that a recovery may take. Default: 60.")
  private long patienceSeconds = 60;

  @Option(names = "--heap", paramLabel = "SIZE", description = "Heap of a node. Default: 512m.")
  private String heap = "512m";

  @Option(
      names = "--data",
      paramLabel = "DIRECTORY",
      description =
          "Empty or new; data and output of all processes stay there. Default: temporary.")
  private @Nullable Path data;

  @Option(names = "--markdown", description = "Print the table as Markdown.")
  private boolean markdown;

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<Fault> faults = faults();
    check(times >= 1 && times <= 10_000, "--times is not within 1 and 10000");
    check(workers >= 1 && workers <= 64, "--workers is not within 1 and 64");
    check(rate >= 0, "--rate is negative");
    check(ranges >= 1 && ranges <= 64, "--ranges is not within 1 and 64");
    check(sessionMillis >= 1_000 && sessionMillis <= 60_000, "--session-timeout: 1000 to 60000");
    check(patienceSeconds >= 1 && patienceSeconds <= 3_600, "--patience is not within 1 and 3600");
    check(heap.matches("[0-9]+[kmgKMG]"), "--heap '" + heap + "' is no size such as 512m");
    durability();
    List<FaultRow> rows = faults.stream().map(FaultRow::new).toList();
    boolean complete;
    try (var bar = new StepBar("faults", (long) faults.size() * times, "faults", common.err())) {
      complete = run(rows, bar);
    }
    complete &= rows.stream().allMatch(FaultRow::isCompared);
    print(rows, complete);
    if (!rows.stream().allMatch(FaultRow::keepsThePromises)) {
      return ExitCode.DIFFERENT.number();
    }
    return complete ? ExitCode.OK.number() : ExitCode.FAILED.number();
  }

  private boolean run(List<FaultRow> rows, StepBar bar) throws IOException, InterruptedException {
    List<FaultRow> ofProcesses = rows.stream().filter(row -> !row.fault().isOfNetwork()).toList();
    List<FaultRow> ofNetwork = rows.stream().filter(row -> row.fault().isOfNetwork()).toList();
    boolean complete = true;
    if (!ofNetwork.isEmpty()) {
      // First, so that who may not make namespaces hears of it at once.
      try (var spaces = NetworkSpaces.make(NODES, NODES)) {
        complete = run(ofNetwork, spaces.layout(), Optional.of(spaces), "network", 0, bar);
      }
    }
    if (complete && !ofProcesses.isEmpty()) {
      int done = ofNetwork.size() * times;
      Layout layout = Layout.onFreePorts(NODES + spares(ofProcesses), NODES);
      complete = run(ofProcesses, layout, Optional.empty(), "processes", done, bar);
    }
    return complete;
  }

  private static int spares(List<FaultRow> rows) {
    return rows.stream().anyMatch(row -> row.fault().isPlanned()) ? 1 : 0;
  }

  private boolean run(
      List<FaultRow> rows,
      Layout layout,
      Optional<NetworkSpaces> spaces,
      String name,
      int before,
      StepBar bar)
      throws IOException, InterruptedException {
    Duration patience = Duration.ofSeconds(patienceSeconds);
    Duration session = Duration.ofMillis(sessionMillis);
    var counters = new Counters(workers, ranges, PER_LANE, STALENESS);
    bar.show(before, "starting " + NODES + " nodes and " + NODES + " ZooKeeper servers");
    try (var processes = ProcessCluster.start(layout, settings(name, patience), spares(rows));
        var sight = new ClusterSight(processes);
        var load =
            new Load(
                processes.addresses(),
                counters,
                new LoadSettings(rate, 8, 64, workers),
                durability(),
                patience.multipliedBy(2))) {
      var injector = new Injector(processes, sight, load, spaces, session, patience);
      int[] begun = {before};
      return new FaultRun(sight, load, injector, patience, message -> bar.show(begun[0]++, message))
          .run(rows, times);
    }
  }

  private ClusterSettings settings(String name, Duration patience) throws IOException {
    Map<String, String> ofNodes = new LinkedHashMap<>();
    ofNodes.put("zookeeper.session-timeout", sessionMillis + "ms");
    ofNodes.put("shards", "1");
    ofNodes.put("cache", "64MiB");
    ofNodes.put("log-segment", "16MiB");
    ofNodes.put("limits.frame", "2MiB");
    ofNodes.put("replay", "64MiB");
    ofNodes.put("disk-low", "64MiB");
    ofNodes.put("disk-high", "128MiB");
    Path directory =
        data == null ? Files.createTempDirectory("holdfast-faults-") : data.resolve(name);
    var settings =
        ClusterSettings.in(directory)
            .withNodeHeap(heap)
            .withNodeSettings(ofNodes)
            .withStartUp(patience.multipliedBy(2));
    return data == null ? settings.temporarily() : settings;
  }

  private void print(List<FaultRow> rows, boolean complete) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("complete", complete);
    document.put("durability", durability().name().toLowerCase(Locale.ROOT));
    document.put("pushesPerSecond", rate);
    document.put("workers", workers);
    document.put("ranges", ranges);
    document.put("sessionTimeoutMillis", sessionMillis);
    document.put("processors", Runtime.getRuntime().availableProcessors());
    document.put("faults", rows.stream().map(FaultTable::document).toList());
    common.print(
        document,
        () -> {
          common.out().print(markdown ? FaultTable.markdown(rows) : FaultTable.text(rows));
          FaultTable.remarks(rows).forEach(common.out()::println);
          common.out().flush();
          rows.stream().flatMap(row -> row.notes().stream()).forEach(common.err()::println);
          common.err().flush();
        });
  }

  private List<Fault> faults() {
    if (named.isEmpty()) {
      return Fault.ofProcesses();
    }
    for (String name : named) {
      check(
          Fault.of(name).isPresent(),
          "--fault '"
              + name
              + "' is not known; there are "
              + Stream.of(Fault.values()).map(Fault::id).collect(Collectors.joining(", ")));
    }
    return named.stream().flatMap(name -> Fault.of(name).stream()).distinct().toList();
  }

  private Durability durability() {
    return switch (durability) {
      case "fsync" -> Durability.FSYNC;
      case "memory" -> Durability.MEMORY;
      default ->
          throw new ParameterException(
              command.commandLine(), "--durability '" + durability + "' is not fsync or memory");
    };
  }

  private void check(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(command.commandLine(), message);
    }
  }
}
