package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ManagedChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.holdfast.client.Holdfast;
import io.holdfast.client.Resume;
import io.holdfast.client.WorkerId;
import io.holdfast.model.Consistency;
import io.holdfast.model.KeyHash;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.command.Directories;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.command.HoldfastCommand;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import io.holdfast.tools.snapshot.Manifest;
import io.holdfast.tools.snapshot.Repository;
import io.holdfast.tools.snapshot.RepositoryOptions;
import io.holdfast.v1.BeginCapture;
import io.holdfast.v1.CaptureGrpc;
import io.holdfast.v1.CaptureNews;
import io.holdfast.v1.CaptureOrder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;
import picocli.CommandLine;

/**
 * Snapshots of one node while training goes on; {@code -Dholdfast.snapshots=100} takes so many
 * under load, and restores each.
 */
@SuppressWarnings("NullAway.Init")
class SnapshotCaptureTest {
  private static final int SNAPSHOTS = Integer.getInteger("holdfast.snapshots", 4);

  /** Then each is restored, else every second one. */
  private static final boolean LONG_RUN = System.getProperty("holdfast.snapshots") != null;

  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path directory;
  private Path target;
  private Server server;
  private Holdfast cluster;

  @BeforeEach
  void start() {
    target = directory.resolve("target");
    start("256KiB"); // so that other checkpoints come all the time
  }

  private void start(String replay) {
    server =
        Server.start(
            ServerSettings.of(
                Map.of(
                    "data",
                    directory.resolve("node"),
                    "port",
                    0,
                    "shards",
                    2,
                    "log-segment",
                    "4MiB",
                    "limits.frame",
                    "1MiB",
                    "replay",
                    replay,
                    "cache",
                    "64MiB")));
    cluster = Holdfast.connect(server.address());
  }

  @AfterEach
  void stop() {
    cluster.close();
    server.close();
  }

  private String run(ExitCode code, String arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    CommandLine line = HoldfastCommand.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    String all = arguments + " --server " + server.address();
    assertEquals(code.number(), line.execute(all.split(" ", -1)), all + ": " + out + err);
    return out.toString() + err;
  }

  private Repository repository() {
    return Repository.open(target.toString(), RepositoryOptions.DEFAULT);
  }

  private Manifest snapshot(String name, String more) {
    run(ExitCode.OK, "snapshot create " + name + " --to " + target + more);
    try (var repository = repository()) {
      return repository.read(name);
    }
  }

  private void assertNoImagesAreLeft() {
    Awaitility.await("no image is left")
        .atMost(LONG)
        .until(
            () -> {
              try (var left = Files.list(directory.resolve("node/rows/incoming"))) {
                return left.noneMatch(path -> path.getFileName().toString().startsWith("image"));
              }
            });
  }

  @Test
  void underAsynchronousLoadEveryRowBelongsToItsRangesLsnAlsoWhereItIsRestored() throws Exception {
    var job = cluster.job("ads");
    job.table("w", AdamLoad.SPEC);
    var expected = new AdamLoad.Expected();
    long most = 0;
    int restored = 0;
    try (var load = new AdamLoad(job, "w")) {
      for (int i = 0; i < SNAPSHOTS; i++) {
        var manifest = snapshot("s" + i, " --job ads");
        var rows = expected.rows(manifest.ranges("ads", "w"));
        most = Math.max(most, check(manifest, rows));
        if (LONG_RUN || i % 2 == 1) {
          checkRestored(manifest, rows);
          restored++;
        }
        assertTrue(load.isRunning(), "a worker has stopped");
      }
    }
    System.out.printf(
        "%d snapshots, %d restored, up to %d records in their ranges%n", SNAPSHOTS, restored, most);
    assertTrue(most > 0, "nothing was pushed before the last snapshot");
    assertNoImagesAreLeft();
    try (var repository = repository()) {
      assertEquals(SNAPSHOTS, repository.list().size());
      assertTrue(repository.pending().isEmpty());
    }
  }

  /** Of the files themselves. Returns how many records the ranges have. */
  private long check(Manifest manifest, Map<Long, float[]> expected)
      throws IOException, RocksDBException {
    var placed = new TreeMap<Long, float[]>();
    expected.forEach((key, row) -> placed.put(KeyHash.place(key), row));
    Path opened = directory.resolve("opened");
    long records = 0;
    int found = 0;
    try (var repository = repository();
        var images = new ImageReader(repository, manifest, opened)) {
      var ranges = manifest.ranges("ads", "w");
      assertEquals(4, ranges.size());
      for (var range : ranges) {
        assertEquals(range.lsn(), images.lsn(range), "range " + range.id());
        long ops = range.clocks().stream().mapToLong(clock -> clock.seq()).sum();
        assertEquals(range.lsn(), ops + range.clocks().size(), "one record for each, and joins");
        for (var row : images.rows(range).entrySet()) {
          assertArrayEquals(placed.get(row.getKey()), row.getValue(), manifest.name());
          found++;
        }
        records += range.lsn();
      }
    }
    assertEquals(expected.size(), found);
    Directories.delete(opened);
    return records;
  }

