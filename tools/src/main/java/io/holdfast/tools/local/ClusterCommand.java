package io.holdfast.tools.local;

import io.holdfast.tools.command.Common;
import io.holdfast.tools.command.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code holdfast cluster}. */
@Command(
    name = "cluster",
    sortOptions = false,
    description = {
      "Runs a cluster of several processes on this machine, to kill parts of by hand.",
      "Each node and each ZooKeeper server is a process of its own; all end with this command."
    },
    footer = {
      "",
      "Example: holdfast cluster --nodes 3 --zookeepers 3",
      "         holdfast cluster --data ./cluster-data --port-base 7171 --respawn"
    })
public final class ClusterCommand implements Callable<Integer> {
  private static final int HIGHEST_BASE = 65_000;
  private static final long LOOK_MILLIS = 200;

  @Spec private CommandSpec command = CommandSpec.create();
  @Mixin private Common common = new Common();

  @Option(names = "--nodes", paramLabel = "N", description = "Nodes, 1 to 50. Default: 3.")
  private int nodes = 3;

  @Option(
      names = "--zookeepers",
      paramLabel = "N",
      description = "ZooKeeper servers: 1, 3 or 5. Default: 1.")
  private int zooKeepers = 1;

  @Option(
      names = "--data",
      paramLabel = "DIRECTORY",
      description = "Data and output of all processes. Default: a temporary one, gone at the end.")
  private @Nullable Path data;

  @Option(
      names = "--port-base",
      paramLabel = "PORT",
      description = {
        "Port of the first node; the others follow. ZooKeeper's clients use those from 100 above it,",
        "its servers among themselves those from 200 and from 300 above it. Default: 7070."
      })
  private int portBase = 7070;

  @Option(names = "--heap", paramLabel = "SIZE", description = "Heap of a node. Default: 512m.")
  private String heap = "512m";

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description =
          "A setting of every node, such as zookeeper.session-timeout=4s. May be repeated.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(names = "--respawn", description = "Start a process again that has ended.")
  private boolean respawn;

  @Option(
      names = "--start-up",
      paramLabel = "S",
      description = "Seconds that all of them may take until they serve. Default: 60.")
  private long startUp = 60;

  @Override
  public Integer call() throws IOException, InterruptedException {
    check(nodes >= 1 && nodes <= 50, "--nodes is not within 1 and 50");
    check(zooKeepers == 1 || zooKeepers == 3 || zooKeepers == 5, "--zookeepers is not 1, 3 or 5");
    check(portBase >= 1 && portBase <= HIGHEST_BASE, "--port-base is not within 1 and 65000");
    check(heap.matches("[0-9]+[kmgKMG]"), "--heap '" + heap + "' is no size such as 512m");
    check(startUp >= 1 && startUp <= 3_600, "--start-up is not within 1 and 3600");
    Path directory = data == null ? Files.createTempDirectory("holdfast-cluster-") : data;
    var given =
        ClusterSettings.in(directory)
            .withNodeHeap(heap)
            .withNodeSettings(nodeSettings())
            .withStartUp(Duration.ofSeconds(startUp));
    try (var cluster =
        ProcessCluster.start(
            Layout.from(portBase, nodes, zooKeepers), data == null ? given.temporarily() : given)) {
      print(cluster, directory);
      watch(cluster);
    }
    return ExitCode.OK.number();
  }

  /** One node cannot keep the replicas that a cluster's tables and home ranges have. */
  private Map<String, String> nodeSettings() {
    var wanted = new TreeMap<>(settings);
    if (nodes == 1) {
      wanted.putIfAbsent("replicas", "1");
    }
    return wanted;
  }

  private void print(ProcessCluster cluster, Path directory) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("addresses", cluster.addresses());
    document.put("zookeeper", cluster.zooKeeperAddresses());
    document.put("data", directory.toString());
    List<Map<String, Object>> processes = new ArrayList<>();
    cluster
        .zooKeepers()
        .forEach(one -> processes.add(process(one.name(), one.address(), one.pid(), one.log())));
    cluster
        .nodes()
        .forEach(one -> processes.add(process(one.name(), one.address(), one.pid(), one.log())));
    document.put("processes", processes);
    common.print(
        document,
        () -> {
          var out = common.out();
          out.printf("%-12s %-22s %9s  %s%n", "PROCESS", "ADDRESS", "ID", "OUTPUT");
          for (Map<String, Object> one : processes) {
            out.printf(
                "%-12s %-22s %9s  %s%n",
                one.get("process"), one.get("address"), one.get("processId"), one.get("output"));
          }
          String first = cluster.nodes().get(0).address();
          long victim = cluster.nodes().get(0).pid();
          out.printf("%ntry:%n  export HOLDFAST_SERVER=%s%n", cluster.addresses());
          out.printf("  holdfast status --watch%n");
          out.printf("  kill -9 %d      # the node at %s dies%n", victim, first);
          out.printf("  kill -STOP %d   # it stands still; kill -CONT lets it go on%n", victim);
          out.printf("Ctrl-C ends all of them.%n");
        });
  }

  private static Map<String, Object> process(String name, String address, long pid, Path log) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("process", name);
    document.put("address", address);
    document.put("processId", pid);
    document.put("output", log.toString());
    return document;
  }

  /** Until the process is told to end: says what ends, and starts it again where that is wanted. */
  private void watch(ProcessCluster cluster) throws InterruptedException {
    List<String> known = List.of();
    while (true) {
      List<String> fallen = cluster.fallen();
      for (String name : fallen) {
        if (!known.contains(name)) {
          common.err().println(name + " has ended" + (respawn ? "; starting it again" : ""));
          common.err().flush();
        }
      }
      known = fallen;
      if (respawn && !fallen.isEmpty()) {
        // A process that ends at once is not started faster than this loop goes.
        Thread.sleep(Duration.ofMillis(LOOK_MILLIS));
        cluster.respawn();
        known = List.of();
      }
      Thread.sleep(Duration.ofMillis(LOOK_MILLIS));
    }
  }

  private void check(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(command.commandLine(), message);
    }
  }
}
