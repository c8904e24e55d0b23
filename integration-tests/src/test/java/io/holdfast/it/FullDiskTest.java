package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Options;
import io.holdfast.client.Table;
import io.holdfast.model.Durability;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.TableSpec;
import io.holdfast.store.log.LogKind;
import io.holdfast.v1.Push;
import io.holdfast.v1.Range;
import io.holdfast.v1.TableName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A server process whose data directory is a small file system of its own, which a filler file
 * takes the room of.
 */
@SuppressWarnings("NullAway.Init")
class FullDiskTest {
  private static final long MIB = 1 << 20;
  private static final int ROWS = 100_000;

  @TempDir Path directory;
  private Path disk;

  @BeforeEach
  void mount() throws IOException, InterruptedException {
    disk = Files.createDirectory(directory.resolve("node"));
    boolean mounted = run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk.toString());
    Assumptions.assumeTrue(mounted, "a file system can be mounted here");
  }

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    run("umount", "-l", disk.toString());
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    try {
      var process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false; // no such program
    }
  }

  private ServerProcess server(LogKind log, long low, long high) {
    return new ServerProcess(
        directory,
        Map.of(
            "log", log.name(),
            "log-segment", "4MiB",
            "limits.frame", "1MiB",
            "cache", "16MiB",
            "replay", "1MiB",
            "shards", "1",
            "disk-low", low + "MiB",
            "disk-high", high + "MiB"));
  }

  private static Holdfast connect(ServerProcess server) {
    return Holdfast.connect(
        server.address(), Options.defaults().withCallTimeout(Duration.ofSeconds(30)));
  }

  private static Table table(Holdfast cluster) {
    return cluster
        .job("disk")
        .table("w", TableSpec.dense(ROWS).ranges(1).durability(Durability.FSYNC).build());
  }

  private static float[] ones() {
    float[] values = new float[ROWS];
    Arrays.fill(values, 1);
    return values;
  }

  /** Takes all room but that many bytes; 0: until nothing more can be written. */
  private void fill(long leave) throws IOException {
    var block = ByteBuffer.allocate((int) MIB);
    try (var filler =
        FileChannel.open(
            disk.resolve("filler"), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      for (long free = free(); free > leave; free = free()) {
        filler.write(block.clear().limit((int) Math.min(MIB, free - leave)));
      }
    } catch (IOException e) {
      assertTrue(String.valueOf(e.getMessage()).contains("No space"), e::toString);
    }
  }

  private long free() throws IOException {
    return Files.getFileStore(disk).getUsableSpace();
  }

  private void makeRoom() throws IOException {
    Files.delete(disk.resolve("filler"));
  }

  private static void assertAlive(ServerProcess server) {
    assertTrue(
        ProcessHandle.of(server.pid()).map(ProcessHandle::isAlive).orElse(false), server::output);
  }

  private static void assertEveryRowIs(float value, Table table) {
    float[] expected = new float[ROWS];
    Arrays.fill(expected, value);
    assertArrayEquals(expected, table.pullAll().join().floats());
  }

  @ParameterizedTest
  @EnumSource(LogKind.class)
  void pushesAreRefusedEarlyPullsGoOnAndPushesResumeByThemselves(LogKind log) throws IOException {
    try (var server = server(log, 12, 20)) {
      try (var cluster = connect(server);
          var foreign = ForeignClient.greeted(server.address(), 0)) {
        var table = table(cluster);
        table.pushAll(ones()).join();
        var range = range(foreign);
        var home =
            foreign
                .control()
                .openJob(io.holdfast.v1.OpenJobRequest.newBuilder().setName("disk").build())
                .getHome();
        int incarnation = foreign.join(home, 0).getJoined().getIncarnation();
        foreign.join(range, incarnation);
        var push =
            Push.newBuilder().setIncarnation(incarnation).setSeq(1).setKeyCount(1).setFirstKey(0);
        push.setValues(ForeignClient.floats(0));
        fill(8 * MIB);
        Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> refusesPushes(foreign));
        var refusal = foreign.push(range, push.setSeq(1)).getFailure();
        assertEquals(ErrorCode.DISK_FULL.name(), refusal.getInfo().getReason(), refusal::toString);
        assertEquals("AFTER_DELAY", refusal.getInfo().getMetadataOrThrow("retry"));
        var waiting = table.pushAll(ones());
        try (var reader =
            connect(server)) { // A caller who has pushed waits to read its own pushes.
          assertEveryRowIs(1, table(reader));
        }
        assertEquals(false, waiting.isDone());
        makeRoom();
        waiting.join();
        assertEveryRowIs(2, table);
        assertTrue(foreign.push(range, push.setSeq(1)).hasPushed(), "the refused seq was free");
      }
      assertAlive(server);
      server.kill();
      server.restart();
      server.awaitServing();
      try (var cluster = connect(server)) {
        assertEveryRowIs(2, table(cluster));
      }
    }
  }

  private static boolean refusesPushes(ForeignClient foreign) {
    return !foreign
        .control()
        .status(io.holdfast.v1.StatusRequest.getDefaultInstance())
        .getAcceptingPushes();
  }

  private static Range range(ForeignClient foreign) {
    return foreign
        .control()
        .describeTable(TableName.newBuilder().setJob("disk").setTable("w").build())
        .getRanges(0);
  }

  @ParameterizedTest
  @EnumSource(LogKind.class)
  void aDiskThatFillsFasterThanAnybodyLooksStopsNothingForGood(LogKind log) throws IOException {
    // The marks are off: the log's and the checkpoints' own allocations must bear it.
    try (var server = server(log, 0, 0)) {
      int pushes = 40;
      try (var cluster = connect(server)) {
        var table = table(cluster);
        table.pushAll(ones()).join();
        fill(0);
        var all = new ArrayList<CompletableFuture<?>>();
        for (int i = 1; i < pushes; i++) {
          all.add(table.pushAll(ones()));
        }
        Awaitility.await("the server to run out of room")
            .atMost(Duration.ofSeconds(20))
            .until(() -> all.stream().anyMatch(CompletableFuture::isDone) && settled(all));
        assertAlive(server);
        assertTrue(all.stream().anyMatch(push -> !push.isDone()), "some pushes wait for room");
        try (var reader = connect(server)) {
          long answered = all.stream().filter(CompletableFuture::isDone).count();
          assertTrue(table(reader).pull(new long[] {0}).join().floats()[0] > answered);
        }
        makeRoom();
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
            .orTimeout(30, TimeUnit.SECONDS)
            .join();
        assertEveryRowIs(pushes, table);
      }
      assertAlive(server);
      server.kill();
      server.restart();
      server.awaitServing();
      try (var cluster = connect(server)) {
        assertEveryRowIs(pushes, table(cluster));
      }
    }
  }

  private static boolean settled(List<CompletableFuture<?>> all) {
    long done = all.stream().filter(CompletableFuture::isDone).count();
    var later =
        CompletableFuture.supplyAsync(
            () -> 0, CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS));
    later.join();
    return done == all.stream().filter(CompletableFuture::isDone).count();
  }

  @Test
  void aTableThatCannotBeWrittenDownIsNotMadeAndTheServerGoesOn() throws IOException {
    try (var server = server(LogKind.FILE, 0, 0);
        var cluster =
            Holdfast.connect(
                server.address(), Options.defaults().withCallTimeout(Duration.ofSeconds(1)))) {
      var table = table(cluster);
      table.pushAll(ones()).join();
      fill(0);
      var thrown =
          assertThrows(
              RuntimeException.class,
              () -> cluster.job("disk").table("other", TableSpec.sparse().build()));
      assertTrue(String.valueOf(thrown.getMessage()).contains("DISK_FULL"), thrown::toString);
      assertEveryRowIs(1, table);
      makeRoom();
      cluster
          .job("disk")
          .table("other", TableSpec.sparse().build())
          .push(new long[] {1}, new float[] {1})
          .join();
      assertAlive(server);
    }
  }
}
