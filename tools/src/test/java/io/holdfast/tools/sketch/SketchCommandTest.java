package io.holdfast.tools.sketch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.client.Holdfast;
import io.holdfast.client.Resume;
import io.holdfast.client.WorkerId;
import io.holdfast.model.Durability;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.HoldfastCommand;
import io.holdfast.tools.command.LocalCluster;
import io.holdfast.tools.command.OwnServer;
import io.holdfast.tools.display.StepBar;
import io.holdfast.tools.job.RunLife;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
@SuppressWarnings("NullAway.Init")
class SketchCommandTest {
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

  private static SketchSettings settings(String job, boolean resume) {
    return new SketchSettings(
        CountMin.of(0.001, 0.01, 1),
        2,
        64,
        3,
        Durability.MEMORY,
        0,
        job,
        "counters",
        new RunLife(resume, 1, 256));
  }

  private static String run(int expected, String... arguments) {
    var out = new StringWriter();
    var line = HoldfastCommand.commandLine().setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(new StringWriter()));
    assertEquals(expected, line.execute(arguments));
    return out.toString().strip();
  }

  @Test
  void estimatesHoldAndTheReportRefersToNothingOutsideOfIt() throws IOException {
    Path report = directory.resolve("report.html");
    String out =
        run(
            0,
            "sketch",
            "--server",
            server.address(),
            "--job",
            "made-up",
            "--items",
            "50000",
            "--epsilon",
            "0.0005",
            "--query",
            "1",
            "--durability",
            "memory",
            "--output",
            "json",
            "--report",
            report.toString());
    JsonNode json = new ObjectMapper().readTree(out.lines().toList().getLast());
    assertEquals(50_000, json.get("items").longValue());
    assertEquals(0, json.get("below").intValue());
    assertTrue(json.get("audited").intValue() > 100, out);
    double ones = 50_000 * Math.log(2) / Math.log(1_000_001);
    assertEquals(ones, json.get("estimates").get("1").doubleValue(), 0.15 * ones);
    String html = Files.readString(report);
    assertTrue(html.contains("<polyline"));
    assertFalse(html.contains("http:") || html.contains("https:") || html.contains("<script"));
  }

  @Test
  void wordsOfFilesAreCounted() throws IOException {
    var file = Files.writeString(directory.resolve("words"), "to be or not to be\n".repeat(30));
    String out =
        run(
            0,
            "sketch",
            "--server",
            server.address(),
            "--job",
            "words",
            "--workers",
            "3",
            "--query",
            "to",
            "--query",
            "absent",
            file.toString());
    assertTrue(out.contains("to: 60"), out);
    assertTrue(out.contains("absent: 0"), out);
    assertTrue(out.contains("180 items"), out);
  }

  @Test
  void inserterThatIsCutShortGoesOnWithoutCountingTwice() throws InterruptedException {
    var source = GeneratedItems.source(3, 60_000, 500);
    // Both make some batches, save, make more that no save knows, and are gone without leaving.
    try (var cluster = Holdfast.connect(server.address())) {
      for (int rank = 0; rank < 2; rank++) {
        var settings = settings("resumed", false);
        var worker = cluster.job("resumed").join(WorkerId.of(rank, 2), Resume.FRESH);
        var counters = worker.table("counters", settings.tableSpec());
        var tally = new Tally();
        new Inserter(settings, source.open(rank, 2), cluster.job("resumed"), rank, tally)
            .insertSome(worker, counters, 300);
        assertTrue(tally.items() > 0);
      }
    }
    try (var cluster = Holdfast.connect(server.address());
        var bar = new StepBar("counting", 0, "items", new PrintWriter(new StringWriter()))) {
      var result =
          new SketchRun(settings("resumed", true), source, cluster, null, null)
              .run(0.001, 0.01, List.of("1"), bar);
      assertEquals(60_000, result.items());
      assertTrue(result.inserted() < 60_000, "a save was found");
      assertTrue(result.holds(), result.text());
      // Every count is in exactly once: the counters of each row add up to all items.
      var table = cluster.job("resumed").table("counters");
      long sum = 0;
      for (long count : table.pullAll().join().longs()) {
        sum += count;
      }
      assertEquals(60_000L * result.settings().sketch().depth(), sum);
    }
  }

  @Test
  void otherBatchesCannotBeResumed() throws InterruptedException {
    var source = GeneratedItems.source(3, 2_000, 500);
    try (var cluster = Holdfast.connect(server.address());
        var bar = new StepBar("counting", 0, "items", new PrintWriter(new StringWriter()))) {
      new SketchRun(settings("fixed", false), source, cluster, null, null)
          .run(0.001, 0.01, List.of(), bar);
      var other =
          new SketchSettings(
              CountMin.of(0.001, 0.01, 1),
              2,
              65,
              3,
              Durability.MEMORY,
              0,
              "fixed",
              "counters",
              new RunLife(true, 1, 256));
      var refused =
          assertThrows(
              HoldfastException.class,
              () ->
                  new SketchRun(other, source, cluster, null, null)
                      .run(0.001, 0.01, List.of(), bar));
      assertTrue(String.valueOf(refused.getMessage()).contains("--batch"));
    }
  }

  @Test
  void aRunThatHasEndedIsResumedWithNothingLeftToDo() throws IOException {
    String[] options = {
      "sketch", "--server", server.address(), "--job", "again", "--items", "9000", "--resume"
    };
    run(0, options);
    String out = run(0, options);
    assertTrue(out.contains("9,000 items"), out);
    var other = new java.util.ArrayList<>(List.of(options));
    other.addAll(List.of("--seed", "2"));
    run(2, other.toArray(String[]::new));
  }

  @Test
  void aJobThatExistsIsRefused() throws IOException {
    var file = Files.writeString(directory.resolve("few"), "a b c\n");
    run(0, "sketch", "--server", server.address(), "--job", "twice", file.toString());
    run(2, "sketch", "--server", server.address(), "--job", "twice", file.toString());
  }
}
