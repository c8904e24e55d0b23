package io.holdfast.tools.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Table;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.server.Server;
import io.holdfast.v1.ClusterStatusRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code dev} with several nodes in one process. */
@Timeout(120)
class DevClusterTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final long[] KEYS = {1, 7, 1L << 40};

  @TempDir Path directory;

  @Test
  void pushesSurviveTheEndOfOneNodeAndOfTheWholeCluster() {
    try (var cluster = DevCluster.start(3, directory, options())) {
      String addresses = addresses(cluster);
      try (Holdfast connected = Holdfast.connect(addresses)) {
        Table table = connected.job("dev").table("w", TableSpec.sparse().int64().build());
        table.push(KEYS, new long[] {1, 2, 3}).join();
        awaitWhole(addresses);
        cluster.nodes().get(0).close();
        table.push(KEYS, new long[] {1, 2, 3}).join();
        assertArrayEquals(new long[] {2, 4, 6}, table.pull(KEYS).join().longs());
        assertEquals(3, connected.tables().get(0).spec().replicas());
      }
    }
    try (var again = DevCluster.start(3, directory, options());
        Holdfast connected = Holdfast.connect(addresses(again))) {
      Table table = connected.job("dev").table("w");
      assertArrayEquals(new long[] {2, 4, 6}, table.pull(KEYS).join().longs());
    }
  }

  @Test
  void aDirectoryOfTheOtherKindIsRefused() {
    Path alone = directory.resolve("alone");
    DevCluster.start(1, alone, options()).close();
    assertTrue(refused(3, alone).contains("leave --nodes out"));
    Path several = directory.resolve("several");
    DevCluster.start(2, several, options()).close();
    assertTrue(refused(1, several).contains("--nodes"));
  }

  private static String refused(int nodes, Path directory) {
    var error =
        assertThrows(
            HoldfastException.class, () -> DevCluster.start(nodes, directory, options()).close());
    assertEquals(ErrorCode.INVALID_ARGUMENT, error.code());
    return String.valueOf(error.getMessage());
  }

  private static void awaitWhole(String addresses) {
    try (var control = new ControlCalls(addresses, Duration.ofSeconds(3))) {
      Awaitility.await("full replication")
          .atMost(LONG)
          .until(
              () ->
                  control
                          .call(
                              stub -> stub.clusterStatus(ClusterStatusRequest.getDefaultInstance()))
                          .getUnderReplicated()
                      == 0);
    }
  }

  private static String addresses(DevCluster cluster) {
    return cluster.nodes().stream().map(Server::address).collect(Collectors.joining(","));
  }

  private static ServerOptions options() {
    var options = new ServerOptions();
    new CommandLine(CommandLine.Model.CommandSpec.create().addMixin("options", mixin(options)))
        .parseArgs(
            "--port=0",
            "--shards=1",
            "--cache=24MiB",
            "--set=log-segment=4MiB",
            "--set=limits.frame=1MiB",
            "--set=disk-low=0",
            "--set=disk-high=0");
    return options;
  }

  private static CommandLine.Model.CommandSpec mixin(ServerOptions options) {
    return CommandLine.Model.CommandSpec.forAnnotatedObject(options);
  }
}
