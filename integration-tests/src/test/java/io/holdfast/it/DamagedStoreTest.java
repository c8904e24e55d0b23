package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import io.holdfast.store.log.LogKind;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Data directories that a server must not serve from: it refuses to start, names the file and the
 * remedy, and leaves every file as it was. What is mended then has all its rows.
 */
@SuppressWarnings("NullAway.Init")
class DamagedStoreTest {
  private static final int ROWS = 2_000;

  @TempDir Path directory;
  private Path node;

  @BeforeEach
  void name() {
    node = directory.resolve("node");
  }

  private ServerSettings settings(Map<String, ?> changed) {
    var all = new HashMap<String, Object>();
    all.putAll(
        Map.of(
            "data",
            node,
            "port",
            0,
            "shards",
            1,
            "log",
            "FILE",
            "log-segment",
            "4MiB",
            "cache",
            "16MiB"));
    all.putAll(Map.of("disk-low", 0, "disk-high", 0));
    all.putAll(changed);
    return ServerSettings.of(all);
  }

  /** A directory with rows, of which the log holds the last pushes once more. */
  private void fill(Map<String, ?> changed) {
    try (var server = Server.start(settings(changed));
        var cluster = Holdfast.connect(server.address())) {
      var table = cluster.job("j").table("w", TableSpec.dense(ROWS).ranges(1).build());
      for (int i = 0; i < 20; i++) {
        table.pushAll(values(1)).join();
      }
    }
  }

  private static float[] values(float each) {
    float[] values = new float[ROWS];
    Arrays.fill(values, each);
    return values;
  }

  private void assertServes(Map<String, ?> changed) {
    try (var server = Server.start(settings(changed));
        var cluster = Holdfast.connect(server.address())) {
      assertArrayEquals(values(20), cluster.job("j").table("w").pullAll().join().floats());
    }
  }

  /** Refuses to start and changes nothing that is anybody's data; returns what it says. */
  private String refusal(ErrorCode code, Map<String, ?> changed) throws IOException {
    return refusal(code, changed, file -> true);
  }

  /**
   * RocksDB is opened before the log, and starts a new manifest; its rows and everything else must
   * be as they were.
   */
  private String refusalByTheLog(Map<String, ?> changed) throws IOException {
    return refusal(
        ErrorCode.STORE_FAILED,
        changed,
        file -> !file.startsWith("rows/rocks/") || file.endsWith(".sst"));
  }

  private String refusal(ErrorCode code, Map<String, ?> changed, Predicate<String> unchanged)
      throws IOException {
    var before = contents(unchanged);
    var thrown =
        assertThrows(HoldfastException.class, () -> Server.start(settings(changed)).close());
    assertEquals(before, contents(unchanged), "files");
    assertEquals(code, thrown.code(), thrown::getMessage);
    return thrown.getMessage();
  }

