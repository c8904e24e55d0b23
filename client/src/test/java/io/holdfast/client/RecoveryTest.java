package io.holdfast.client;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.TableSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecoveryTest {
  private static final long[] KEYS = {1, 2, -5};

  private final FakeCluster fake = new FakeCluster(1);
  private final List<Holdfast> opened = new ArrayList<>();

  @AfterEach
  void close() {
    opened.forEach(Holdfast::close);
    fake.close();
  }

  private Holdfast connect(Options options) {
    Holdfast cluster = Holdfast.connect(fake.address(), options);
    opened.add(cluster);
    return cluster;
  }

  private Table workerTable(Options options, int ranges) {
    Worker worker = connect(options).job("j").join(WorkerId.of(0, 1), Resume.FRESH);
    return worker.table("t", TableSpec.sparse().ranges(ranges).build());
  }

  @Test
  void everyPushIsInOnceWhateverBreaks() {
    for (long seed = 0; seed < 12; seed++) {
      var random = new Random(seed);
      String name = "t" + seed;
      Worker worker =
          connect(Settings.quick()).job("j").join(WorkerId.of((int) seed, 100), Resume.FRESH);
      Table table = worker.table(name, TableSpec.sparse().ranges(2).build());
      fake.shuffle();
      var pushes = new ArrayList<CompletableFuture<PushReceipt>>();
      var pulls = new ArrayList<CompletableFuture<Rows>>();
      for (int i = 0; i < 120; i++) {
        switch (random.nextInt(12)) {
          case 0 -> fake.breakAfter(1 + random.nextInt(20), random.nextBoolean());
          case 1 -> fake.refuse(1 + random.nextInt(4), ErrorCode.OVERLOADED);
          case 2 -> fake.raiseEpoch();
          case 3 -> {
            if (random.nextInt(4) == 0) {
              fake.restart();
            }
          }
          default -> {}
        }
        pushes.add(table.push(KEYS, new float[] {1, 10, 100}));
        if (random.nextBoolean()) {
          pulls.add(table.pull(KEYS));
        }
        if (random.nextInt(20) == 0) {
          var ticked = worker.tick();
          assertFalse(ticked.isCancelled());
        }
      }
      pushes.forEach(CompletableFuture::join);
      pulls.forEach(CompletableFuture::join);
      worker.tick().join();
      float[] sums = table.pull(KEYS).join().floats();
      assertEquals(
          List.of(120f, 1200f, 12000f), List.of(sums[0], sums[1], sums[2]), "seed " + seed);
      assertEquals(120, fake.range(name, 0).pushes(), "seed " + seed);
      assertEquals(120, fake.range(name, 1).pushes(), "seed " + seed);
    }
  }

  @Test
  void aGapBehindARefusedPushIsNotTheCallersBusiness() {
    Table table = workerTable(Settings.quick(), 1);
    fake.refuse(1, ErrorCode.DISK_FULL);
    var pushes = new ArrayList<CompletableFuture<PushReceipt>>();
    for (int i = 0; i < 50; i++) {
      pushes.add(table.push(new long[] {1}, new float[] {1}));
    }
    pushes.forEach(CompletableFuture::join);
    assertEquals(50, fake.range("t", 0).value(1));
  }

  @Test
  void aPushRefusedForGoodFailsAloneAndLeavesNoGap() {
    Table table = workerTable(Settings.quick(), 1);
    var good = new ArrayList<CompletableFuture<PushReceipt>>();
    var bad = new ArrayList<CompletableFuture<PushReceipt>>();
    for (int i = 0; i < 30; i++) {
      boolean isBad = i % 7 == 3;
      (isBad ? bad : good).add(table.push(new long[] {1}, new float[] {isBad ? Float.NaN : 1}));
    }
    good.forEach(CompletableFuture::join);
    for (var push : bad) {
      assertEquals(ErrorCode.NOT_A_NUMBER, Settings.failure(push));
    }
    assertEquals(good.size(), fake.range("t", 0).value(1));
    assertEquals(bad.size(), fake.range("t", 0).fillers());
  }

  @Test
  void withoutAnAnswerAPushIsUnknownAndAPullIsLate() {
    Table table = workerTable(Settings.quick().withCallTimeout(Duration.ofMillis(400)), 1);
    fake.hush();
    var pull = table.pull(KEYS);
    var push = table.push(KEYS, new float[3]);
    var second = table.push(KEYS, new float[3]);
    assertEquals(ErrorCode.DEADLINE_EXCEEDED, Settings.failure(pull));
    assertEquals(ErrorCode.OUTCOME_UNKNOWN, Settings.failure(push));
    assertEquals(ErrorCode.OUTCOME_UNKNOWN, Settings.failure(second));
    fake.speak();
    assertEquals(ErrorCode.OUTCOME_UNKNOWN, Settings.failure(table.push(KEYS, new float[3])));
    assertEquals(3, table.pull(KEYS).join().count());
  }

  @Test
  void outsideAGroupATableOpenedAgainGoesOnAfterAnUnknownOutcome() {
    Job job = connect(Settings.quick().withCallTimeout(Duration.ofMillis(400))).job("j");
    Table table = job.table("t", TableSpec.sparse().build());
    table.push(KEYS, new float[3]).join();
    fake.hush();
    assertEquals(ErrorCode.OUTCOME_UNKNOWN, Settings.failure(table.push(KEYS, new float[3])));
    fake.speak();
    assertEquals(ErrorCode.OUTCOME_UNKNOWN, Settings.failure(table.push(KEYS, new float[3])));
    assertEquals(1, job.table("t").push(KEYS, new float[3]).join().parts());
  }

  @Test
  void aNodeThatIsAwayIsWaitedForUntilTheCallTimeout() {
    Table table = workerTable(Settings.quick(), 1);
    fake.kill();
    var push = table.push(new long[] {1}, new float[] {1});
    var pull = table.pull(new long[] {1});
    fake.start();
    assertEquals(1, push.join().parts());
    assertEquals(1, pull.join().floats()[0]);
    assertTrue(fake.streams() >= 2);

    Table impatient = workerTable(Settings.quick().withCallTimeout(Duration.ofMillis(300)), 1);
    fake.kill();
    assertEquals(ErrorCode.DEADLINE_EXCEEDED, Settings.failure(impatient.pull(KEYS)));
  }

  @Test
  void connectFailsWhereNobodyAnswers() {
    fake.kill();
    assertEquals(
        ErrorCode.UNAVAILABLE,
        Settings.failure(
            () -> connect(Settings.quick().withConnectTimeout(Duration.ofMillis(200)))));
    assertEquals(ErrorCode.INVALID_ARGUMENT, Settings.failure(() -> Holdfast.connect("nonsense")));
  }

  @Test
  void callsWaitForRoomInTheWindow() throws InterruptedException {
    Table table = workerTable(Settings.quick().withWindowBytes(1 << 16), 1);
    fake.hush();
    float[] values = new float[6_000];
    long[] keys = new long[6_000];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = i;
    }
    var first = table.push(keys, values);
    var second = table.push(keys, values);
    var third = new CompletableFuture<CompletableFuture<PushReceipt>>();
    Thread caller = new Thread(() -> third.complete(table.push(keys, values)));
    caller.start();
    await().until(() -> caller.getState() == Thread.State.TIMED_WAITING);
    await().until(() -> fake.heldBack() == 2);
    assertFalse(third.isDone());
    fake.speak();
    caller.join();
    first.join();
    second.join();
    third.join().join();
    // One call larger than the whole window goes piece by piece.
    float[] large = new float[300_000];
    long[] many = new long[large.length];
    for (int i = 0; i < many.length; i++) {
      many[i] = 2L * i;
    }
    assertTrue(table.push(many, large).join().parts() > 1);
    assertEquals(many.length, table.pull(many).join().count());
  }

  @Test
  void whatIsChainedToACallMayBlockAndCallAgain() {
    Table table = workerTable(Settings.quick().withWindowBytes(1 << 16), 1);
    float[] values = new float[12_000];
    long[] keys = new long[12_000];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = i;
    }
    CompletableFuture<PushReceipt> chain = table.push(keys, values);
    for (int i = 0; i < 20; i++) {
      chain =
          chain.thenCompose(
              before -> {
                table.pull(keys).join();
                return table.push(keys, values);
              });
    }
    chain.join();
    assertEquals(21, fake.range("t", 0).pushes());
  }

  @Test
  void rangesThatMoveToAnotherNodeAreFollowed() {
    Worker worker = connect(Settings.quick()).job("j").join(WorkerId.of(0, 1), Resume.FRESH);
    Table table = worker.table("t", TableSpec.sparse().ranges(2).build());
    var pushes = new ArrayList<CompletableFuture<PushReceipt>>();
    var pulls = new ArrayList<CompletableFuture<Rows>>();
    for (int i = 0; i < 60; i++) {
      pushes.add(table.push(KEYS, new float[] {1, 1, 1}));
      pulls.add(table.pull(KEYS));
      if (i == 30) {
        fake.move();
      }
    }
    pushes.forEach(CompletableFuture::join);
    pulls.forEach(CompletableFuture::join);
    assertEquals(60, fake.range("t", 0).value(1));
    assertEquals(1, worker.tick(new byte[1]).join());
  }

  @Test
  void anEpochThatRoseIsFollowed() {
    Table table = workerTable(Settings.quick(), 2);
    table.push(KEYS, new float[3]).join();
    fake.raiseEpoch();
    table.push(KEYS, new float[3]).join();
    fake.raiseEpoch();
    assertEquals(3, table.pull(KEYS).join().count());
    assertEquals(2, fake.range("t", 0).pushes());
  }
}
