package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Table;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.command.ControlCalls;
import io.holdfast.tools.command.HoldfastCommand;
import io.holdfast.tools.local.ClusterSettings;
import io.holdfast.tools.local.Layout;
import io.holdfast.tools.local.NodeProcess;
import io.holdfast.tools.local.ProcessCluster;
import io.holdfast.tools.snapshot.Repository;
import io.holdfast.tools.snapshot.RepositoryOptions;
import io.holdfast.v1.ClusterStatusRequest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A snapshot of three nodes, of which one is killed while it writes its part. */
class SnapshotUnderKillsTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int KEYS = 40_000;
  private static final int WIDTH = 16;

  @TempDir Path directory;

  @Test
  void anotherReplicaIsAskedWhereTheNodeIsKilledThatWrites() throws Exception {
    Path target = directory.resolve("target");
    var settings =
        ClusterSettings.in(directory.resolve("cluster"))
            .withJavaOptions(ServerProcess.options())
            .withNodeSettings(
                Map.of(
                    "zookeeper.session-timeout", "2s",
                    "shards", "1",
                    "cache", "32MiB",
                    "log-segment", "4MiB",
                    "limits.frame", "1MiB",
                    "disk-low", "0",
                    "disk-high", "0"))
            .withStartUp(LONG.multipliedBy(2))
            .temporarily();
    try (var processes = ProcessCluster.start(Layout.onFreePorts(3, 1), settings);
        Holdfast cluster = Holdfast.connect(processes.addresses());
        var control = new ControlCalls(processes.addresses(), Duration.ofSeconds(3))) {
      var table =
          cluster.job("ads").table("w", TableSpec.sparse().width(WIDTH).hashed().ranges(3).build());
      fill(table);
      Awaitility.await("full replication").atMost(LONG).until(() -> isWhole(control));
      var output = new StringWriter();
      var snapshot =
          CompletableFuture.supplyAsync(() -> create(processes.addresses(), target, output));
      Awaitility.await("an object").atMost(LONG).until(() -> objects(target) > 0);
      // All have all: the first by address is the one that is asked.
      var victim =
          processes.nodes().stream().min(Comparator.comparing(NodeProcess::address)).orElseThrow();
      victim.kill();
      assertEquals(0, snapshot.join(), output::toString);
      assertTrue(output.toString().contains("another replica is asked"), output.toString());
      try (var repository = Repository.open(target.toString(), RepositoryOptions.DEFAULT)) {
        var manifest = repository.read("one");
        assertTrue(repository.pending().isEmpty());
        int rows = 0;
        try (var images = new ImageReader(repository, manifest, directory.resolve("opened"))) {
          for (var range : manifest.ranges("ads", "w")) {
            assertEquals(range.lsn(), images.lsn(range));
            for (float[] row : images.rows(range).values()) {
              assertEquals(1, row[0]);
              rows++;
            }
          }
        }
        assertEquals(KEYS, rows);
      }
    }
  }

  private static void fill(Table table) {
    int piece = 2_000;
    float[] values = new float[piece * WIDTH];
    Arrays.fill(values, 1);
    for (int from = 0; from < KEYS; from += piece) {
      table.push(LongStream.range(from, from + piece).toArray(), values).join();
    }
  }

  private static boolean isWhole(ControlCalls control) {
    try {
      return control
              .call(stub -> stub.clusterStatus(ClusterStatusRequest.getDefaultInstance()))
              .getUnderReplicated()
          == 0;
    } catch (HoldfastException e) {
      return false;
    }
  }

  private static int create(String addresses, Path target, StringWriter output) {
    CommandLine line = HoldfastCommand.commandLine();
    line.setOut(new PrintWriter(output));
    line.setErr(new PrintWriter(output));
    return line.execute(
        "snapshot",
        "create",
        "one",
        "--to",
        target.toString(),
        "--rate",
        "1MB",
        "--server",
        addresses);
  }

  private static long objects(Path target) throws IOException {
    Path objects = target.resolve("objects");
    if (!Files.isDirectory(objects)) {
      return 0;
    }
    try (var all = Files.walk(objects)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> file.getFileName().toString().matches("[0-9a-f]{64}"))
          .count();
    }
  }
}
