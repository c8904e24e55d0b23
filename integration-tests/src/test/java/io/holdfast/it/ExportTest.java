package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Reader;
import io.holdfast.client.Table;
import io.holdfast.model.Durability;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.command.ControlCalls;
import io.holdfast.tools.export.ExportFile;
import io.holdfast.tools.local.ClusterSettings;
import io.holdfast.tools.local.Layout;
import io.holdfast.tools.local.NodeProcess;
import io.holdfast.tools.local.ProcessCluster;
import io.holdfast.v1.ClusterStatusRequest;
import io.holdfast.v1.Member;
import io.holdfast.v1.Range;
import io.holdfast.v1.SplitRangeRequest;
import io.holdfast.v1.TableName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exports and readers of a cluster of three nodes, each in a process, while it is written to. */
@SuppressWarnings("NullAway.Init")
class ExportTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int WIDTH = 16;

  /** Of a range: more bytes than what a node sends ahead of a caller that does not read. */
  private static final int RANGE_ROWS = 600_000;

  private static final int HEADER_BYTES = 128;

  @TempDir Path directory;
  private static ProcessCluster processes;
  private static ControlCalls control;

  @BeforeAll
  static void start(@TempDir Path directory) {
    processes =
        ProcessCluster.start(
            Layout.onFreePorts(3, 1),
            ClusterSettings.in(directory.resolve("cluster"))
                .withJavaOptions(ServerProcess.options())
                .withNodeSettings(
                    Map.of(
                        "zookeeper.session-timeout", "2s",
                        "shards", "1",
                        "cache", "256MiB",
                        "log-segment", "16MiB",
                        "replay", "16MiB",
                        "disk-low", "0",
                        "disk-high", "0"))
                .withStartUp(LONG.multipliedBy(2))
                .temporarily());
    control = new ControlCalls(processes.addresses(), Duration.ofSeconds(30));
  }

  @AfterAll
  static void stop() {
    if (processes == null) {
      return; // it has said why
    }
    control.close();
    processes.close();
  }

  private static List<Range> ranges(String table) {
    var name = TableName.newBuilder().setJob("it").setTable(table).build();
    return control.call(stub -> stub.describeTable(name)).getRangesList();
  }

  private static boolean isWhole() {
    try {
      return control
          .call(stub -> stub.clusterStatus(ClusterStatusRequest.getDefaultInstance()))
          .getTablesList()
          .stream()
          .flatMap(table -> table.getRangesList().stream())
          .allMatch(
              chain ->
                  chain.getRange().getMembersList().stream()
                          .filter(member -> member.getRole() == Member.Role.SERVING)
                          .count()
                      == 3);
    } catch (HoldfastException e) {
      return false;
    }
  }

  private static void awaitWhole() {
    Awaitility.await("full replication").atMost(LONG).until(ExportTest::isWhole);
  }

  private static NodeProcess head(String table) {
    return processes.at(ranges(table).get(0).getMembers(0).getAddress()).orElseThrow();
  }

  /** Adds 1 to all rows of the first range until told to stop; gives how often. */
  private static CompletableFuture<Integer> pushing(Table table, AtomicBoolean stop) {
    return CompletableFuture.supplyAsync(
        () -> {
          float[] ones = new float[1_000 * WIDTH];
          Arrays.fill(ones, 1);
          int pushes = 0;
          for (; !stop.get(); pushes++) {
            table.push(new KeyRange(0, 1_000), ones).join();
          }
          return pushes;
        });
  }

  @Test
  void anExportGoesOnByAnotherReplicaAndTheRowsOfARangeAreOfOneMoment() throws IOException {
    try (Holdfast cluster = Holdfast.connect(processes.addresses())) {
      var spec =
          TableSpec.dense(2 * RANGE_ROWS)
              .width(WIDTH)
              .ranges(2)
              .durability(Durability.MEMORY)
              .build();
      Table table = cluster.job("it").table("large", spec);
      awaitWhole();
      float[] some = new float[RANGE_ROWS * WIDTH];
      Arrays.fill(some, 1000);
      table.push(new KeyRange(0, RANGE_ROWS), some).join();
      table.push(new KeyRange(RANGE_ROWS, 2 * RANGE_ROWS), some).join();
      var stop = new AtomicBoolean();
      var pushes = pushing(table, stop);
      NodeProcess victim = head("large");
      var killed = new AtomicBoolean();
      var most = new AtomicLong();
      Path file = directory.resolve("large.npy");
      var written =
          ExportFile.write(
              processes.addresses(),
              "it",
              "large",
              file,
              false,
              LONG,
              (rows, bytes) -> {
                if (!killed.getAndSet(true)) {
                  victim.kill();
                }
                most.accumulateAndGet(rows, Math::max);
              });
      stop.set(true);
      assertTrue(pushes.join() > 0, "there was nothing to be torn");
      victim.start();
      awaitWhole();
      assertEquals(2 * RANGE_ROWS, written.rows());
      assertEquals(2 * RANGE_ROWS, most.get());
      check(file);
      assertNotEquals(
          ranges("large").get(0).getMembers(0).getIncarnation(), 0, "the victim was a member");
    }
  }

  private static void check(Path file) throws IOException {
    var data = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(HEADER_BYTES + 2L * RANGE_ROWS * WIDTH * Float.BYTES, data.limit());
    float first = data.getFloat(HEADER_BYTES);
    for (int i = 0; i < 2 * RANGE_ROWS * WIDTH; i++) {
      float expected = i < 1_000 * WIDTH ? first : 1000;
      assertEquals(expected, data.getFloat(HEADER_BYTES + i * Float.BYTES), "value " + i);
    }
  }

  @Test
  void readersGoOnThroughASplitAndAFailover() {
    int keys = 100;
    try (Holdfast cluster = Holdfast.connect(processes.addresses());
        Holdfast served = Holdfast.connect(processes.addresses())) {
      Table table =
          cluster.job("it").table("read", TableSpec.dense(keys).int64().ranges(1).build());
      awaitWhole();
      long[] values = new long[keys];
      Arrays.setAll(values, i -> i + 1L);
      table.push(new KeyRange(0, keys), values).join();
      Reader reader = served.reader("it", "read");
      var stop = new AtomicBoolean();
      var readers = List.of(reading(reader, values, stop), reading(reader.latest(), values, stop));
      int whole = ranges("read").get(0).getId();
      control.call(stub -> stub.splitRange(SplitRangeRequest.newBuilder().setRange(whole).build()));
      NodeProcess victim = head("read");
      victim.kill();
      Awaitility.await("another head")
          .atMost(LONG)
          .until(() -> !head("read").address().equals(victim.address()));
      assertArrayEquals(values, reader.latest().pullAll().join().longs());
      stop.set(true);
      readers.forEach(CompletableFuture::join);
      victim.start();
      awaitWhole();
    }
  }

  private static CompletableFuture<Void> reading(
      Reader reader, long[] expected, AtomicBoolean stop) {
    return CompletableFuture.runAsync(
        () -> {
          while (!stop.get()) {
            assertArrayEquals(expected, reader.pullAll().join().longs());
          }
        });
  }
}
