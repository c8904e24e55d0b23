package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.command.ControlCalls;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.local.ClusterSettings;
import io.holdfast.tools.local.Layout;
import io.holdfast.tools.local.ProcessCluster;
import io.holdfast.tools.restore.RestorePlan;
import io.holdfast.tools.restore.RestoreRun;
import io.holdfast.tools.restore.RestoreWish;
import io.holdfast.tools.snapshot.Progress;
import io.holdfast.tools.snapshot.Repository;
import io.holdfast.tools.snapshot.RepositoryOptions;
import io.holdfast.v1.ImportRangesRequest;
import io.holdfast.v1.ListTablesRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to a disk, a target or a node in the middle of a snapshot or a restore. */
@SuppressWarnings("NullAway.Init")
class RestoreFaultsTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int MIB = 1 << 20;
  private static final int ROWS = MIB;
  private static final int SLOWLY = 2 * MIB;

  @TempDir Path directory;
  private SmallCluster source;

  /** 4 MiB of rows that do not compress. */
  @BeforeEach
  void fill() {
    source = new SmallCluster(directory.resolve("source"), 1);
    try (var connected = Holdfast.connect(source.addresses())) {
      float[] values = new float[ROWS];
      for (int i = 0; i < ROWS; i++) {
        values[i] = value(i);
      }
      connected
          .job("ads")
          .table("weights", TableSpec.dense(ROWS).ranges(2).build())
          .pushAll(values)
          .join();
    }
  }

  @AfterEach
  void stop() {
    source.close();
  }

  private static float value(int key) {
    return Float.intBitsToFloat(0x3f800000 | (key * 0x9e3779b9) >>> 9);
  }

  private Path target() {
    return directory.resolve("target");
  }

  private void snapshot() {
    var ended = source.run("snapshot", "create", "one", "--to", target().toString());
    assertEquals(ExitCode.OK.number(), ended.code(), ended.toString());
  }

  private Repository repository() {
    return repository(RepositoryOptions.DEFAULT);
  }

  private Repository repository(RepositoryOptions options) {
    return Repository.open(target().toString(), options);
  }

  /** Restores, and does something as soon as something was fetched. */
  private void restore(String addresses, String job, long bytesPerSecond, Runnable first) {
    var begun = new AtomicBoolean();
    Progress progress =
        (done, total) -> {
          if (done > 0 && begun.compareAndSet(false, true)) {
            first.run();
          }
        };
    try (var repository = repository();
        var control = new ControlCalls(addresses, Duration.ofSeconds(20))) {
      var manifest = repository.read("one");
      var request =
          ImportRangesRequest.newBuilder()
              .setToken(job.hashCode())
              .setTarget(repository.target())
              .setSnapshot("one")
              .setTaken(manifest.taken())
              .setBytesPerSecond(bytesPerSecond)
              .build();
      var plan = RestorePlan.of(manifest, new RestoreWish(Set.of(), job, 1, 0, false));
      try (var run = new RestoreRun(control, request, progress)) {
        run.execute(plan.request());
      }
    }
    assertTrue(begun.get());
  }

  private static void assertNothingIsLeft(SmallCluster cluster) {
    try (var control = cluster.control()) {
      var tables = control.call(stub -> stub.listTables(ListTablesRequest.getDefaultInstance()));
      assertEquals(List.of(), tables.getTablesList());
    }
    assertEquals(List.of(), files(cluster.dataOf(1).resolve("restore")));
    Awaitility.await("no files of half a range")
        .atMost(LONG)
        .until(() -> files(cluster.dataOf(1).resolve("rows/incoming")).isEmpty());
  }

  private static List<Path> files(Path directory) {
    if (!Files.exists(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertIsRestored(String addresses, String job) {
    try (var connected = Holdfast.connect(addresses)) {
      float[] found = connected.job(job).table("weights").pullAll().join().floats();
      assertEquals(ROWS, found.length);
      for (int i = 0; i < ROWS; i++) {
        assertEquals(value(i), found[i]);
      }
    }
  }

  /**
   * @param rowsToo whether the image still fits, and the rows do not
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aDiskThatFillsMeanwhileLeavesNothingAndIsNamed(boolean rowsToo) {
    snapshot();
    try (var disk = new SmallDisk(directory.resolve("small"), 64);
        var into = new SmallCluster(directory.resolve("small"), 1)) {
      var refused =
          assertThrows(
              HoldfastException.class,
              () ->
                  restore(
                      into.addresses(), "ads", SLOWLY, () -> disk.fill(rowsToo ? 6 * MIB : MIB)));
      assertEquals(ErrorCode.DISK_FULL, refused.code(), refused.toString());
      String text = refused.getMessage();
      assertTrue(text.contains("node 1 at " + into.addresses()), text);
      assertTrue(text.contains(into.dataOf(1).toString()), text);
      assertTrue(text.contains(rowsToo ? "Free some space" : "make room there"), text);
      assertNothingIsLeft(into);
      disk.makeRoom();
      restore(into.addresses(), "ads", 0, () -> {});
      assertIsRestored(into.addresses(), "ads");
    }
  }

  @Test
  void aDiskThatIsTooSmallIsRefusedBeforeAnythingIsFetched() {
    snapshot();
    try (var disk = new SmallDisk(directory.resolve("small"), 64);
        var into = new SmallCluster(directory.resolve("small"), 1)) {
      disk.fill(6 * MIB);
      var full = into.run("snapshot", "restore", "one", "--from", target().toString(), "--execute");
      assertEquals(ExitCode.BUSY.number(), full.code(), full.toString());
      assertTrue(full.err().contains("free some space, or add nodes"), full.err());
      assertNothingIsLeft(into);
    }
  }

  private void vanish() {
    try {
      Files.move(target(), directory.resolve("away"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void comeBack() throws IOException {
    Files.move(directory.resolve("away"), target());
  }

  @Test
  void aTargetThatVanishesWhileItIsReadIsNamedAndNothingIsLeft() throws IOException {
    snapshot();
    try (var into = new SmallCluster(directory.resolve("into"), 1)) {
      var failed =
          assertThrows(
              HoldfastException.class,
              () -> restore(into.addresses(), "ads", SLOWLY, this::vanish));
      assertEquals(ErrorCode.TARGET_UNAVAILABLE, failed.code(), failed.toString());
      String text = failed.getMessage();
      assertTrue(text.contains("node 1 at " + into.addresses()), text);
      assertTrue(text.contains(target().toString()) && text.contains("mount"), text);
      assertNothingIsLeft(into);
      comeBack();
      restore(into.addresses(), "ads", 0, () -> {});
      assertIsRestored(into.addresses(), "ads");
    }
  }

  @Test
  void aTargetThatVanishesWhileItIsWrittenIsNamedAndTheNextCreateGoesOn() throws IOException {
    var create =
        CompletableFuture.supplyAsync(
            () ->
                source.run(
                    "snapshot", "create", "one", "--to", target().toString(), "--limit", "2MiB"));
    Awaitility.await("an object").atMost(LONG).until(() -> objects() > 0 || create.isDone());
    vanish();
    var failed = create.join();
    assertEquals(ExitCode.UNREACHABLE.number(), failed.code(), failed.toString());
    assertTrue(failed.err().contains("the node at " + source.addresses()), failed.err());
    assertTrue(failed.err().contains(target().toString()), failed.err());
    assertTrue(failed.err().contains("mount"), failed.err());
    assertTrue(Files.notExists(target()), "it is not made again");
    Awaitility.await("no image is left")
        .atMost(LONG)
        .until(() -> files(source.dataOf(1).resolve("rows/incoming")).isEmpty());
    comeBack();
    try (var repository = repository()) {
      assertEquals(List.of(), repository.list());
      assertEquals(1, repository.pending().size());
      snapshot();
      var manifest = repository.read("one");
      assertTrue(manifest.totals().newBytes() < manifest.totals().bytes(), "what is there stays");
      assertEquals(List.of(), repository.pending());
      assertTrue(repository.verify(List.of(manifest), Progress.NONE).isSound());
    }
  }

  @Test
  void aTargetThatIsFullIsNamedAndTheNextCreateGoesOn() {
    try (var disk = new SmallDisk(target(), 64);
        var repository = repository(RepositoryOptions.DEFAULT.withCreate())) {
      disk.fill(2 * MIB);
      var full = source.run("snapshot", "create", "one", "--to", target().toString());
      assertEquals(ExitCode.BUSY.number(), full.code(), full.toString());
      assertTrue(full.err().contains("DISK_FULL"), full.err());
      assertTrue(full.err().contains("the node at " + source.addresses()), full.err());
      assertTrue(full.err().contains(target().toString()), full.err());
      assertTrue(full.err().contains("make room there"), full.err());
      assertEquals(List.of(), repository.list());
      assertEquals(List.of(), files(target().resolve("unfinished")));
      disk.makeRoom();
      snapshot();
      assertTrue(repository.verify(List.of(repository.read("one")), Progress.NONE).isSound());
    }
  }

  private long objects() {
    Path objects = target().resolve("objects");
    if (!Files.isDirectory(objects)) {
      return 0;
    }
    try (var all = Files.walk(objects)) {
      return all.filter(Files::isRegularFile).count();
    } catch (IOException | UncheckedIOException e) {
      return 0; // it is being written to
    }
  }

  @Test
  void aNodeThatIsKilledMeanwhileIsReplacedByOthers() throws Exception {
    snapshot();
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
    try (var processes = ProcessCluster.start(Layout.onFreePorts(3, 1), settings)) {
      var victim = processes.nodes().getFirst();
      restore(processes.addresses(), "ads", SLOWLY, victim::kill);
      assertIsRestored(processes.addresses(), "ads");
      restore(processes.addresses(), "again", 0, () -> {});
      assertIsRestored(processes.addresses(), "again");
    }
  }
}