  /** Every file but the lock and what RocksDB notes down for people and for its own next start. */
  private Map<String, Integer> contents(Predicate<String> wanted) throws IOException {
    var contents = new TreeMap<String, Integer>();
    try (Stream<Path> files = Files.walk(node)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        String name = file.getFileName().toString();
        String path = node.relativize(file).toString();
        boolean data =
            wanted.test(path)
                && !name.equals("LOCK")
                && !name.startsWith("LOG")
                && !name.startsWith("OPTIONS");
        if (data) {
          contents.put(
              path, Files.isDirectory(file) ? 0 : Arrays.hashCode(Files.readAllBytes(file)));
        }
      }
    }
    return contents;
  }

  private static void assertNames(String message, String... parts) {
    for (String part : parts) {
      assertTrue(message.contains(part), () -> "'" + part + "' is not in: " + message);
    }
  }

  private Path only(String under, String suffix) throws IOException {
    try (Stream<Path> files = Files.list(node.resolve(under))) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(suffix))
          .max(Path::compareTo)
          .orElseThrow(() -> new AssertionError("no " + suffix + " in " + under));
    }
  }

  private static void flip(Path file, int from, int to) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    for (int i = from; i < to; i++) {
      bytes[i] ^= 0x5a;
    }
    Files.write(file, bytes);
  }

  @Test
  void aDirectoryInUseIsRefusedInThisProcessAndInAnother()
      throws IOException, InterruptedException {
    fill(Map.of());
    try (var server = Server.start(settings(Map.of()));
        var cluster = Holdfast.connect(server.address())) {
      var thrown =
          assertThrows(HoldfastException.class, () -> Server.start(settings(Map.of())).close());
      assertEquals(ErrorCode.STORE_FAILED, thrown.code());
      assertNames(
          thrown.getMessage(),
          node.toString(),
          "process " + ProcessHandle.current().pid(),
          "another directory");
      var command =
          ServerProcess.java(
              "io.holdfast.tools.command.HoldfastCommand", "server", "--data", node.toString());
      command.addAll(java.util.List.of("--port", "0"));
      command.add(command.indexOf("-cp"), "-Dholdfast.server.shards=1");
      command.add(command.indexOf("-cp"), "-Dholdfast.server.log=FILE");
      Path output = directory.resolve("second.log");
      var second =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      try {
        assertTrue(
            second.waitFor(20, java.util.concurrent.TimeUnit.SECONDS),
            "the second server has not ended");
      } finally {
        second.destroyForcibly();
      }
      assertEquals(1, second.exitValue());
      assertNames(
          Files.readString(output), "is in use by process " + ProcessHandle.current().pid());
      assertArrayEquals(values(20), cluster.job("j").table("w").pullAll().join().floats());
    }
  }

  @Test
  void aDirectoryThatIsNotOursIsRefused() throws IOException {
    Files.createDirectories(node);
    Files.writeString(node.resolve("thesis.tex"), "mine");
    assertNames(
        refusal(ErrorCode.STORE_FAILED, Map.of()),
        node.toString(),
        "thesis.tex",
        "empty directory");
  }

  @Test
  void whatIsFixedWhenADirectoryIsMadeCannotBeChanged() throws IOException {
    fill(Map.of());
    assertNames(
        refusal(ErrorCode.STORE_FAILED, Map.of("shards", 2)), "shards 1", "2", "set it back");
    assertNames(
        refusal(ErrorCode.STORE_FAILED, Map.of("log", "CHRONICLE")),
        "log-kind FILE",
        "set it back");
    assertServes(Map.of());
  }

  @Test
  void aNewerFormatAndADamagedIdentityAreRefused() throws IOException {
    fill(Map.of());
    Path id = node.resolve("holdfast.id");
    byte[] sound = Files.readAllBytes(id);
    var fields = io.holdfast.store.file.IdentityFile.read(id);
    fields.put("holdfast-data", "2");
    io.holdfast.store.file.IdentityFile.write(id, fields);
    assertNames(refusal(ErrorCode.STORE_FAILED, Map.of()), "data format 2", "start the version");
    flip(id, 3, 4);
    assertNames(refusal(ErrorCode.STORE_FAILED, Map.of()), id.toString(), "damaged");
    Files.write(id, sound);
    assertServes(Map.of());
  }

  @Test
  void theLogOfAnotherStoreIsRefused() throws IOException {
    fill(Map.of());
    Path mine = node;
    node = directory.resolve("other");
    fill(Map.of());
    Path foreign = only("log/0", ".id");
    node = mine;
    Path own = only("log/0", ".id");
    byte[] sound = Files.readAllBytes(own);
    Files.write(own, Files.readAllBytes(foreign));
    assertNames(refusalByTheLog(Map.of()), "log/0", "belongs to another log");
    Files.write(own, sound);
    assertServes(Map.of());
  }

  @ParameterizedTest
  @EnumSource(LogKind.class)
  void aDamagedRecordInTheMiddleOfTheLogIsRefused(LogKind kind) throws IOException {
    var log = Map.of("log", kind.name());
    fill(log);
    Path segment = firstSegment();
    byte[] sound = Files.readAllBytes(segment);
    int middle = middleOfRecords(sound);
    flip(segment, middle, middle + 64);
    String message = refusalByTheLog(log);
    assertNames(message, segment.toString(), "cannot be read", "restore a snapshot");
    Files.write(segment, sound);
    assertServes(log);
  }

  private Path firstSegment() throws IOException {
    try (Stream<Path> files = Files.list(node.resolve("log/0"))) {
      return files
          .filter(file -> file.toFile().length() >= 4 << 20)
          .filter(file -> !file.toString().endsWith(".ready"))
          .min(Path::compareTo)
          .orElseThrow();
    }
  }

  /** Half-way to the last byte that is not zero: twenty equal pushes fill what is before it. */
  private static int middleOfRecords(byte[] segment) {
    int end = Math.min(segment.length, 4 << 20) - 1;
    while (segment[end] == 0) {
      end--;
    }
    return end / 2;
  }

  @Test
  void aLogFileThatCannotBeReadIsRefused() throws IOException {
    fill(Map.of());
    Path segment = firstSegment();
    Path aside = directory.resolve("aside");
    Files.move(segment, aside);
    Files.createDirectory(segment);
    assertNames(
        assertThrows(HoldfastException.class, () -> Server.start(settings(Map.of())).close())
            .getMessage(),
        "STORE_FAILED",
        segment.getFileName().toString());
    Files.delete(segment);
    Files.move(aside, segment);
    assertServes(Map.of());
  }

  @Test
  void aPartOfTheDirectoryThatIsMissingIsNotMadeAnew() throws IOException {
    fill(Map.of());
    for (String part : new String[] {"log/0", "log", "rows", "rows/rocks/CURRENT", "catalog"}) {
      Path aside = directory.resolve("aside");
      Files.move(node.resolve(part), aside);
      assertNames(
          refusal(ErrorCode.STORE_FAILED, Map.of()), node.resolve(part).toString(), "put it back");
      Files.move(aside, node.resolve(part));
    }
    assertServes(Map.of());
  }

  @Test
  void aDamagedCatalogueIsRefused() throws IOException {
    fill(Map.of());
    Path catalog = node.resolve("catalog");
    flip(catalog, 20, 21);
    assertNames(refusal(ErrorCode.STORE_FAILED, Map.of()), catalog.toString(), "damaged");
    flip(catalog, 20, 21);
    assertServes(Map.of());
  }

  @Test
  void aDamagedOrMissingManifestIsRefused() throws IOException {
    fill(Map.of());
    Path manifest =
        node.resolve("rows/rocks")
            .resolve(Files.readString(node.resolve("rows/rocks/CURRENT")).strip());
    flip(manifest, 20, 40);
    assertNames(refusal(ErrorCode.STORE_FAILED, Map.of()), "rocks", "restore a snapshot");
    flip(manifest, 20, 40);
    Path aside = directory.resolve("aside");
    Files.move(manifest, aside);
    assertNames(
        refusal(ErrorCode.STORE_FAILED, Map.of()),
        manifest.getFileName().toString(),
        "restore a snapshot");
    Files.move(aside, manifest);
    assertServes(Map.of());
  }

  @Test
  void aMissingSortedFileIsRefused() throws IOException {
    fill(Map.of());
    Path file = only("rows/rocks", ".sst");
    Path aside = directory.resolve("aside");
    Files.move(file, aside);
    assertNames(
        refusal(ErrorCode.STORE_FAILED, Map.of()),
        file.getFileName().toString(),
        "restore a snapshot");
    Files.move(aside, file);
    assertServes(Map.of());
  }

  @Test
  void aSortedFileDamagedInsideIsFoundBeforeARowOfItIsServed() throws IOException {
    fill(Map.of());
    Path file = only("rows/rocks", ".sst");
    int size = (int) Files.size(file);
    flip(file, size / 3, size / 3 + 100);
    byte[] damaged = Files.readAllBytes(file);
    try (var server = Server.start(settings(Map.of()));
        var cluster =
            Holdfast.connect(
                server.address(),
                io.holdfast.client.Options.defaults()
                    .withCallTimeout(java.time.Duration.ofSeconds(1)))) {
      var table = cluster.job("j").table("w");
      var thrown = assertThrows(RuntimeException.class, () -> table.pullAll().join());
      assertFalse(String.valueOf(thrown.getMessage()).isBlank());
      assertThrows(
          RuntimeException.class, () -> table.pushAll(values(1)).join(), "a push to it is refused");
      try (var foreign = ForeignClient.greeted(server.address(), 1 << 30)) {
        var status = foreign.control().status(io.holdfast.v1.StatusRequest.getDefaultInstance());
        String state = status.getTables(0).getRanges(0).getState();
        assertNames(state, "QUARANTINED", "restore a snapshot");
      }
    } catch (HoldfastException refused) {
      assertEquals(ErrorCode.STORE_FAILED, refused.code());
    }
    assertArrayEquals(damaged, Files.readAllBytes(file));
    flip(file, size / 3, size / 3 + 100);
    assertServes(Map.of());
  }
}
