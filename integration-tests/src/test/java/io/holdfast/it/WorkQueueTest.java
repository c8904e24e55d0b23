package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import io.holdfast.client.QueueStatus;
import io.holdfast.client.Resume;
import io.holdfast.client.WorkerId;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.HoldfastCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Workers in processes of their own take shards from a queue; the server is killed, one worker is
 * killed and comes back, another is killed for good: each shard of each pass counts once.
 */
class WorkQueueTest {
  private static final int ITEMS = QueueWorkerProcess.SHARDS * QueueWorkerProcess.PASSES;
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path directory;
  private final List<Process> workers = new ArrayList<>();

  @AfterEach
  void end() {
    workers.forEach(Process::destroyForcibly);
  }

  @Test
  void whatAWorkerHeldThatIsLostForGoodIsDoneByOthers() throws Exception {
    try (var server = new ServerProcess(directory, Map.of("shards", "2"))) {
      var lost = worker(server, 1, 3);
      await("the worker that stops with a shard in its hands", () -> said(lost, "holding"));
      var first = worker(server, 0, 0);
      try (var cluster = Holdfast.connect(server.address())) {
        await("some shards", () -> queue(cluster).finished() > 8);
        server.kill();
        server.restart();
        server.awaitServing();
        first.destroyForcibly().waitFor();
        var second = worker(server, 0, 0);
        lost.destroyForcibly().waitFor();
        await("all but one", () -> queue(cluster).finished() == ITEMS - 1);
        assertEquals(List.of(1), List.copyOf(queue(cluster).out().keySet()));
        refusesOtherNumbers(cluster);
        cluster.job(QueueWorkerProcess.JOB).join(WorkerId.of(1, 2), Resume.FRESH).leave().join();
        assertTrue(second.waitFor(LONG.toSeconds(), TimeUnit.SECONDS), "the worker does not end");
        assertEquals(0, second.exitValue(), output(second));
        assertEquals(ITEMS, queue(cluster).finished());
        long[] rows = LongStream.range(0, ITEMS).toArray();
        var counts = cluster.job(QueueWorkerProcess.JOB).table("counts").latest().pull(rows).join();
        for (int i = 0; i < ITEMS; i++) {
          assertEquals(1, counts.longs()[i], "item " + i);
        }
      }
    }
  }

  @Test
  void trainingTakesItsDataFromAQueueAndOutlivesAWorker() throws Exception {
    try (var server = new ServerProcess(directory, Map.of());
        var training =
            new TrainingProcess(
                directory,
                server.address(),
                "shared",
                5,
                "--examples",
                "6000",
                "--work-queue",
                "16",
                "--worker-processes")) {
      training.awaitProgress();
      training.workers().get(0).destroyForcibly();
      var result = training.result("a worker killed");
      assertTrue(result.auc() > 0.7, "AUC " + result.auc());
      var out = new StringWriter();
      var command = HoldfastCommand.commandLine().setOut(new PrintWriter(out));
      assertEquals(0, command.execute("job", "queue", "shared", "--server", server.address()));
      assertEquals("train: 16 shards, 5 passes; 80 of 80 finished, 0 left", out.toString().strip());
    }
  }

  @Test
  void whatIsDoneIsSavedWithTheNextStateWhereOneIsTooLarge() throws Exception {
    try (var server = new ServerProcess(directory, Map.of());
        var cluster = Holdfast.connect(server.address());
        var worker = cluster.job(QueueWorkerProcess.JOB).join(WorkerId.of(0, 1), Resume.FRESH)) {
      worker.queue("train", 1, 1).take().join().orElseThrow().done();
      var refused =
          assertThrows(CompletionException.class, () -> worker.tick(new byte[32 << 20]).join());
      assertEquals(
          ErrorCode.LIMIT_EXCEEDED,
          assertInstanceOf(HoldfastException.class, refused.getCause()).code());
      assertEquals(0, queue(cluster).finished());
      worker.tick(new byte[1]).join();
      assertEquals(1, queue(cluster).finished());
    }
  }

  private static void refusesOtherNumbers(Holdfast cluster) {
    try (var other = cluster.job(QueueWorkerProcess.JOB).join(WorkerId.of(2, 3), Resume.FRESH)) {
      var refused = assertThrows(HoldfastException.class, () -> other.queue("train", 3, 5));
      assertEquals(ErrorCode.QUEUE_MISMATCH, refused.code());
      other.leave().join();
    }
  }

  private static QueueStatus queue(Holdfast cluster) {
    return cluster.job(QueueWorkerProcess.JOB).queues().get(0);
  }

  private Process worker(ServerProcess server, int rank, int stopsAfter) throws IOException {
    var command = ServerProcess.java("io.holdfast.it.QueueWorkerProcess");
    command.addAll(
        List.of(server.address(), Integer.toString(rank), "2", Integer.toString(stopsAfter)));
    var process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("worker-" + workers.size() + ".log").toFile())
            .start();
    workers.add(process);
    return process;
  }

  private boolean said(Process worker, String what) {
    assertTrue(worker.isAlive(), output(worker));
    return output(worker).contains(what);
  }

  private String output(Process worker) {
    try {
      return Files.readString(directory.resolve("worker-" + workers.indexOf(worker) + ".log"));
    } catch (IOException e) {
      return String.valueOf(e);
    }
  }

  private static void await(String what, java.util.concurrent.Callable<Boolean> condition) {
    Awaitility.await(what).atMost(LONG).pollInterval(Duration.ofMillis(20)).until(condition);
  }
}
