package io.holdfast.tools.job;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Resume;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.command.LocalCluster;
import io.holdfast.tools.command.OwnServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@SuppressWarnings("NullAway.Init")
class RunJournalTest {
  private static final RunOptions OPTIONS =
      new RunOptions("train it", Map.of("--batch", "8", "--data", "a\nb\t" + "c".repeat(300)));

  @TempDir static Path directory;
  private static LocalCluster server;
  private static Holdfast cluster;

  @BeforeAll
  static void start() {
    server = OwnServer.start(directory);
    cluster = Holdfast.connect(server.address());
  }

  @AfterAll
  static void stop() {
    cluster.close();
    server.close();
  }

  private static RunJournal open(String job, Start start) {
    return RunJournal.open(cluster, job, start, OPTIONS);
  }

  private static void refused(String job, Start start, RunOptions options, String... saying) {
    var error =
        assertThrows(HoldfastException.class, () -> RunJournal.open(cluster, job, start, options));
    assertEquals(ErrorCode.INVALID_ARGUMENT, error.code());
    for (String part : saying) {
      assertTrue(String.valueOf(error.getMessage()).contains(part), error.getMessage());
    }
  }

  @Test
  void aRunIsFoundAgainByAnotherConnection() {
    var first = open("found", Start.NEW);
    assertEquals(1, first.life());
    for (int i = 0; i < 100; i++) {
      first.add(i, Double.NaN, -0.5);
    }
    try (Holdfast other = Holdfast.connect(server.address())) {
      var second = RunJournal.open(other, "found", Start.RESUME, OPTIONS);
      assertEquals(2, second.life());
      assertEquals(first.life(3).run(), second.life(3).run());
      assertTrue(second.life(3).resume());
      assertEquals(100, second.before().size());
      assertArrayEquals(new double[] {99, Double.NaN, -0.5}, second.before().get(99));
    }
  }

  @Test
  void eachLifeGoesOnFromTheEntriesThatItKeeps() {
    var first = open("kept", Start.NEW);
    for (int i = 0; i < 10; i++) {
      first.add(i);
    }
    var second = open("kept", Start.RESUME);
    second.keep(4);
    second.add(40);
    // What the first life had beyond that is not taken for a sequel.
    var third = open("kept", Start.RESUME);
    assertEquals(
        List.of(0.0, 1.0, 2.0, 3.0, 40.0), third.before().stream().map(e -> e[0]).toList());
    assertEquals(3, third.life());
  }

  @Test
  void aRunThatWasBegunIsNotBegunAgainByChance() {
    open("used", Start.NEW);
    refused("used", Start.NEW, OPTIONS, "'train it'", "--resume", "--fresh", "--job");
  }

  @Test
  void optionsThatDifferAreNamed() {
    open("differs", Start.NEW);
    var values = new TreeMap<>(OPTIONS.values());
    values.put("--batch", "9");
    values.put("--filters", "zstd");
    refused(
        "differs",
        Start.RESUME,
        new RunOptions("train it", values),
        "'differs'",
        "--batch 8",
        "--batch 9",
        "--filters zstd",
        "--filters none");
    refused(
        "differs",
        Start.RESUME,
        new RunOptions("train other", OPTIONS.values()),
        "'train it'",
        "'train other'");
  }

  @Test
  void whoDiedBeforeTheRunWasBegunLeftNothing() {
    cluster
        .job("cut")
        .table(
            RunJournal.TABLE,
            TableSpec.sparse().width(16).int64().rule(Rules.assign()).ranges(1).build());
    assertFalse(open("cut", Start.NEW).isResumed());
    refused("cut", Start.NEW, OPTIONS, "--resume");
  }

  @Test
  void tablesOfSomebodyElseAreNotTouched() {
    cluster.job("foreign").table("weights", TableSpec.sparse().build());
    refused("foreign", Start.RESUME, OPTIONS, "weights", "--job");
    assertEquals(1, tables("foreign"));
  }

  @Test
  void aFreshStartLeavesNoTableNoClockAndNoState() {
    var before = open("fresh", Start.FRESH); // there is no such job yet
    var job = cluster.job("fresh");
    job.table("weights", TableSpec.sparse().build());
    try (Worker worker = job.join(WorkerId.of(2, 3), Resume.IF_SAVED)) {
      before.life(1).check(worker);
      worker.table("weights");
      worker.tick(new byte[] {1}).join();
    }
    try (Worker again = job.join(WorkerId.of(2, 3), Resume.IF_SAVED)) {
      assertThrows(HoldfastException.class, () -> before.life(1).check(again));
      before.life(1).next().check(again);
    }
    var fresh = open("fresh", Start.FRESH);
    assertEquals(1, tables("fresh"), "the journal alone");
    assertNotEquals(before.life(1).run(), fresh.life(1).run());
    try (Worker worker = cluster.job("fresh").join(WorkerId.of(0, 1), Resume.IF_SAVED)) {
      fresh.life(1).check(worker);
      assertEquals(1, worker.group().join().size(), "the old group has gone");
    }
  }

  @Test
  void workersOfAJobThatWasDroppedEndAndDoNotMakeItAgain() {
    open("dropped", Start.NEW);
    var job = cluster.job("dropped");
    try (Worker worker = job.join(WorkerId.of(0, 1), Resume.IF_SAVED)) {
      var table = worker.table("weights", TableSpec.sparse().build());
      table.push(new long[] {1}, new float[] {1}).join();
      cluster.dropJob("dropped");
      var error = assertThrows(Exception.class, () -> worker.tick(new byte[0]).join());
      assertTrue(String.valueOf(error.getMessage()).contains("UNKNOWN"), error.toString());
    }
    assertEquals(0, tables("dropped"));
    cluster.dropJob("dropped"); // may be repeated
  }

  private static long tables(String job) {
    return cluster.tables().stream().filter(table -> table.job().equals(job)).count();
  }
}