  /** Beside the job that goes on: what clients pull there, and rows with all of Adam's state. */
  private void checkRestored(Manifest manifest, Map<Long, float[]> expected) throws IOException {
    run(
        ExitCode.OK,
        "snapshot restore " + manifest.name() + " --from " + target + " --job back --execute");
    long[] keys = LongStream.range(0, AdamLoad.KEYS).toArray();
    float[] pulled = cluster.reader("back", "w").latest().pull(keys).join().floats();
    for (int i = 0; i < pulled.length; i++) {
      float[] row = expected.get((long) (i / AdamLoad.WIDTH));
      float value = row == null ? AdamLoad.INITIAL : row[i % AdamLoad.WIDTH];
      assertEquals(value, pulled[i], "value " + i + " of " + manifest.name() + ", as it is served");
    }
    Path exported = directory.resolve("exported");
    run(ExitCode.OK, "table export w --job back --state --to " + exported);
    var rows = RestoredRows.ofAdam(exported);
    assertEquals(expected.keySet(), rows.keySet(), "rows of " + manifest.name());
    rows.forEach((key, row) -> assertArrayEquals(expected.get(key), row, "key " + key));
    Directories.delete(exported);
    run(ExitCode.OK, "job drop back --yes");
  }

  @Test
  void atAClockASynchronousTableHasThatClockAndALaterOneIsRefused() throws Exception {
    var spec =
        TableSpec.sparse()
            .hashed()
            .ranges(4)
            .consistency(new Consistency.Sequential(Consistency.Combine.SUM, 0))
            .build();
    long[] keys = LongStream.range(0, 64).toArray();
    float[] ones = new float[keys.length];
    java.util.Arrays.fill(ones, 1);
    var job = cluster.job("sync");
    try (var one = job.join(WorkerId.of(0, 2), Resume.FRESH);
        var two = job.join(WorkerId.of(1, 2), Resume.FRESH)) {
      var first = one.table("w", spec);
      var second = two.table("w", spec);
      var waiting =
          CompletableFuture.supplyAsync(() -> snapshot("three", " --job sync --at-clock 3"));
      Awaitility.await("the snapshot waits").atMost(LONG).until(this::isPending);
      for (int clock = 1; clock <= 6 || !waiting.isDone(); clock++) {
        CompletableFuture.allOf(
                first.push(keys, ones).thenCompose(pushed -> one.tick(new byte[] {1})),
                second.push(keys, ones).thenCompose(pushed -> two.tick(new byte[] {1})))
            .join();
      }
      var manifest = waiting.join();
      assertEquals(3, manifest.atClock());
      try (var repository = repository();
          var images = new ImageReader(repository, manifest, directory.resolve("opened"))) {
        int rows = 0;
        for (var range : manifest.ranges("sync", "w")) {
          for (float[] row : images.rows(range).values()) {
            assertEquals(6, row[0]);
            rows++;
          }
        }
        assertEquals(keys.length, rows);
      }
      var refused = run(ExitCode.REFUSED, "snapshot create late --at-clock 2 --to " + target);
      assertTrue(refused.contains("past clock 2"), refused);
    }
    try (var repository = repository()) {
      assertEquals(1, repository.list().size());
    }
    assertNoImagesAreLeft();
  }

  private boolean isPending() {
    try (var repository = repository()) {
      return !repository.pending().isEmpty();
    } catch (io.holdfast.model.HoldfastException e) {
      return false; // it is not made yet
    }
  }

  private void fill(io.holdfast.client.Table table, int from, int to, int step, float value) {
    for (int key = from; key < to; key += 2_000 * step) {
      long[] keys =
          LongStream.iterate(key, k -> k + step).limit(2_000).takeWhile(k -> k < to).toArray();
      float[] values = new float[keys.length * 16];
      java.util.Arrays.fill(values, value);
      table.push(keys, values).join();
    }
  }

  @Test
  void aSecondSnapshotWritesWhatHasChanged() {
    stop();
    start("64MiB"); // few files, which RocksDB has no reason to merge meanwhile
    var table = cluster.job("ads").table("large", large(1));
    fill(table, 0, 40_000, 1, 1);
    var first = snapshot("first", "");
    assertEquals(first.totals().bytes(), first.totals().newBytes());
    var same = snapshot("same", "");
    fill(table, 0, 40_000, 100, 2);
    var second = snapshot("second", "");
    double share = (double) second.totals().newBytes() / second.totals().bytes();
    System.out.printf(
        "second snapshot after 1 %% of the rows: %d of %d bytes new (%.1f %%); unchanged: %d"
            + " bytes%n",
        second.totals().newBytes(), second.totals().bytes(), 100 * share, same.totals().newBytes());
    assertTrue(share < 0.05, share + " of the bytes were sent again");
    assertTrue(same.totals().newBytes() < first.totals().bytes() / 20, same.totals().toString());
  }

