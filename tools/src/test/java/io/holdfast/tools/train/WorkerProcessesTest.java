package io.holdfast.tools.train;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.Durability;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.job.RunLife;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WorkerProcessesTest {
  @TempDir Path directory;

  @Test
  void whatAWorkerFailsWithReachesTheParentAndNoProcessIsLeft() {
    String missing = directory.resolve("missing.libsvm").toString();
    HoldfastException error = assertThrows(HoldfastException.class, () -> train(settings(missing)));
    assertTrue(String.valueOf(error.getMessage()).contains("missing.libsvm"), error.getMessage());
    assertEquals(List.of(), workers());
  }

  @Test
  void aWorkerEndsWhenItsParentDoes() throws IOException, InterruptedException {
    Process worker = new ProcessBuilder(WorkerProcesses.command(List.of())).start();
    var forever = new WorkerProcess.Assignment(endlessly(), "127.0.0.1:1", 0);
    try (var in = worker.getOutputStream()) {
      in.write((WorkerProcess.JSON.writeValueAsString(forever) + "\n").getBytes(UTF_8));
    }
    assertEquals(WorkerProcess.PARENT_GONE, worker.waitFor());
  }

  @Test
  void aWorkerThatIsKilledIsStartedAgain() {
    var group = new WorkerProcesses(endlessly(), "127.0.0.1:1", new ProgressBoard());
    try {
      await().until(() -> workers().size() == 2);
      ProcessHandle killed = workers().get(0);
      killed.destroyForcibly();
      await()
          .until(
              () ->
                  workers().size() == 2
                      && workers().stream().noneMatch(alive -> alive.pid() == killed.pid()));
    } finally {
      group.close();
    }
    assertEquals(List.of(), workers());
  }

  @Test
  void settingsTravelAsJson() throws IOException {
    var sent = new WorkerProcess.Assignment(settings("a file"), "127.0.0.1:7070", 1);
    String json = WorkerProcess.JSON.writeValueAsString(sent);
    assertEquals(sent, WorkerProcess.JSON.readValue(json, WorkerProcess.Assignment.class));
  }

  private static List<ProcessHandle> workers() {
    return ProcessHandle.current().children().filter(ProcessHandle::isAlive).toList();
  }

  /** A worker with these would make up examples for minutes. */
  private static LrSettings endlessly() {
    return LrSettings.builder()
        .generatedExamples(Integer.MAX_VALUE)
        .passes(1)
        .batch(8)
        .consistency("eventual")
        .durability(Durability.MEMORY)
        .build();
  }

  private static void train(LrSettings settings) throws InterruptedException {
    try (var group = new WorkerProcesses(settings, "127.0.0.1:1", new ProgressBoard())) {
      while (!group.await(Duration.ofSeconds(1))) {
        // the class's timeout ends it
      }
    }
  }

  private static LrSettings settings(String file) {
    return LrSettings.builder()
        .data(List.of(file))
        .passes(1)
        .batch(8)
        .consistency("sequential")
        .rule(LrSettings.Rule.ADAGRAD)
        .durability(Durability.MEMORY)
        .replicas(3)
        .job("another")
        .seed(-5)
        .life(new RunLife(true, -9, 3))
        .sharing(new WorkSharing(1, 8))
        .build();
  }
}
