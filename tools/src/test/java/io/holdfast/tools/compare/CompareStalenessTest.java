package io.holdfast.tools.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.tools.command.HoldfastCommand;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import io.holdfast.tools.train.LrProblem;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class CompareStalenessTest {
  @TempDir Path directory;

  @Test
  void comparesRunsOnAServer() throws Exception {
    Path report = directory.resolve("report.html");
    try (Server server =
        Server.start(
            ServerSettings.of(
                Map.of(
                    "data",
                    directory.resolve("node"),
                    "port",
                    0,
                    "shards",
                    1,
                    "log-segment",
                    "4MiB",
                    "limits.frame",
                    "1MiB",
                    "cache",
                    "64MiB")))) {
      String[] out =
          run(
                  0,
                  "--server",
                  server.address(),
                  "--staleness",
                  "0,unbounded,adaptive:1:4",
                  "--examples",
                  "2000",
                  "--workers",
                  "2",
                  "--passes",
                  "1",
                  "--batch",
                  "100",
                  "--stretch",
                  "1",
                  "--report",
                  report.toString(),
                  "--output",
                  "json")
              .strip()
              .split("\n", -1);
      var json = new ObjectMapper().readTree(out[out.length - 1]);
      assertEquals(3, json.get("runs").size());
      for (var one : json.get("runs")) {
        assertTrue(one.get("examples").asLong() >= 2_000, one.toString());
        assertTrue(one.get("auc").asDouble() > 0, one.toString());
        assertEquals(2, one.get("idleShares").size());
        assertTrue(one.get("curve").size() >= 1);
      }
      assertEquals("unbounded", json.get("runs").get(1).get("staleness").asText());
      assertTrue(json.get("runs").get(2).get("lastBound").asInt() >= 1);
    }
    String html = Files.readString(report);
    assertTrue(html.contains("adaptive:1:4") && html.contains("<polyline class=\"line s2\""));
    assertFalse(html.contains("http"), "the page refers to nothing outside of it");
  }

  @Test
  void saysWhatIsWrong() {
    assertTrue(run(2, "--staleness", "some").contains("'some' is not a number of clocks"));
    assertTrue(run(2, "--slow", "0.5").contains("--slow and --stretch must be 1 or more"));
    assertTrue(run(2, "--test", "x").contains("--test needs --data"));
  }

  @Test
  void theModelAtATimeLiesBetweenTheLooks() {
    var trial =
        new LrProblem.Trial(
            100,
            4,
            List.of(0.5, 0.1, 0.3),
            OptionalInt.empty(),
            List.of(
                new LrProblem.Moment(1, 0.7, 0.5),
                new LrProblem.Moment(2, 0.6, 0.6),
                new LrProblem.Moment(4, 0.4, 0.8)));
    var run = new StalenessRun("4", trial);
    assertEquals(25, run.perSecond());
    assertEquals(0.3, run.idle(), 1e-9);
    assertEquals(0.2, run.idleOfFast(), 1e-9);
    assertEquals(0.7, run.at(0.5).logLoss(), 1e-9);
    assertEquals(0.65, run.at(1.5).logLoss(), 1e-9);
    assertEquals(0.7, run.at(3).auc(), 1e-9);
    assertEquals(0.8, run.at(9).auc(), 1e-9);
    String text = new StalenessTable(List.of(run, run), 3).text();
    assertTrue(text.contains("30.0 %") && text.contains("20.0 %"), text);
  }

  private static String run(int status, String... arguments) {
    var all = new ArrayList<>(List.of("compare", "staleness"));
    all.addAll(List.of(arguments));
    var out = new StringWriter();
    assertEquals(
        status,
        HoldfastCommand.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(out))
            .execute(all.toArray(String[]::new)),
        out.toString());
    return out.toString();
  }
}
