package io.holdfast.tools.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.tools.command.HoldfastCommand;
import io.holdfast.tools.command.LocalCluster;
import io.holdfast.tools.command.OwnServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
@SuppressWarnings("NullAway.Init")
class CompareFiltersTest {
  @TempDir static Path directory;
  private static LocalCluster server;

  @BeforeAll
  static void start() throws IOException {
    server = OwnServer.start(Files.createDirectory(directory.resolve("node")));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void filtersSaveBytesAndKeepTheModel() throws IOException {
    Path report = directory.resolve("filters.html");
    String all = "cache-keys,skip-zeros,zstd,bf16,error-feedback";
    JsonNode runs =
        new ObjectMapper()
            .readTree(
                run(
                    0,
                    "--server",
                    server.address(),
                    "--examples",
                    "6000",
                    "--ratings",
                    "6000",
                    "--passes",
                    "3",
                    "--batch",
                    "300",
                    "--filters",
                    all,
                    "--report",
                    report.toString(),
                    "--output",
                    "json"))
            .get("runs");
    assertEquals(4, runs.size());
    for (int job = 0; job < 2; job++) {
      JsonNode plain = runs.get(2 * job);
      JsonNode filtered = runs.get(2 * job + 1);
      assertEquals("none", plain.get("filters").asText());
      assertEquals(all, filtered.get("filters").asText());
      assertEquals(18_000, plain.get("examples").asInt());
      assertEquals(18_000, filtered.get("examples").asInt());
      assertTrue(filtered.get("pushRatio").asDouble() > 1.4, filtered.toString());
      assertTrue(filtered.get("pullRatio").asDouble() > 1.9, filtered.toString());
      assertTrue(plain.get("serverCpuSeconds").asDouble() > 0, plain.toString());
      assertEquals(0, filtered.get("change").asDouble(), 0.03, filtered.toString());
    }
    // AUC above chance; an error below the one before training.
    assertTrue(runs.get(1).get("auc").asDouble() > 0.55, runs.get(1).toString());
    assertTrue(
        runs.get(3).get("rmse").asDouble() < runs.get(3).get("loss").asDouble(),
        runs.get(3).toString());
    String html = Files.readString(report);
    assertTrue(html.contains(all), html);
    assertFalse(html.contains("http"), "the report refers to something outside of it");
  }

  @Test
  void whatIsWrongIsSaidBeforeAnythingRuns() {
    for (String[] wrong :
        new String[][] {
          {"--filters", "gzip"}, {"--jobs", "lda"}, {"--test", "t.libsvm"}, {"--batch", "0"}
        }) {
      run(2, wrong);
    }
  }

  private static String run(int expected, String... options) {
    var out = new StringWriter();
    var err = new StringWriter();
    var line = HoldfastCommand.commandLine().setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    String[] arguments = new String[options.length + 2];
    arguments[0] = "compare";
    arguments[1] = "filters";
    System.arraycopy(options, 0, arguments, 2, options.length);
    assertEquals(expected, line.execute(arguments), err::toString);
    return out.toString().strip();
  }
}
