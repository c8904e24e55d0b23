package io.holdfast.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.TableSpec;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A tick of many ranges is one request for each node, and is each range's once, whatever breaks.
 */
class TickGroupsTest {
  private static final int RANGES = 40;

  private final FakeCluster fake = new FakeCluster(1);
  private Holdfast cluster = Holdfast.connect(fake.address(), Settings.quick());

  @AfterEach
  void close() {
    cluster.close();
    fake.close();
  }

  private Worker worker() {
    Worker worker = cluster.job("j").join(WorkerId.of(0, 1), Resume.FRESH);
    worker.table("t", TableSpec.sparse().ranges(RANGES).build());
    return worker;
  }

  private void allHaveTicked(int clock, int ranges) {
    for (int i = 0; i < ranges; i++) {
      assertEquals(clock, fake.range("t", i).member(0).clock, "range " + i);
    }
  }

  @Test
  void ticksToOneNodeAreOneRequest() {
    Worker worker = worker();
    int frames = fake.frames();
    worker.tick().join();
    assertEquals(RANGES, fake.ticksInGroups());
    assertEquals(frames + 1, fake.frames());
    allHaveTicked(1, RANGES);
  }

  @Test
  void aServerThatKnowsNothingOfGroupsIsSentSingleTicks() {
    fake.takeSingleTicks();
    worker().tick().join();
    assertEquals(0, fake.ticksInGroups());
    allHaveTicked(1, RANGES);
  }

  @Test
  void eachRangeIsTickedOnceWhateverBreaks() {
    Worker worker = worker();
    var random = new Random(3);
    fake.addNode();
    for (int clock = 1; clock <= 60; clock++) {
      switch (random.nextInt(4)) {
        case 0 -> fake.breakAfter(1 + random.nextInt(RANGES), random.nextBoolean());
        case 1 -> fake.refuse(1 + random.nextInt(5), ErrorCode.OVERLOADED);
        case 2 -> fake.raiseEpoch();
        default -> {
          fake.giveAway("t", random.nextInt(RANGES));
          fake.raiseEpoch();
        }
      }
      assertEquals(clock, worker.tick().join());
      allHaveTicked(clock, RANGES);
    }
    assertTrue(fake.ticksInGroups() > 30 * RANGES, fake.ticksInGroups() + " ticks in groups");
  }

  @Test
  void halvesOfRangesThatAreSplitUnderWayAreTickedOnce() {
    Worker worker = worker();
    worker.tick().join();
    for (int clock = 2; clock <= 6; clock++) {
      fake.hush();
      var ticked = worker.tick();
      var range = fake.ranges("t").get(clock);
      fake.split("t", clock, range.start() + 5);
      fake.speak();
      assertEquals(clock, ticked.join());
      allHaveTicked(clock, RANGES + clock - 1);
    }
  }
}
