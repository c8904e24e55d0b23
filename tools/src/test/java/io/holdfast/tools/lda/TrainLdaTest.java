package io.holdfast.tools.lda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.client.Holdfast;
import io.holdfast.client.Resume;
import io.holdfast.client.WorkerId;
import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.ErrorCode;
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
import java.util.ArrayList;
import java.util.Collections;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
@SuppressWarnings("NullAway.Init")
class TrainLdaTest {
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

  private static String run(int expected, String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    var line = HoldfastCommand.commandLine().setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    assertEquals(expected, line.execute(arguments), err.toString());
    return out.toString().strip();
  }

  private static String[] command(String job, String... more) {
    var arguments = new ArrayList<String>();
    arguments.addAll(java.util.List.of("train", "lda", "--server", server.address(), "--job", job));
    arguments.addAll(java.util.List.of("--documents", "120", "--topics", "4", "--workers", "3"));
    arguments.addAll(java.util.List.of("--durability", "memory", "--output", "json"));
    arguments.addAll(java.util.List.of(more));
    return arguments.toArray(String[]::new);
  }

  @Test
  void findsTheTopicsThatDocumentsWereMadeOf() throws IOException {
    Path report = directory.resolve("report.html");
    var json =
        new ObjectMapper()
            .readTree(
                run(
                    0,
                    command(
                        "made-up",
                        "--passes",
                        "120",
                        "--blocks",
                        "12", // with fewer, counts are old where the machine is busy
                        "--reference",
                        "--report",
                        report.toString())));
    assertEquals(0, json.get("wrongCounts").asLong());
    assertTrue(json.get("shortfall").asDouble() < 0.02, json.toString());
    // Most of the frequent words of a topic that was found are of one topic that was there.
    for (var topic : json.get("topicWords")) {
      var made = new TreeMap<String, Integer>();
      topic
          .get("words")
          .forEach(word -> made.merge(word.asText().replaceAll("w.*", ""), 1, Integer::sum));
      assertTrue(Collections.max(made.values()) >= 7, json.toString());
    }
    String page = Files.readString(report);
    assertFalse(page.contains("http"), "the report refers to something outside of it");
  }

  @Test
  void countsStayExactWhenARunGoesOnAfterItsLastPass() throws IOException {
    run(0, command("goes-on", "--passes", "3", "--blocks", "2"));
    var json =
        new ObjectMapper()
            .readTree(run(0, command("goes-on", "--passes", "6", "--blocks", "2", "--resume")));
    assertEquals(3, json.get("resumedAfter").asInt());
    assertEquals(0, json.get("wrongCounts").asLong());
  }

  private static LdaSettings settings(String job, boolean resume) {
    return new LdaSettings(
        4,
        0.1,
        0.01,
        8,
        2,
        2,
        true,
        Consistency.eventual(),
        Durability.MEMORY,
        0,
        job,
        1,
        new RunLife(resume, 1, 1));
  }

  /** Dies after its push of a pass, before the state of the next step is saved. */
  private static void dieAfter(int passes, Holdfast cluster, Corpus part, String job, int rank) {
    var dying =
        new LdaWorker(
            settings(job, false),
            part,
            cluster.job(job),
            rank,
            new LdaWorker.Listener() {
              @Override
              public void resumed(int which, int before, short[] topics) {}

              @Override
              public void passDone(int which, int done, short[] topics) {
                if (done == passes) {
                  throw new IllegalStateException("dies");
                }
              }
            });
    try {
      dying.run();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void countsStayExactWhenWorkersDieAfterTheyHavePushed() throws InterruptedException {
    Corpus corpus = GeneratedCorpus.of(60, 4, 2);
    try (Holdfast cluster = Holdfast.connect(server.address())) {
      var first =
          CompletableFuture.runAsync(() -> dieAfter(2, cluster, corpus.part(0, 2), "dying", 0));
      var second =
          CompletableFuture.runAsync(() -> dieAfter(5, cluster, corpus.part(1, 2), "dying", 1));
      assertThrows(CompletionException.class, first::join);
      assertThrows(CompletionException.class, second::join);
      try (var bar = new StepBar("sampling", 8, "passes", new PrintWriter(new StringWriter()))) {
        var result = new LdaRun(settings("dying", true), corpus, cluster, null).run(5, bar);
        assertEquals(5, result.before().passes());
        assertEquals(0, result.wrongCounts());
      }
    }
  }

  @Test
  void whoWasAwayWithAStepThatMayBePushedIsRefused() {
    Corpus part = GeneratedCorpus.of(60, 4, 2).part(0, 2);
    var settings = settings("away", true);
    try (Holdfast cluster = Holdfast.connect(server.address())) {
      var first = Assignments.random(part.tokens(), 4, new java.util.SplittableRandom(1));
      try (var worker = cluster.job("away").join(WorkerId.of(0, 2), Resume.IF_SAVED)) {
        worker.tick(first.encode(settings.shape(), 4, 1)).join();
        worker.leave().join();
      }
      var board = new PassBoard(2, java.util.List.of(part, part), settings.logLikelihood(4));
      var again = new LdaWorker(settings, part, cluster.job("away"), 0, board);
      var error = assertThrows(HoldfastException.class, again::run);
      assertEquals(ErrorCode.EXPELLED, error.code());
    }
  }

  @Test
  void wrongOptionsAreRefusedBeforeAnythingIsMade() {
    run(2, "train", "lda", "--sampler", "alias");
    run(2, command("refused", "--consistency", "sequential"));
    run(2, command("refused", "--topics", "1"));
    run(2, command("refused", "--data", directory.resolve("none").toString()));
  }
}
