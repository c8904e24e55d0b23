package io.holdfast.tools.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.Durability;
import io.holdfast.model.HoldfastException;
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
    long before = ProcessHandle.current().children().count();
    HoldfastException error = assertThrows(HoldfastException.class, () -> train(settings(missing)));
    assertTrue(String.valueOf(error.getMessage()).contains("missing.libsvm"), error.getMessage());
    assertEquals(before, ProcessHandle.current().children().filter(ProcessHandle::isAlive).count());
  }

  @Test
  void settingsTravelAsJson() throws IOException {
    var sent = new WorkerProcess.Assignment(settings("a file"), "127.0.0.1:7070", 1);
    String json = WorkerProcess.JSON.writeValueAsString(sent);
    assertEquals(sent, WorkerProcess.JSON.readValue(json, WorkerProcess.Assignment.class));
  }

  private static void train(LrSettings settings) throws InterruptedException {
    try (var group = new WorkerProcesses(settings, "127.0.0.1:1", new ProgressBoard())) {
      while (!group.await(Duration.ofSeconds(1))) {
        // the class's timeout ends it
      }
    }
  }

  private static LrSettings settings(String file) {
    return new LrSettings(
        List.of(file),
        1,
        2,
        1,
        8,
        1,
        "bounded:2",
        LrSettings.Rule.ADAGRAD,
        0.1,
        1,
        0,
        1,
        true,
        Durability.MEMORY,
        "lr",
        "weights",
        -5,
        false);
  }
}
