package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Resume;
import io.holdfast.client.Table;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.model.HoldfastException;
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
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * Three nodes and a ZooKeeper server, each in a process of its own. They start once for all tests,
 * each of which has its own table and leaves all of them running.
 */
@SuppressWarnings("NullAway.Init")
class ClusterTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int KEYS = 16;
  private static final int STATES = 5;
  private static final int STATE_BYTES = 900_000;

  private static final Map<String, String> SETTINGS =
      Map.of(
          "zookeeper.session-timeout", "2s",
          "shards", "1",
          "cache", "32MiB",
          "log-segment", "4MiB",
          "limits.frame", "1MiB",
          "replay", "1MiB", // so that copies hold more than what records bring
          "disk-low", "0",
          "disk-high", "0");

  private static ProcessCluster processes;
  private static ControlCalls control;

  @BeforeAll
  static void start(@TempDir Path directory) {
    processes =
        ProcessCluster.start(
            Layout.onFreePorts(3, 1),
            ClusterSettings.in(directory.resolve("cluster"))
                .withJavaOptions(ServerProcess.options())
                .withNodeSettings(SETTINGS)
                .withStartUp(LONG.multipliedBy(2))
                .temporarily());
    control = new ControlCalls(processes.addresses(), Duration.ofSeconds(3));
  }

  @AfterAll
  static void stop() {
    if (processes == null) {
      return; // it has said why
    }
    control.close();
    processes.close();
  }

  private static ClusterStatusReply status() {
    return control.call(stub -> stub.clusterStatus(ClusterStatusRequest.getDefaultInstance()));
  }

  private static ChainStatus chain(String name) {
    return status().getTablesList().stream()
        .filter(table -> table.getTable().equals(name))
        .findFirst()
        .orElseThrow()
        .getRanges(0);
  }

  /** Every process is a node, and every range has three serving replicas. */
  private static boolean isWhole() {
    try {
      ClusterStatusReply reply = status();
      return reply.getNodesList().stream().filter(NodeInfo::getLive).count() == 3
          && reply.getTablesList().stream()
              .flatMap(table -> table.getRangesList().stream())
              .allMatch(
                  range ->
                      range.getRange().getMembersList().stream()
                              .filter(member -> member.getRole() == Member.Role.SERVING)
                              .count()
                          == 3);
    } catch (HoldfastException e) {
      return false;
    }
  }

  private static void awaitWhole() {
    Awaitility.await("full replication").atMost(LONG).until(ClusterTest::isWhole);
  }

  private static NodeProcess head(String table) {
    int node = chain(table).getRange().getMembers(0).getNode();
    String address =
        status().getNodesList().stream()
            .filter(info -> info.getNode() == node)
            .findFirst()
            .orElseThrow()
            .getAddress();
    return processes.at(address).orElseThrow();
  }

  private static long[] keys() {
    return IntStream.range(0, KEYS).asLongStream().toArray();
  }

  private static long[] all(long value) {
    return IntStream.range(0, KEYS).mapToLong(key -> value).toArray();
  }

  private static TableSpec spec() {
    return TableSpec.dense(KEYS).int64().ranges(1).build();
  }

  @Test
  void pushesGoOnAndNothingIsLostWhenTheHeadIsKilled() {
    try (Holdfast cluster = Holdfast.connect(processes.addresses());
        Worker worker = cluster.job("it").join(WorkerId.of(0, 1), Resume.FRESH)) {
      Table table = worker.table("kept", spec());
      awaitWhole();
      int pushes = 0;
      for (int round = 0; round < 2; round++) {
        NodeProcess victim = head("kept");
        for (int i = 0; i < 50; i++) {
          table.push(keys(), all(1)).join();
          pushes++;
        }
        var inFlight =
            IntStream.range(0, 20)
                .mapToObj(i -> table.push(keys(), all(1)))
                .toArray(CompletableFuture[]::new);
        pushes += inFlight.length;
        victim.kill();
        CompletableFuture.allOf(inFlight).join();
        table.push(keys(), all(1)).join();
        pushes++;
        assertArrayEquals(all(pushes), table.pull(keys()).join().longs());
        victim.start();
        awaitWhole();
      }
      assertArrayEquals(all(pushes), cluster.job("it").table("kept").pull(keys()).join().longs());
    }
    String scrubbed = run("scrub", ExitCode.OK);
    assertTrue(scrubbed.contains("0 differ, 0 without a verdict"), scrubbed);
    assertTrue(run("status", ExitCode.OK).contains("fully replicated"));
  }

  @Test
  void aReplicaThatIsAwayShowsInTheStatus() {
    try (Holdfast cluster = Holdfast.connect(processes.addresses())) {
      Table table = cluster.job("it").table("away", spec());
      awaitWhole();
      NodeProcess victim = head("away");
      victim.kill();
      table.push(keys(), all(1)).join();
      Awaitility.await("the status").atMost(LONG).until(() -> status().getUnderReplicated() > 0);
      assertTrue(run("status", ExitCode.UNDER_REPLICATED).contains("UNDER-REPLICATED"));
      victim.start();
      awaitWhole();
    }
  }

  @Test
  void anEmptiedDiskComesBackAsAnotherNodeAndIsNoAuthority() {
    try (Holdfast cluster = Holdfast.connect(processes.addresses())) {
      Table table = cluster.job("it").table("emptied", spec());
      awaitWhole();
      table.push(keys(), all(5)).join();
      IntStream.range(0, STATES).forEach(rank -> saveOrCompare(cluster, rank, Resume.FRESH));
      NodeProcess victim = head("emptied");
      int before = chain("emptied").getRange().getMembers(0).getNode();
      victim.kill();
      victim.emptyDisk();
      victim.start();
      awaitWhole();
      assertTrue(
          chain("emptied").getRange().getMembersList().stream()
              .noneMatch(member -> member.getNode() == before));
      assertArrayEquals(all(5), table.pull(keys()).join().longs());
      // Home ranges are copied too, with more states than one frame can hold.
      Awaitility.await("copies").atMost(LONG).until(() -> status().getUnderReplicated() == 0);
      IntStream.range(0, STATES).forEach(rank -> saveOrCompare(cluster, rank, Resume.IF_SAVED));
      run("node remove " + before, ExitCode.OK);
    }
  }

  private static void saveOrCompare(Holdfast cluster, int rank, Resume resume) {
    byte[] state = new byte[STATE_BYTES];
    new Random(rank).nextBytes(state);
    try (Worker worker = cluster.job("states").join(WorkerId.of(rank, STATES), resume)) {
      if (resume == Resume.FRESH) {
        worker.tick(state).join();
      } else {
        assertArrayEquals(state, worker.savedState().orElseThrow());
      }
    }
  }

  /** Pushes until told to stop, and counts; each push adds 1 to all keys. */
  private static CompletableFuture<Integer> pushing(Table table, AtomicBoolean stop) {
    return CompletableFuture.supplyAsync(
        () -> {
          int pushes = 0;
          while (!stop.get()) {
            table.push(keys(), all(1)).join();
            pushes++;
          }
          return pushes;
        });
  }

  private static List<Integer> ranges(String name) {
    return status().getTablesList().stream()
        .filter(table -> table.getTable().equals(name))
        .flatMap(table -> table.getRangesList().stream())
        .map(chain -> chain.getRange().getId())
        .toList();
  }

  @Test
  void pushesGoOnWhileARangeIsSplitAndEachIsInOnce() {
    try (Holdfast cluster = Holdfast.connect(processes.addresses());
        Worker one = cluster.job("split").join(WorkerId.of(0, 2), Resume.FRESH);
        Worker two = cluster.job("split").join(WorkerId.of(1, 2), Resume.FRESH)) {
      Table table = one.table("halved", spec());
      awaitWhole();
      table.push(keys(), all(1)).join();
      var stop = new AtomicBoolean();
      var first = pushing(table, stop);
      var second = pushing(two.table("halved", spec()), stop);
      int whole = ranges("halved").getFirst();
      String halves = run("range split " + whole + " --at 5", ExitCode.OK);
      assertTrue(halves.contains("keys from 0 to 5"), halves);
      run("range split " + ranges("halved").get(1), ExitCode.OK);
      assertEquals(3, ranges("halved").size());
      assertFalse(ranges("halved").contains(whole));
      stop.set(true);
      int pushes = 1 + first.join() + second.join();
      table.push(keys(), all(1)).join();
      assertArrayEquals(all(pushes + 1), table.pull(keys()).join().longs());
    }
    String scrubbed = run("scrub", ExitCode.OK);
    assertTrue(scrubbed.contains("0 differ, 0 without a verdict"), scrubbed);
  }

  @Test
  void aSplitGoesOnWhereTheHeadIsKilledInIt() {
    try (Holdfast cluster = Holdfast.connect(processes.addresses());
        Worker worker = cluster.job("split").join(WorkerId.of(2, 3), Resume.FRESH)) {
      Table table = worker.table("torn", spec());
      awaitWhole();
      table.push(keys(), all(1)).join();
      NodeProcess victim = head("torn");
      var stop = new AtomicBoolean();
      var pushing = pushing(table, stop);
      int whole = ranges("torn").getFirst();
      var split = CompletableFuture.supplyAsync(() -> exit("range split " + whole));
      Awaitility.await("the wish").atMost(LONG).until(() -> isBeingSplit(whole));
      victim.kill();
      split.join(); // the node that was asked may have been the victim
      Awaitility.await("the halves").atMost(LONG).until(() -> ranges("torn").size() == 2);
      stop.set(true);
      int pushes = 1 + pushing.join();
      assertArrayEquals(all(pushes), table.pull(keys()).join().longs());
      victim.start();
      awaitWhole();
      assertArrayEquals(
          all(pushes), cluster.job("split").table("torn").pull(keys()).join().longs());
    }
    String scrubbed = run("scrub", ExitCode.OK);
    assertTrue(scrubbed.contains("0 differ, 0 without a verdict"), scrubbed);
  }

  private static boolean isBeingSplit(int range) {
    return status().getTablesList().stream()
        .flatMap(table -> table.getRangesList().stream())
        .map(ChainStatus::getRange)
        .noneMatch(known -> known.getId() == range && !known.hasSplit());
  }

  private static int exit(String arguments) {
    CommandLine line = HoldfastCommand.commandLine();
    line.setOut(new PrintWriter(new StringWriter()));
    line.setErr(new PrintWriter(new StringWriter()));
    return line.execute((arguments + " --server " + processes.addresses()).split(" ", -1));
  }

  private static String run(String arguments, ExitCode code) {
    var out = new StringWriter();
    var err = new StringWriter();
    CommandLine line = HoldfastCommand.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    int found = line.execute((arguments + " --server " + processes.addresses()).split(" ", -1));
    assertEquals(code.number(), found, arguments + ": " + out + err);
    return out.toString();
  }
}
