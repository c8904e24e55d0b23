package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.tools.local.ClusterSettings;
import io.holdfast.tools.local.Layout;
import io.holdfast.tools.local.NodeProcess;
import io.holdfast.tools.local.ProcessCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No pull shows less than its bound: nodes and workers in processes of their own, every pull
 * written down ({@link BoundRecorder}) and judged afterwards by what it showed, with a node killed
 * and the bound changed meanwhile.
 *
 * <p>{@code -Dholdfast.clocks=5000} makes it longer.
 */
class BoundTest {
  private static final int CLOCKS = Integer.getInteger("holdfast.clocks", 120);
  private static final int WORKERS = 3;
  private static final int BOUND = 4;

  private static final Map<String, String> SETTINGS =
      Map.of(
          "shards", "1",
          "cache", "32MiB",
          "log-segment", "4MiB",
          "limits.frame", "1MiB",
          "disk-low", "0",
          "disk-high", "0");

  @TempDir Path directory;

  @Test
  void noPullShowsLessThanTheBoundInForce() throws Exception {
    var workers = new ArrayList<Process>();
    try (var cluster =
        ProcessCluster.start(
            Layout.onFreePorts(3, 1),
            ClusterSettings.in(directory.resolve("cluster"))
                .withJavaOptions(ServerProcess.options())
                .withNodeSettings(SETTINGS)
                .withStartUp(Duration.ofMinutes(5)))) {
      for (int rank = 0; rank < WORKERS; rank++) {
        workers.add(worker(cluster, rank));
      }
      Awaitility.await("pulls that are recorded")
          .atMost(Duration.ofMinutes(5))
          .until(() -> Files.exists(file(0)) && Files.size(file(0)) > 0);
      NodeProcess victim = cluster.nodes().get(1);
      victim.kill();
      victim.start();
      for (Process worker : workers) {
        assertTrue(worker.waitFor(300 + CLOCKS, TimeUnit.SECONDS), "a worker does not end");
        assertEquals(0, worker.exitValue(), errors());
      }
    } finally {
      workers.forEach(Process::destroyForcibly);
    }
    var record = BoundRecord.read(List.of(file(0), file(1), file(2)), WORKERS, BOUND);
    System.out.println(record.summary());
    var violations = record.violations();
    assertTrue(
        violations.isEmpty(),
        () -> violations.size() + ", such as " + violations.stream().limit(10).toList());
    assertEquals(Collections.nCopies(WORKERS, BoundRecorder.lastBound(BOUND)), record.lastKnown());
    assertTrue(record.pulledUnderAllBounds(), record.summary());
    assertTrue(record.pulls() > 100, record.summary());
    assertTrue(record.pullsAtTheBound() > 0, "nobody came near the bound: " + record.summary());
    assertTrue(record.cacheHits() > 0, record.summary());
  }

  private Process worker(ProcessCluster cluster, int rank) throws IOException {
    var command =
        ServerProcess.java(
            BoundRecorder.class.getName(),
            cluster.addresses(),
            Integer.toString(rank),
            Integer.toString(WORKERS),
            Integer.toString(CLOCKS),
            Integer.toString(BOUND),
            file(rank).toString());
    return new ProcessBuilder(command)
        .redirectOutput(directory.resolve("out-" + rank).toFile())
        .redirectError(directory.resolve("err-" + rank).toFile())
        .start();
  }

  private Path file(int rank) {
    return directory.resolve("pulls-" + rank);
  }

  private String errors() throws IOException {
    var all = new StringBuilder();
    for (int rank = 0; rank < WORKERS; rank++) {
      all.append(Files.readString(directory.resolve("err-" + rank)));
    }
    return all.toString();
  }

  /** The judge itself: what it lets pass, and what not. */
  @Test
  void theJudgeSeesEachKindOfViolation() throws Exception {
    assertEquals(List.of(), judged("pull 0 5 4 1000 1 6 1 1 6 1 1 6 1 1"));
    // The least clock that is said, a counter that shows less, an own push that is not there.
    assertEquals(1, judged("pull 0 6 4 1000 1 7 2 2 7 2 2 7 2 2").size());
    assertEquals(1, judged("pull 0 5 4 1000 1 6 1 1 6 1 0 6 1 1").size());
    assertEquals(1, judged("pull 0 5 4 1000 1 6 1 1 5 1 1 6 1 1").size());
    // What was known counts, however late it is.
    String lowered = "bound 1000 1\n";
    assertEquals(List.of(), judged("pull 0 5 4 9000 1 6 1 1 6 1 1 6 1 1\nbound 1000 1"));
    assertEquals(2, judged(lowered + "pull 0 5 1 1000 1 6 1 4 6 4 4 6 4 4").size());
    // A larger one that came meanwhile may have been used, one that came afterwards not.
    String raised = "\nbound 1000 9";
    assertEquals(List.of(), judged("pull 0 9 4 1000 0 10 0 0 10 0 0 10 0 0" + raised));
    assertEquals(2, judged("pull 0 9 4 999 0 10 0 0 10 0 0 10 0 0" + raised).size());
    // What was known once is not forgotten.
    assertEquals(
        1,
        judged(
                "pull 0 9 9 1000 0 10 0 0 10 0 0 10 0 0\n"
                    + "pull 0 9 4 1000 5 10 5 5 10 5 5 10 5 5"
                    + raised)
            .size());
    // Who set it knows it.
    assertEquals(1, judged(lowered + "pull 0 5 4 9000 1 6 1 1 6 1 1 6 1 1").size());
  }

  private List<String> judged(String lines) throws IOException {
    Path file = Files.writeString(directory.resolve("judged"), lines + "\n");
    return BoundRecord.read(List.of(file), WORKERS, BOUND).violations();
  }
}