  private static TableSpec large(int ranges) {
    return TableSpec.sparse().width(16).hashed().ranges(ranges).rule(Rules.adam(0.01)).build();
  }

  @Test
  void aCommandThatIsKilledLeavesNothingVisibleAndTheNextGoesOn() throws Exception {
    fill(cluster.job("ads").table("large", large(4)), 0, 40_000, 1, 1);
    var command =
        ServerProcess.java(
            "io.holdfast.tools.command.HoldfastCommand",
            "snapshot",
            "create",
            "one",
            "--to",
            target.toString(),
            "--rate",
            "2MB",
            "--server",
            server.address());
    var process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("command.log").toFile())
            .start();
    try {
      Awaitility.await("an object").atMost(LONG).until(() -> objects() > 0 || !process.isAlive());
      assertTrue(process.isAlive(), () -> log(directory.resolve("command.log")));
    } finally {
      process.destroyForcibly().waitFor();
    }
    try (var repository = repository()) {
      assertTrue(repository.list().isEmpty());
      assertEquals(1, repository.pending().size());
    }
    assertNoImagesAreLeft();
    var manifest = snapshot("one", "");
    assertTrue(manifest.totals().newBytes() < manifest.totals().bytes());
    try (var repository = repository()) {
      assertTrue(repository.pending().isEmpty());
      assertTrue(repository.verify(List.of(manifest), (done, total) -> {}).isSound());
    }
    String again = run(ExitCode.REFUSED, "snapshot create one --to " + target);
    assertFalse(again.isEmpty());
  }

  private static String log(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private long objects() throws IOException {
    Path objects = target.resolve("objects");
    if (!Files.isDirectory(objects)) {
      return 0;
    }
    try (var all = Files.walk(objects)) {
      return all.filter(Files::isRegularFile).filter(SnapshotCaptureTest::isNamed).count();
    }
  }

  /** By its content, so that it is complete. */
  private static boolean isNamed(Path file) {
    return file.getFileName().toString().matches("[0-9a-f]{64}");
  }

  @Test
  void oneAfterTheOtherIsTakenAndTheOldestGo() throws Exception {
    cluster.job("ads").table("w", AdamLoad.SPEC);
    snapshot("by-hand", "");
    CommandLine line = HoldfastCommand.commandLine();
    var err = new StringWriter();
    line.setOut(new PrintWriter(new StringWriter()));
    line.setErr(new PrintWriter(err));
    String[] arguments =
        ("snapshot create by --every 1s --keep 2 --to " + target + " --server " + server.address())
            .split(" ", -1);
    var thread = new Thread(() -> line.execute(arguments), "snapshots");
    thread.start();
    try {
      Awaitility.await("the first").atMost(LONG).until(() -> names().size() > 1);
      String first = names().getLast();
      Awaitility.await("it to go").atMost(LONG).until(() -> !names().contains(first));
      Awaitility.await("the others").atMost(LONG).until(() -> names().size() == 3);
      assertTrue(names().contains("by-hand"), () -> names() + ": " + err);
    } finally {
      thread.interrupt();
      thread.join();
    }
  }

  /** The oldest first. */
  private List<String> names() {
    try (var repository = repository()) {
      return repository.list().stream().map(listed -> listed.name()).toList();
    }
  }

  @Test
  void progressIsADocumentToALineAndWhatCannotBeIsRefused() throws IOException {
    cluster.job("ads").table("w", AdamLoad.SPEC);
    String progress = run(ExitCode.OK, "snapshot create one --output json --to " + target);
    var lines = List.of(progress.strip().split("\n", -1));
    assertTrue(lines.getLast().contains("\"messageType\":\"summary\""), progress);
    run(ExitCode.NOT_FOUND, "snapshot create two --job nobody --to " + target);
    Path file = Files.writeString(directory.resolve("file"), "no directory");
    run(ExitCode.UNREACHABLE, "snapshot create two --to " + file);
    run(ExitCode.USAGE, "snapshot create two --keep 3 --to " + target);
    String other = otherDirectory();
    assertTrue(other.contains("is another directory on node"), other);
  }

  /** The node is asked to write to a target that it has under this name, and is not the one. */
  private String otherDirectory() {
    var channel = ManagedChannelBuilder.forTarget(server.address()).usePlaintext().build();
    var error = new CompletableFuture<String>();
    try {
      var orders =
          CaptureGrpc.newStub(channel)
              .take(
                  new StreamObserver<>() {
                    @Override
                    public void onNext(CaptureNews news) {
                      error.complete(news.toString());
                    }

                    @Override
                    public void onError(Throwable thrown) {
                      error.complete(String.valueOf(thrown.getMessage()));
                    }

                    @Override
                    public void onCompleted() {
                      error.complete("complete");
                    }
                  });
      orders.onNext(
          CaptureOrder.newBuilder()
              .setBegin(
                  BeginCapture.newBuilder().setTarget(target.toString()).setRepository("other"))
              .build());
      return error.join();
    } finally {
      channel.shutdownNow();
    }
  }
}
