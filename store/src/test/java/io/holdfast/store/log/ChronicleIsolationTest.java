package io.holdfast.store.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Chronicle must not do in our process. */
class ChronicleIsolationTest {
  @TempDir Path directory;

  @Test
  void analyticsAreNotThereAndSwitchedOff() {
    assertThrows(
        ClassNotFoundException.class,
        () -> Class.forName("net.openhft.chronicle.analytics.Analytics"));
    Logs.open(options("log")).close();
    assertEquals("true", System.getProperty("chronicle.analytics.disable"));
  }

  private LogOptions options(String name) {
    return LogOptions.of(LogKind.CHRONICLE, directory.resolve(name), 0)
        .withSizes(256 << 10, 64 << 10);
  }

  @Test
  void noClassOfTheNetworkIsInitialised() throws Exception {
    Pattern network =
        Pattern.compile(
            "Initializing '(java/net/(Socket|Inet|Http|http|ServerSocket|Datagram)"
                + "|sun/nio/ch/(Socket|Datagram)|sun/net/(www/protocol/http|dns)|jdk/internal/net"
                + "|net/openhft/chronicle/analytics)");
    Process child =
        ChildLog.start(
            List.of("-Xlog:class+init=info:stdout"), options("log"), ChildLog.APPEND_A_HUNDRED);
    try (InputStream output = child.getInputStream()) {
      List<String> lines =
          new String(output.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
      assertEquals(0, child.waitFor());
      assertTrue(lines.stream().anyMatch(line -> line.contains("Initializing 'net/openhft/")));
      assertEquals(List.of(), lines.stream().filter(network.asPredicate()).toList());
    } finally {
      child.destroyForcibly();
    }
  }

  @Test
  void filesAreAllocatedInFullBeforeChronicleSeesThemAndNeverGrow() throws IOException {
    LogOptions options = options("log");
    try (ShardLog log = Logs.open(options)) {
      for (int i = 0; i < 100; i++) {
        Records.append(log, 30_000);
        log.sync();
      }
      try (Stream<Path> files = Files.list(options.directory())) {
        for (Path file : (Iterable<Path>) files::iterator) {
          if (file.toString().endsWith(SegmentCycle.SUFFIX)) {
            assertEquals((256 + 64) << 10, Files.size(file), file.toString());
          }
        }
      }
    }
    assertFalse(Files.exists(options.directory().resolve("precreated")));
  }
}
