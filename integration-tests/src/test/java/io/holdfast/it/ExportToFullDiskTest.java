package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.client.Holdfast;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.export.ExportFile;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exports to a small file system of their own. */
@SuppressWarnings("NullAway.Init")
class ExportToFullDiskTest {
  @TempDir Path directory;
  private Path disk;

  @BeforeEach
  void mount() throws IOException, InterruptedException {
    disk = Files.createDirectory(directory.resolve("disk"));
    boolean mounted = run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk.toString());
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

  @Test
  void nothingIsLeftWhereItDoesNotFit() throws IOException {
    var settings =
        Map.of(
            "data", directory.resolve("node"),
            "port", "0",
            "shards", "1",
            "log-segment", "4MiB",
            "cache", "64MiB");
    try (var server = Server.start(ServerSettings.of(settings));
        var cluster = Holdfast.connect(server.address())) {
      cluster.job("j").table("dense", TableSpec.dense(2_000_000).build());
      cluster.job("j").table("small", TableSpec.dense(500_000).build());
      for (String name : List.of("f.safetensors", "f.npy", "d")) {
        var refused =
            assertThrows(
                HoldfastException.class, () -> export(server, "dense", disk.resolve(name)));
        assertEquals(ErrorCode.DISK_FULL, refused.code(), refused.getMessage());
        try (Stream<Path> left = Files.list(disk)) {
          assertEquals(List.of(), left.toList());
        }
      }
      export(server, "small", disk.resolve("f.npy"));
      assertEquals(128 + 500_000 * 4, Files.size(disk.resolve("f.npy")));
    }
  }

  private static void export(Server server, String table, Path to) {
    var unused =
        ExportFile.write(
            server.address(), "j", table, to, false, Duration.ofSeconds(1), (rows, bytes) -> {});
  }
}
