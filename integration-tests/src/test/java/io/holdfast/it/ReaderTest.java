package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Reader;
import io.holdfast.client.Resume;
import io.holdfast.client.WorkerId;
import io.holdfast.model.Consistency;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import java.io.ByteArrayOutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Those who only read, against a server in this process. */
@SuppressWarnings("NullAway.Init")
class ReaderTest {
  @TempDir Path directory;
  private Server server;
  private Holdfast cluster;

  @BeforeEach
  void start() {
    server =
        Server.start(
            ServerSettings.of(
                Map.of(
                    "data", directory.resolve("node"),
                    "port", "0",
                    "shards", "1",
                    "log-segment", "4MiB",
                    "limits.frame", "1MiB",
                    "cache", "64MiB")));
    cluster = Holdfast.connect(server.address());
  }

  @AfterEach
  void stop() {
    cluster.close();
    server.close();
  }

  @Test
  void makesNothingThatIsNotThere() {
    var refused = assertThrows(HoldfastException.class, () -> cluster.reader("none", "w"));
    assertEquals(ErrorCode.UNKNOWN_TABLE, refused.code());
    assertEquals(List.of(), cluster.tables());
  }

  @Test
  void waitsForTheClocksThatItAsksForAndHoldsNobodyUp() {
    for (var consistency :
        List.of(
            Consistency.eventual(),
            Consistency.bounded(0),
            Consistency.sequential(Consistency.Combine.SUM))) {
      String job = consistency.getClass().getSimpleName();
      long[] keys = {1};
      try (var one = cluster.job(job).join(WorkerId.of(0, 2), Resume.FRESH);
          var two = cluster.job(job).join(WorkerId.of(1, 2), Resume.FRESH)) {
        var spec = TableSpec.sparse().consistency(consistency).build();
        var first = one.table("w", spec);
        var second = two.table("w", spec);
        Reader reader = cluster.reader(job, "w");
        assertArrayEquals(new float[] {0}, reader.pull(keys).join().floats());
        first.push(keys, new float[] {1}).join();
        one.tick().join();
        var waiting = reader.atLeast(1).pull(keys);
        reader.pull(keys).join(); // asked later, and answered: the other one waits
        assertFalse(waiting.isDone(), job);
        second.push(keys, new float[] {2}).join();
        two.tick().join();
        var rows = waiting.orTimeout(60, java.util.concurrent.TimeUnit.SECONDS).join();
        assertArrayEquals(new float[] {3}, rows.floats(), job);
        assertEquals(1, rows.minClock());
        assertEquals(2, one.group().join().members().size(), "the reader is none of them");
      }
    }
    assertThrows(HoldfastException.class, () -> cluster.reader("Bounded", "w").atLeast(-1));
  }

  @Test
  void theExampleOfTheDocumentCompilesAndReads() throws Exception {
    var table = cluster.job("ads").table("weights", TableSpec.sparse().build());
    table.push(new long[] {3, 17}, new float[] {0.5f, -1}).join();
    Path source = directory.resolve("Scores.java");
    String code = Documents.read("docs/export.md").code("## Reading while it is trained", "java");
    Files.writeString(source, code);
    var errors = new ByteArrayOutputStream();
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                errors,
                errors,
                "--release",
                "17",
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                directory.toString(),
                source.toString());
    assertEquals(0, result, errors.toString(StandardCharsets.UTF_8));
    try (var loader = new URLClassLoader(new URL[] {directory.toUri().toURL()})) {
      Object score =
          loader
              .loadClass("Scores")
              .getMethod("score", String.class, long[].class)
              .invoke(null, server.address(), new long[] {3, 17, 99});
      assertEquals(-0.5, score);
    }
  }

  @Test
  void aTableThatIsDroppedIsNotReadOn() {
    var spec = TableSpec.sparse().build();
    cluster.job("j").table("w", spec);
    Reader reader = cluster.reader("j", "w");
    cluster.job("j").dropTable("w");
    var failed =
        assertThrows(
            java.util.concurrent.CompletionException.class,
            () -> reader.pull(new long[] {1}).join());
    assertTrue(String.valueOf(failed.getMessage()).contains("UNKNOWN_TABLE"), failed.toString());
  }
}
