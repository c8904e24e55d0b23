package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import io.holdfast.client.LostWorkers;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Worker processes of which one is killed by the system, for good or to be started again. */
@SuppressWarnings("NullAway.Init")
class LostWorkersTest {
  private static final Duration LONG = Duration.ofSeconds(40);

  @TempDir Path directory;
  private Server server;
  private Holdfast cluster;
  private final List<Process> processes = new ArrayList<>();

  @BeforeEach
  void start() {
    server =
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
                    "64MiB")));
    cluster = Holdfast.connect(server.address());
  }

  @AfterEach
  void stop() {
    processes.forEach(Process::destroyForcibly);
    cluster.close();
    server.close();
  }

  private Process worker(String job, int rank, int clocks) throws IOException {
    var command = ServerProcess.java("io.holdfast.it.GroupProcess", server.address(), job);
    command.addAll(List.of("" + rank, "2", "" + clocks));
    var process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output(rank).toFile()))
            .redirectError(directory.resolve(rank + ".err").toFile())
            .start();
    processes.add(process);
    return process;
  }

  private Path output(int rank) {
    return directory.resolve(rank + ".out");
  }

  private List<String> clocks(int rank) throws IOException {
    return Files.exists(output(rank)) ? Files.readAllLines(output(rank)) : List.of();
  }

  private void await(int rank, int clocks) {
    Awaitility.await("worker " + rank).atMost(LONG).until(() -> clocks(rank).size() >= clocks);
  }

  private float value(String job) {
    float[] rows = cluster.job(job).table("t").pull(GroupProcess.keys()).join().floats();
    for (float row : rows) {
      assertEquals(rows[0], row);
    }
    return rows[0];
  }

  @Test
  void whereLostWorkersLeaveTheOthersGoOn() throws Exception {
    cluster.job("leave").lostWorkers(LostWorkers.LEAVE, Duration.ofSeconds(2));
    var stays = worker("leave", 0, 200);
    var killed = worker("leave", 1, 1_000_000);
    await(0, 20);
    killed.destroyForcibly().waitFor();
    assertEquals(0, stays.waitFor(), () -> directory.resolve("0.err").toString());
    assertEquals(200, clocks(0).size());
    Awaitility.await()
        .atMost(LONG)
        .until(() -> value("leave") == 200); // the mean of all there were
  }

  @Test
  void whereTheyAreWaitedForTheOthersGoOnOnceTheRankIsBack() throws Exception {
    cluster.job("wait").lostWorkers(LostWorkers.WAIT, Duration.ofSeconds(1));
    int clocks = 200;
    var stays = worker("wait", 0, clocks);
    var killed = worker("wait", 1, clocks);
    await(0, 20);
    killed.destroyForcibly().waitFor();
    assertTrue(clocks(0).size() < clocks, "the killed one was done");
    int stuck = clocks(1).size() + 2; // a tick may have been in without its line
    Awaitility.await()
        .during(Duration.ofSeconds(2))
        .atMost(LONG)
        .until(() -> clocks(0).size() <= stuck);
    var back = worker("wait", 1, clocks);
    assertEquals(0, stays.waitFor());
    assertEquals(0, back.waitFor());
    assertEquals(clocks, value("wait"));
  }
}
