package io.holdfast.tools.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.client.Holdfast;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class CompareSnapshotsTest {
  @TempDir Path directory;

  private Server server() {
    return Server.start(
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
                "64MiB")));
  }

  @Test
  void measuresEachStepAndLeavesNothing() throws Exception {
    Path work = Files.createDirectory(directory.resolve("work"));
    try (Server server = server()) {
      String[] out =
          run(
                  0,
                  "--server",
                  server.address(),
                  "--directory",
                  work.toString(),
                  "--size",
                  "8MB",
                  "--batch",
                  "100",
                  "--seconds",
                  "0.2",
                  "--repeats",
                  "2",
                  "--limit",
                  "1GB",
                  "--output",
                  "json")
              .strip()
              .split("\n", -1);
      var json = new ObjectMapper().readTree(out[out.length - 1]);
      var snapshot = json.get("snapshot");
      assertTrue(snapshot.get("bytes").asLong() > 8e6, json.toString());
      assertEquals(3, snapshot.get("changes").size());
      for (var change : snapshot.get("changes")) {
        assertTrue(Math.abs(208 - change.get("rows").asLong()) <= 1, "1 % of 20,833: " + change);
        assertTrue(change.get("newBytes").asLong() > 208 * 384, change.toString());
      }
      for (String step : List.of("createSeconds", "verifySeconds", "restoreSeconds")) {
        assertTrue(snapshot.get(step).asDouble() > 0, step);
      }
      assertTrue(json.get("disk").get("writeSeconds").asDouble() > 0);
      assertEquals(2, json.get("trials").size());
      for (var trial : json.get("trials")) {
        assertTrue(trial.get("meanwhile").get("perSecond").asDouble() > 0, trial.toString());
        assertTrue(trial.get("snapshots").asInt() >= 1, trial.toString());
      }
      assertTrue(json.get("p99Ratio").get("median").asDouble() > 0);
      try (var cluster = Holdfast.connect(server.address())) {
        assertEquals(List.of(), cluster.tables());
      }
    }
    try (var left = Files.list(work)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void saysWhatIsWrong() {
    assertTrue(run(2, "--nodes", "17").contains("--nodes is not within 1 and 16"));
    assertTrue(run(2, "--size", "1kB", "--batch", "9").contains("--batch is not within 1 and"));
    assertTrue(run(2, "--durability", "none").contains("'none' is not known"));
  }

  @Test
  void ratiosAreThoseToTheMeanOfBeforeAndAfter() {
    var trials =
        List.of(trial(100, 300, 50), trial(100, 200, 50), trial(200, 100, 200), trial(1, 1, 1));
    assertEquals(8.0 / 3, trials.get(1).rateRatio());
    assertEquals(4, trials.get(0).p99Ratio());
    var spread = SnapshotTrial.Spread.of(trials, SnapshotTrial::p99Ratio);
    assertEquals(new SnapshotTrial.Spread((1 + 8.0 / 3) / 2, 0.5, 4), spread);
    var one = SnapshotTrial.Spread.of(trials.subList(0, 3), SnapshotTrial::p99Ratio);
    assertEquals(8.0 / 3, one.median());
    var disk = new DiskSpeed(2_000_000, 2, 1, OptionalDouble.of(4));
    var change = new SnapshotChange(10, 1, 8, 2);
    var times = new SnapshotTimes(4_000_000, 2, 1, 4, List.of(change));
    String text = new SnapshotCosts(disk, times, trials).text();
    assertTrue(text.contains("past the page cache") && text.contains("25.0 %"), text);
    assertTrue(text.contains("1.83x of before and after (0.50 to 4.00)"), text);
  }

  private static SnapshotTrial trial(int before, int meanwhile, int after) {
    return new SnapshotTrial(pace(before), pace(meanwhile), pace(after), 1, 0);
  }

  private static Pace pace(int figure) {
    return new Pace(figure, figure, figure, figure);
  }

  @Test
  void theDiskIsMeasuredByAFileThatIsGoneAfterwards() throws IOException {
    var speed = DiskSpeed.measure(directory, 3 << 20);
    assertEquals(3 << 20, speed.bytes());
    assertTrue(speed.writeSeconds() > 0 && speed.warmReadSeconds() > 0, speed.toString());
    try (var left = Files.list(directory)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void whatAPushFailsWithEndsTheMeasurement() throws InterruptedException {
    try (Server server = server();
        var cluster = Holdfast.connect(server.address())) {
      var table = cluster.job("j").table("t", TableSpec.sparse().width(2).build());
      try (var pushes = new SteadyPushes(List.of(table), 100, 10, 3, 2)) {
        var failed =
            assertThrows(HoldfastException.class, () -> pushes.during(() -> awaitNothing(pushes)));
        assertTrue(String.valueOf(failed.getMessage()).contains("values"), failed.toString());
      }
    }
  }

  private static boolean awaitNothing(SteadyPushes pushes) throws InterruptedException {
    pushes.awaitEnd();
    return true;
  }

  private static String run(int status, String... arguments) {
    var all = new ArrayList<>(List.of("compare", "snapshots"));
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
