package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Group;
import io.holdfast.client.Holdfast;
import io.holdfast.client.Job;
import io.holdfast.client.LostWorkers;
import io.holdfast.client.Options;
import io.holdfast.client.Resume;
import io.holdfast.client.Table;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.model.Consistency;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workers that come, go, die and come back, against a server in this process. */
@SuppressWarnings("NullAway.Init")
class GroupTest {
  private static final Duration SOON = Duration.ofMillis(400);
  private static final Duration LOST = Duration.ofSeconds(3);
  private static final long[] KEYS = {0, 3, 5, 7};
  private static final float[] ONES = {1, 1, 1, 1};

  @TempDir Path directory;
  private Server server;
  private final List<Holdfast> connections = new ArrayList<>();

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
                    2,
                    "log-segment",
                    "4MiB",
                    "limits.frame",
                    "1MiB",
                    "cache",
                    "64MiB")));
  }

  @AfterEach
  void stop() {
    connections.forEach(Holdfast::close);
    server.close();
  }

  /** A process of its own, as far as the server can tell. */
  private Job process() {
    var connection =
        Holdfast.connect(
            server.address(), Options.defaults().withCallTimeout(Duration.ofSeconds(8)));
    connections.add(connection);
    return connection.job("job");
  }

  /** It is not heard of any more. */
  private void kill(int process) {
    connections.get(process).close();
  }

  private static TableSpec spec(Consistency consistency) {
    return TableSpec.dense(8).width(1).ranges(2).consistency(consistency).build();
  }

  private static final Consistency MEAN = Consistency.sequential(Consistency.Combine.MEAN);

  private record Running(Worker worker, Table table) {
    static Running join(Job job, int rank, int size, Resume resume, Consistency consistency) {
      var worker = job.join(WorkerId.of(rank, size), resume);
      return new Running(worker, worker.table("t", spec(consistency)));
    }

    static Running join(Job job, int rank, int size, Consistency consistency) {
      return join(job, rank, size, Resume.FRESH, consistency);
    }

    void clock() {
      table.push(KEYS, ONES).join();
      worker.tick().join();
    }

    float value() {
      float[] rows = table.pull(KEYS).join().floats();
      assertArrayEquals(new float[] {rows[0], rows[0], rows[0], rows[0]}, rows);
      return rows[0];
    }
  }

  private static ErrorCode errorOf(CompletableFuture<?> call) {
    var error =
        assertThrows(CompletionException.class, () -> call.orTimeout(20, TimeUnit.SECONDS).join());
    return assertInstanceOf(HoldfastException.class, error.getCause()).code();
  }

  private static Group.State state(Worker asked, int rank) {
    return asked.group().join().members().get(rank).state();
  }

  @Test
  void othersGoOnWithoutALostWorkerAndItMayComeBack() {
    var job = process();
    job.lostWorkers(LostWorkers.LEAVE, LOST);
    var stays = Running.join(job, 0, 2, MEAN);
    var lost = Running.join(process(), 1, 2, MEAN);
    for (int i = 0; i < 3; i++) {
      stays.clock();
      lost.clock();
    }
    assertEquals(3, stays.value());
    lost.table().push(KEYS, new float[] {100, 100, 100, 100}).join(); // of a clock it never ends
    kill(1);
    for (int i = 0; i < 3; i++) {
      stays.clock();
    }
    assertEquals(6, stays.value()); // waits until it is given up; the mean is that of one
    assertEquals(Group.State.LOST, state(stays.worker(), 1));

    job.lostWorkers(LostWorkers.WAIT, LOST);
    var back = Running.join(process(), 1, 2, MEAN);
    assertEquals(2, back.worker().incarnation());
    assertTrue(back.worker().clock() >= 6, "clock " + back.worker().clock());
    while (stays.worker().clock() < back.worker().clock()) {
      stays.clock();
    }
    float before = stays.value();
    stays.clock();
    var waits = stays.table().pull(KEYS);
    Awaitility.await().during(SOON).until(() -> !waits.isDone());
    back.clock();
    assertEquals(before + 1, waits.join().floats()[0]);
    assertEquals(Group.State.LIVE, state(stays.worker(), 1));
  }

  @Test
  void whoWasGivenUpAndLivesIsTold() {
    var job = process();
    var stays = Running.join(job, 0, 2, MEAN);
    var silent = Running.join(process(), 1, 2, MEAN);
    stays.clock();
    silent.clock();
    job.expel(1);
    Awaitility.await().until(() -> state(stays.worker(), 1) == Group.State.LOST);
    assertEquals(ErrorCode.EXPELLED, errorOf(silent.table().push(KEYS, ONES)));
    assertEquals(ErrorCode.EXPELLED, errorOf(silent.worker().tick()));
    stays.clock();
    assertEquals(2, stays.value());
    var again = Running.join(process(), 1, 2, MEAN);
    assertTrue(again.worker().clock() >= 2, "clock " + again.worker().clock());
  }

  @Test
  void othersWaitForALostWorkerUntilItsRankIsBack() {
    var job = process();
    job.lostWorkers(LostWorkers.WAIT, SOON);
    var stays = Running.join(job, 0, 2, MEAN);
    var lost = Running.join(process(), 1, 2, Resume.IF_SAVED, MEAN);
    stays.clock();
    lost.table().push(KEYS, ONES).join();
    lost.worker().tick(new byte[] {1}).join();
    kill(1);
    stays.clock();
    var waits = stays.table().pull(KEYS);
    Awaitility.await().until(() -> state(stays.worker(), 1) == Group.State.SILENT);
    assertTrue(!waits.isDone());
    var back = Running.join(process(), 1, 2, Resume.IF_SAVED, MEAN);
    assertArrayEquals(new byte[] {1}, back.worker().savedState().orElseThrow());
    assertEquals(1, back.worker().clock());
    back.clock();
    assertEquals(2, waits.join().floats()[0]);
  }

  @Test
  void aGroupGrowsWhileItRuns() {
    for (var consistency : List.of(MEAN, Consistency.bounded(0))) {
      var job = process();
      try {
        job.dropTable("t");
      } catch (HoldfastException e) {
        assertEquals(ErrorCode.UNKNOWN_TABLE, e.code());
      }
      int size = consistency.equals(MEAN) ? 1 : 2;
      var members = new ArrayList<Running>();
      for (int rank = 0; rank < size; rank++) {
        members.add(Running.join(job, rank, size, consistency));
      }
      for (int i = 0; i < 4; i++) {
        members.forEach(Running::clock);
      }
      float before = members.get(0).value();
      var joins = Running.join(process(), size, size + 1, consistency);
      int begins = joins.worker().clock();
      assertTrue(begins >= 4, "begins with clock " + begins);
      while (members.get(0).worker().clock() < begins) {
        members.forEach(Running::clock);
      }
      assertTrue(members.get(0).value() >= before);
      members.forEach(Running::clock);
      var waits = members.get(0).table().pull(KEYS);
      Awaitility.await().during(SOON).until(() -> !waits.isDone());
      joins.clock();
      waits.join();
      assertEquals(size + 1, members.get(0).worker().group().join().size());
    }
  }

  @Test
  void whoAnnouncesASmallerGroupJoinsTheLargerOneOnEveryRange() {
    var other = process().join(WorkerId.of(1, 2), Resume.FRESH); // is known to the home range alone
    var one = Running.join(process(), 0, 1, MEAN);
    one.clock();
    var waits = one.table().pull(KEYS);
    Awaitility.await().during(SOON).until(() -> !waits.isDone());
    new Running(other, other.table("t", spec(MEAN))).clock();
    assertEquals(1, waits.join().floats()[0]);
  }

  @Test
  void whoLeavesIsWaitedForNoMoreAndMayComeBack() {
    var stays = Running.join(process(), 0, 2, MEAN);
    var leaves = Running.join(process(), 1, 2, Resume.IF_SAVED, MEAN);
    stays.clock();
    leaves.table().push(KEYS, ONES).join();
    leaves.worker().tick(new byte[] {7}).join();
    leaves.worker().leave().join();
    stays.clock();
    stays.clock();
    assertEquals(3, stays.value());
    Awaitility.await().until(() -> state(stays.worker(), 1) == Group.State.LEFT);
    var back = Running.join(process(), 1, 2, Resume.IF_SAVED, MEAN);
    assertArrayEquals(new byte[] {7}, back.worker().savedState().orElseThrow());
    assertTrue(back.worker().clock() >= 3, "clock " + back.worker().clock());
    stays.clock();
    back.clock();
    assertEquals(4, stays.value());
  }

  @Test
  void whoLeftAheadOfTheOthersComesBackLaterThanItWas() {
    var stays = Running.join(process(), 0, 2, Consistency.eventual());
    var leaves = Running.join(process(), 1, 2, Consistency.eventual());
    stays.clock();
    for (int i = 0; i < 9; i++) {
      leaves.clock();
    }
    leaves.worker().leave().join();
    var back = Running.join(process(), 1, 2, Consistency.eventual());
    assertEquals(10, back.worker().clock());
    back.clock();
    assertEquals(11, back.worker().clock());
  }

  @Test
  void aPullThatWaitsInVainNamesTheWorkerThatIsBehind() {
    var one = Running.join(process(), 0, 3, MEAN);
    var two = Running.join(process(), 1, 3, MEAN);
    one.clock();
    var error =
        assertThrows(CompletionException.class, () -> one.table().pull(KEYS).join()).getCause();
    assertEquals(
        ErrorCode.DEADLINE_EXCEEDED, assertInstanceOf(HoldfastException.class, error).code());
    two.worker().close();
  }

  @Test
  void anOlderProcessOfARankIsFenced() {
    var older = Running.join(process(), 0, 1, MEAN);
    var newer = Running.join(process(), 0, 1, MEAN);
    assertEquals(ErrorCode.STALE_INCARNATION, errorOf(older.table().push(KEYS, ONES)));
    newer.clock();
    assertEquals(1, newer.value());
  }

  @Test
  void whatAGroupIsAfterALossSurvivesARestart() {
    var job = process();
    job.lostWorkers(LostWorkers.LEAVE, LOST);
    var stays = Running.join(job, 0, 2, MEAN);
    var lost = Running.join(process(), 1, 2, MEAN);
    stays.clock();
    lost.clock();
    lost.table().push(KEYS, new float[] {100, 100, 100, 100}).join();
    kill(1);
    stays.clock();
    assertEquals(2, stays.value());
    server.close();
    start();
    connections.forEach(Holdfast::close);
    connections.clear();
    var again = Running.join(process(), 0, 2, MEAN);
    again.clock();
    assertEquals(3, again.value());
    assertEquals(Group.State.LOST, state(again.worker(), 1));
  }

  @Test
  void groupsThatCannotBeAreRefused() {
    var job = process();
    for (var wrong :
        List.<org.junit.jupiter.api.function.Executable>of(
            () -> WorkerId.of(2, 2), () -> WorkerId.of(-1, 2), () -> WorkerId.of(0, 0))) {
      var error = assertThrows(HoldfastException.class, wrong);
      assertEquals(ErrorCode.INVALID_ARGUMENT, error.code());
    }
    for (var after : List.of(Duration.ZERO, Duration.ofDays(2))) {
      var error =
          assertThrows(HoldfastException.class, () -> job.lostWorkers(LostWorkers.LEAVE, after));
      assertEquals(ErrorCode.INVALID_ARGUMENT, error.code());
    }
    var nobody = assertThrows(HoldfastException.class, () -> job.expel(0));
    assertEquals(ErrorCode.INVALID_ARGUMENT, nobody.code());
  }
}
