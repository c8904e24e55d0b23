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

/** A client and two nodes. */
class ClusterTest {
  private static final long[] KEYS = {1, 50, 99};

  private final FakeCluster fake = new FakeCluster(1);
  private final List<Holdfast> opened = new ArrayList<>();

  ClusterTest() {
    fake.addNode();
  }

  @AfterEach
  void close() {
    opened.forEach(Holdfast::close);
    fake.close();
  }

  private Holdfast connect(String addresses, Options options) {
    Holdfast cluster = Holdfast.connect(addresses, options);
    opened.add(cluster);
    return cluster;
  }

  private Worker worker(String addresses, Options options) {
    return connect(addresses, options).job("j").join(WorkerId.of(0, 1), Resume.FRESH);
  }

  private String both() {
    return fake.address() + "," + fake.secondAddress();
  }

  private static TableSpec spec(int ranges) {
    return TableSpec.dense(100).ranges(ranges).build();
  }

  @Test
  void anyOfTheNodesWillDoToBeginWith() {
    fake.failOver();
    Worker worker = worker(both(), Settings.quick());
    assertEquals(1, worker.table("t", spec(1)).push(KEYS, new float[3]).join().parts());
  }

  @Test
  void nodesAreLearntFromTheMap() {
    fake.replicate();
    Worker worker = worker(fake.address(), Settings.quick());
    worker.table("t", spec(1));
    fake.failOver();
    Table another = worker.table("u", spec(1));
    assertEquals(1, another.push(KEYS, new float[3]).join().parts());
  }

  @Test
  void aFailoverIsFollowedWithoutDelay() {
    Worker worker = worker(both(), Settings.quick());
    Table table = worker.table("t", spec(2));
    await().until(() -> fake.watches() == 1);
    var pushes = new ArrayList<CompletableFuture<PushReceipt>>();
    for (int i = 0; i < 20; i++) {
      pushes.add(table.push(KEYS, new float[] {1, 1, 1}));
    }
    fake.failOver();
    long failed = System.nanoTime();
    pushes.add(table.push(KEYS, new float[] {1, 1, 1}));
    pushes.forEach(CompletableFuture::join);
    var took = Duration.ofNanos(System.nanoTime() - failed);
    assertTrue(took.toMillis() < 1_000, took.toString());
    assertEquals(21, fake.range("t", 0).value(1));
    assertEquals(21, fake.range("t", 1).value(99));
    assertEquals(1, worker.tick(new byte[1]).join());
  }

  @Test
  void aWatchedMapIsFollowedBeforeAnythingIsRefused() {
    Worker worker = worker(both(), Settings.quick());
    Table table = worker.table("t", spec(1));
    table.push(KEYS, new float[3]).join();
    await().until(() -> fake.watches() == 1);
    fake.hush();
    var push = table.push(KEYS, new float[] {1, 1, 1});
    await().until(() -> fake.heldBack() == 1);
    fake.raiseEpoch();
    fake.mapChanged();
    await().until(() -> fake.heldBack() == 2); // sent again in the new epoch
    fake.speak();
    assertEquals(new PushReceipt(1, 1), push.join());
  }

  @Test
  void anotherNodeIsWatchedWhereOneIsGone() {
    Table table = worker(both(), Settings.quick()).table("t", spec(1));
    await().until(() -> fake.watches() == 1);
    fake.failOver();
    await().until(() -> fake.watches() == 1);
    assertEquals(3, table.pull(KEYS).join().count());
  }

  @Test
  void pullsAreSpreadOrGoToTheHead() {
    fake.replicate();
    Table spread = worker(both(), Settings.quick()).table("t", spec(1));
    for (int i = 0; i < 10; i++) {
      spread.pull(KEYS).join();
    }
    assertEquals(List.of(5, 5), fake.pulls());
    Table head = worker(both(), Settings.quick().readFrom(ReadFrom.HEAD)).table("t", spec(1));
    for (int i = 0; i < 10; i++) {
      head.pull(KEYS).join();
    }
    assertEquals(List.of(15, 5), fake.pulls());
    for (int i = 0; i < 10; i++) {
      head.latest().pull(KEYS).join();
    }
    assertEquals(List.of(15, 15), fake.pulls());
    assertEquals(10, fake.latestPulls());
  }

  @Test
  void aRangeIsServedThoughTheNodeOfAnotherThatWaitsForTheMapTooIsDead() {
    Table table = worker(both(), Settings.quick()).table("t", spec(2));
    fake.giveAway("t", 1);
    fake.raiseEpoch();
    table.push(KEYS, new float[] {1, 1, 1}).join(); // to both
    fake.killSecond();
    var unanswered = table.push(new long[] {99}, new float[] {1});
    for (int push = 1; push <= 20; push++) {
      fake.refuse(3, ErrorCode.STALE_EPOCH);
      assertEquals(new PushReceipt(1, 0), table.push(new long[] {1}, new float[] {1}).join());
    }
    assertFalse(unanswered.isDone());
  }

  @Test
  void everyPushIsInOnceHoweverRangesAreSplit() {
    for (long seed = 0; seed < 10; seed++) {
      var random = new Random(seed);
      String name = "t" + seed;
      Worker worker =
          connect(both(), Settings.quick())
              .job("j")
              .join(WorkerId.of((int) seed, 10), Resume.FRESH);
      Table table = worker.table(name, spec(1));
      fake.shuffle();
      var pushes = new ArrayList<CompletableFuture<PushReceipt>>();
      var pulls = new ArrayList<CompletableFuture<Rows>>();
      for (int i = 0; i < 100; i++) {
        switch (random.nextInt(8)) {
          case 0 -> fake.breakAfter(1 + random.nextInt(10), random.nextBoolean());
          case 1 -> fake.raiseEpoch();
          case 2 -> fake.refuse(1 + random.nextInt(3), ErrorCode.UNDER_REPLICATED);
          default -> {}
        }
        if (i % 25 == 20) {
          fake.split(name, i / 25, 20 + 20 * (i / 25));
        }
        pushes.add(
            random.nextInt(3) == 0
                ? table.push(new long[] {KEYS[i % 3]}, new float[] {1})
                : table.push(KEYS, new float[] {1, 1, 1}));
        if (random.nextInt(3) == 0) {
          pulls.add(table.pull(KEYS));
        }
        if (random.nextInt(20) == 0) {
          assertFalse(worker.tick().isCancelled());
        }
      }
      pushes.forEach(CompletableFuture::join);
      pulls.forEach(CompletableFuture::join);
      worker.tick().join();
      float[] sums = table.pull(KEYS).join().floats();
      random = new Random(seed);
      assertEquals(sum(seed), List.of(sums[0], sums[1], sums[2]), "seed " + seed);
    }
  }

  // What the loop above pushes.
  private static List<Float> sum(long seed) {
    var random = new Random(seed);
    float[] sums = new float[3];
    for (int i = 0; i < 100; i++) {
      switch (random.nextInt(8)) {
        case 0 -> {
          random.nextInt(10);
          random.nextBoolean();
        }
        case 2 -> random.nextInt(3);
        default -> {}
      }
      boolean isOne = random.nextInt(3) == 0;
      for (int key = 0; key < 3; key++) {
        sums[key] += !isOne || key == i % 3 ? 1 : 0;
      }
      random.nextInt(3);
      random.nextInt(20);
    }
    return List.of(sums[0], sums[1], sums[2]);
  }
}
