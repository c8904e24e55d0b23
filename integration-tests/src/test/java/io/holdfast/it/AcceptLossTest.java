package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Options;
import io.holdfast.client.Table;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.command.ControlCalls;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.command.HoldfastCommand;
import io.holdfast.tools.local.ClusterSettings;
import io.holdfast.tools.local.Layout;
import io.holdfast.tools.local.NodeProcess;
import io.holdfast.tools.local.ProcessCluster;
import io.holdfast.v1.ChainStatus;
import io.holdfast.v1.ClusterStatusReply;
import io.holdfast.v1.ClusterStatusRequest;
import io.holdfast.v1.Member;
import io.holdfast.v1.NodeInfo;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The stores with all acknowledged pushes of a range are gone, an older one is left. */
class AcceptLossTest {
  private static final Duration LONG = Duration.ofSeconds(90);
  private static final long[] KEYS = {0, 1, 2};

  @Test
  void aRangeStaysAwayUntilTheLossIsAcceptedAndTheAnswerSaysWhatIsKept(@TempDir Path directory) {
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
    var patient = Options.defaults().withCallTimeout(LONG);
    try (var processes = ProcessCluster.start(Layout.onFreePorts(3, 1), settings);
        var control = new ControlCalls(processes.addresses(), Duration.ofSeconds(3))) {
      try (Holdfast cluster = Holdfast.connect(processes.addresses(), patient)) {
        Table table = cluster.job("it").table("t", TableSpec.dense(3).int64().ranges(1).build());
        awaitServing(control, 3);
        table.push(KEYS, new long[] {1, 2, 3}).join();
        NodeProcess old = processes.nodes().get(0);
        int older = number(control, old);
        old.kill();
        awaitServing(control, 2);
        table.push(KEYS, new long[] {10, 10, 10}).join(); // which the dead node does not have

        List<NodeProcess> lost = processes.nodes().subList(1, 3);
        lost.forEach(NodeProcess::kill);
        lost.forEach(NodeProcess::emptyDisk);
        processes.nodes().forEach(NodeProcess::start);
        processes.awaitServing(LONG);
        int range = chain(control).getRange().getId();
        int epoch = chain(control).getRange().getActivatedEpoch();
        assertStaysAway(processes, control, epoch);

        String said = run(processes, "range accept-loss " + range + " --yes --output json");
        assertTrue(said.contains("\"node\":" + older), said);
        assertTrue(said.contains("\"keptLsn\":2"), said); // a join and a push
        assertTrue(said.contains("no live node knows how many"), said);
        awaitServing(control, 3, "t");
      }
      // Another client: the first waits to see what it has pushed itself, part of which is lost.
      try (Holdfast cluster = Holdfast.connect(processes.addresses(), patient)) {
        Table table = cluster.job("it").table("t").latest();
        assertArrayEquals(new long[] {1, 2, 3}, table.pull(KEYS).join().longs(), "what was kept");
      }
    }
  }

  private static void assertStaysAway(ProcessCluster processes, ControlCalls control, int epoch) {
    var hasty = Options.defaults().withCallTimeout(Duration.ofSeconds(5));
    try (Holdfast cluster = Holdfast.connect(processes.addresses(), hasty)) {
      assertThrows(
          CompletionException.class,
          () -> cluster.job("it").table("t").pull(KEYS).join(),
          "an emptied disk is no authority");
    }
    assertEquals(epoch, chain(control).getRange().getActivatedEpoch());
  }

  private static ClusterStatusReply status(ControlCalls control) {
    return control.call(stub -> stub.clusterStatus(ClusterStatusRequest.getDefaultInstance()));
  }

  private static ChainStatus chain(ControlCalls control) {
    return status(control).getTablesList().stream()
        .filter(table -> table.getTable().equals("t"))
        .findFirst()
        .orElseThrow()
        .getRanges(0);
  }

  private static int number(ControlCalls control, NodeProcess process) {
    return status(control).getNodesList().stream()
        .filter(info -> info.getAddress().equals(process.address()) && info.getLive())
        .mapToInt(NodeInfo::getNode)
        .max()
        .orElseThrow();
  }

  /** The table's range, and the home range that its pushes need, have so many replicas. */
  private static void awaitServing(ControlCalls control, int replicas) {
    awaitServing(control, replicas, "");
  }

  private static void awaitServing(ControlCalls control, int replicas, String table) {
    Awaitility.await("serving replicas: " + replicas)
        .atMost(LONG)
        .ignoreExceptions()
        .until(
            () ->
                status(control).getTablesList().stream()
                    .filter(one -> table.isEmpty() || one.getTable().equals(table))
                    .flatMap(one -> one.getRangesList().stream())
                    .allMatch(one -> isServed(one, replicas)));
  }

  private static boolean isServed(ChainStatus chain, int replicas) {
    var range = chain.getRange();
    return range.getActivatedEpoch() == range.getEpoch()
        && range.getMembersList().stream()
                .filter(member -> member.getRole() == Member.Role.SERVING)
                .count()
            == replicas;
  }

  private static String run(ProcessCluster processes, String arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    CommandLine line = HoldfastCommand.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    int found = line.execute((arguments + " --server " + processes.addresses()).split(" ", -1));
    assertEquals(ExitCode.OK.number(), found, arguments + ": " + out + err);
    return out.toString();
  }
}
