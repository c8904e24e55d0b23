package io.holdfast.it;

import io.holdfast.coordination.EmbeddedZooKeeper;
import io.holdfast.tools.command.ControlCalls;
import io.holdfast.tools.command.HoldfastCommand;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import io.holdfast.v1.ClusterStatusReply;
import io.holdfast.v1.ClusterStatusRequest;
import io.holdfast.v1.Member;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Some nodes in this process: one alone, or several with ZooKeeper. */
final class SmallCluster implements AutoCloseable {
  private final Path directory;
  private final List<Server> servers = new ArrayList<>();
  private final @Nullable EmbeddedZooKeeper zooKeeper;

  /** What a command printed, and its exit code. */
  record Ended(int code, String out, String err) {}

  SmallCluster(Path directory, int nodes) {
    this.directory = directory;
    this.zooKeeper =
        nodes == 1
            ? null
            : EmbeddedZooKeeper.alone(
                directory.resolve("zookeeper"), 0, EmbeddedZooKeeper.Timing.FAST);
    for (int i = 1; i <= nodes; i++) {
      servers.add(start(i));
    }
  }

  private Server start(int number) {
    Map<String, Object> settings =
        new HashMap<>(
            Map.of(
                "data", dataOf(number),
                "port", 0,
                "shards", 2,
                "log-segment", "4MiB",
                "limits.frame", "1MiB",
                "cache", "32MiB",
                "disk-low", "0",
                "disk-high", "0"));
    if (zooKeeper != null) {
      settings.put("zookeeper.servers", zooKeeper.address());
      settings.put("zookeeper.session-timeout", "2s");
      settings.put("replicas", 3);
    }
    return Server.start(ServerSettings.of(settings));
  }

  /** Of a node, from 1 on. */
  Path dataOf(int number) {
    return directory.resolve("node-" + number);
  }

  Server server(int number) {
    return servers.get(number - 1);
  }

  /** The process ends; what it holds stays on its disk. */
  void stop(int number) {
    server(number).close();
  }

  void restart(int number) {
    stop(number);
    servers.set(number - 1, start(number));
  }

  /** No node reaches ZooKeeper any more. */
  void stopZooKeeper() {
    if (zooKeeper != null) {
      zooKeeper.close();
    }
  }

  String addresses() {
    return servers.stream().map(Server::address).collect(Collectors.joining(","));
  }

  ControlCalls control() {
    return new ControlCalls(addresses(), Duration.ofSeconds(20));
  }

  ClusterStatusReply status() {
    try (var control = control()) {
      return control.call(stub -> stub.clusterStatus(ClusterStatusRequest.getDefaultInstance()));
    }
  }

  /** Waits until each range has so many serving replicas. */
  void awaitReplicas(int replicas) {
    Awaitility.await("replicas")
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                status().getTablesList().stream()
                    .flatMap(table -> table.getRangesList().stream())
                    .allMatch(
                        range ->
                            range.getRange().getActivatedEpoch() == range.getRange().getEpoch()
                                && range.getRange().getMembersList().stream()
                                        .filter(m -> m.getRole() == Member.Role.SERVING)
                                        .count()
                                    == replicas));
  }

  /** Runs a command against the cluster. */
  Ended run(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    var line = HoldfastCommand.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--server", addresses()));
    int code = line.execute(all.toArray(String[]::new));
    return new Ended(code, out.toString(), err.toString());
  }

  @Override
  public void close() {
    servers.reversed().forEach(Server::close);
    stopZooKeeper();
  }
}
