package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Options;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.command.HoldfastCommand;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the client library and the commands make of calls that cannot be. */
@SuppressWarnings("NullAway.Init")
class RefusedCallsTest {
  @TempDir Path directory;
  private Server server;

  @BeforeEach
  void start() {
    server = start(0, "4MiB");
  }

  private Server start(int port, String frame) {
    return Server.start(
        ServerSettings.of(
            Map.of(
                "data",
                directory.resolve("node"),
                "port",
                port,
                "shards",
                1,
                "log",
                "FILE",
                "log-segment",
                "16MiB",
                "limits.frame",
                frame,
                "cache",
                "64MiB",
                "disk-low",
                0,
                "disk-high",
                0)));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aPushCutForALargerLimitFailsAtOnceWhereTheServerComesBackWithASmallerOne() {
    int rows = 1_000_000;
    try (var cluster =
        Holdfast.connect(
            server.address(), Options.defaults().withCallTimeout(Duration.ofSeconds(30)))) {
      var table = cluster.job("j").table("w", TableSpec.dense(rows).ranges(1).build());
      table.push(new long[] {1}, new float[] {1}).join();
      int port = server.port();
      server.close();
      var large = table.pushAll(new float[rows]); // cut into pieces by the limits known so far
      var small = table.push(new long[] {1}, new float[] {2});
      server = start(port, "256KiB");
      var thrown =
          assertThrows(
              CompletionException.class,
              () -> large.orTimeout(10, java.util.concurrent.TimeUnit.SECONDS).join());
      assertEquals(
          ErrorCode.LIMIT_EXCEEDED,
          assertInstanceOf(HoldfastException.class, thrown.getCause()).code());
      small.join();
      float[] values = new float[rows];
      values[1] = 1;
      table.pushAll(values).join(); // cut anew
      values[1] = 4;
      assertArrayEquals(values, table.pullAll().join().floats());
    }
  }

  @Test
  void piecesSuitAServerWhoseLogHasSmallFiles() {
    server.close();
    server =
        Server.start(
            ServerSettings.of(
                Map.of(
                    "data",
                    directory.resolve("small"),
                    "port",
                    0,
                    "shards",
                    1,
                    "log-segment",
                    "1MiB",
                    "cache",
                    "64MiB")));
    try (var cluster = Holdfast.connect(server.address())) {
      float[] values = new float[500_000];
      values[7] = 1;
      var table = cluster.job("j").table("w", TableSpec.dense(values.length).ranges(1).build());
      table.pushAll(values).join();
      assertArrayEquals(values, table.pullAll().join().floats());
    }
  }

  @Test
  void aRefusedPushLeavesTheWayFreeForThoseBehindIt() {
    try (var cluster = Holdfast.connect(server.address())) {
      var table = cluster.job("j").table("w", TableSpec.dense(10).build());
      var calls = new CompletableFuture<?>[40];
      for (int i = 0; i < calls.length; i++) {
        calls[i] = table.push(new long[] {1}, new float[] {i % 4 == 3 ? Float.NaN : 1});
      }
      for (int i = 0; i < calls.length; i++) {
        var call = calls[i];
        if (i % 4 == 3) {
          var thrown = assertThrows(CompletionException.class, call::join);
          assertEquals(
              ErrorCode.NOT_A_NUMBER,
              assertInstanceOf(HoldfastException.class, thrown.getCause()).code());
        } else {
          call.join();
        }
      }
      assertArrayEquals(new float[] {30}, table.pull(new long[] {1}).join().floats());
    }
  }

  private static String failing(int code, String... arguments) {
    var err = new StringWriter();
    var line = HoldfastCommand.commandLine();
    line.setOut(new PrintWriter(new StringWriter()));
    line.setErr(new PrintWriter(err));
    assertEquals(code, line.execute(arguments), err::toString);
    assertTrue(err.toString().startsWith("holdfast: "), err::toString);
    return err.toString().strip();
  }

  private static void assertOneLine(String message, String... parts) {
    assertEquals(1, message.lines().count(), message);
    for (String part : parts) {
      assertTrue(message.contains(part), () -> "'" + part + "' is not in: " + message);
    }
  }

  @Test
  void aMalformedTrainingFileIsNamedWithLineAndColumn() throws IOException {
    Path data = directory.resolve("train.libsvm");
    Files.writeString(data, "1 1:0.5 7:1\n0 3:x 4:1\n");
    assertOneLine(
        failing(
            2, "train", "lr", "--quiet", "--server", server.address(), "--data", data.toString()),
        data + ":2:5");
    try (var cluster = Holdfast.connect(server.address())) {
      assertEquals(0, cluster.tables().size(), "no table is made for data that cannot be read");
    }
  }

  @Test
  void commandsEndWithTheirExitCodeAndOneLine() {
    assertOneLine(
        failing(5, "get", "none", "1", "--server", server.address()), "UNKNOWN_TABLE", "none");
    String nobody = "127.0.0.1:" + ServerProcess.freePort();
    assertOneLine(failing(3, "status", "--server", nobody), "UNAVAILABLE", nobody);
    assertTrue(failing(2, "status", "--no-such-option").contains("--no-such-option"));
    assertTrue(failing(2, "frobnicate").contains("frobnicate"));
    String taken =
        failing(1, "server", "--data", directory.resolve("node").toString(), "--port", "0");
    assertOneLine(taken, "STORE_FAILED");
  }
}
