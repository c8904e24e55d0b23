package io.holdfast.replication.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.replication.shard.WorkQueue.Held;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkQueueTest {
  private static final long NONE = WorkQueue.NONE;

  private WorkQueue queue = new WorkQueue(2, 2);

  private long take(int rank, long take) {
    queue.take(rank, take);
    return queue.answer(rank, take);
  }

  @Test
  void shardsAreGivenOutPassByPass() {
    queue.open(0, 1, true);
    queue.open(1, 1, true);
    assertEquals(0, take(0, 1));
    assertEquals(1, take(1, 1));
    assertEquals(2, take(1, 2));
    assertEquals(3, take(0, 2));
    assertEquals(NONE, take(0, 3));
    assertEquals(0, queue.left());
    assertEquals(0, queue.finished());
  }

  @Test
  void aTakeThatIsSentAgainTakesOnce() {
    queue.open(0, 1, true);
    assertEquals(0, take(0, 1));
    assertEquals(0, take(0, 1));
    queue.take(0, 7); // follows nothing
    assertEquals(1, take(0, 2));
    assertEquals(0, take(0, 1));
  }

  @Test
  void aWorkerThatResumesHasWhatItHadAndMakesTheSameTakesAgain() {
    queue = new WorkQueue(5, 1);
    queue.open(0, 1, true);
    queue.open(1, 1, true);
    take(0, 1);
    take(0, 2);
    queue.save(0, 2, new long[] {0});
    assertEquals(2, take(0, 3));
    assertEquals(3, take(1, 1));
    queue.open(0, 2, true);
    assertEquals(List.of(new Held(2, 1), new Held(3, 2)), queue.held(0));
    assertEquals(2, queue.savedTakes(0));
    assertEquals(2, take(0, 3), "the same as in the life before");
    assertEquals(4, take(0, 4));
  }

  @Test
  void anEmptyTakeIsEmptyAgainWhenItIsRepeated() {
    queue = new WorkQueue(1, 1);
    queue.open(0, 1, true);
    queue.open(1, 1, true);
    take(0, 1);
    assertEquals(NONE, take(1, 1));
    queue.left(0);
    queue.open(1, 2, true);
    assertEquals(NONE, take(1, 1));
    assertEquals(0, take(1, 2));
  }

  @Test
  void whatALeaverHeldGoesToOthersAndItMayNotResume() {
    queue.open(0, 1, true);
    queue.open(1, 1, true);
    take(0, 1);
    take(0, 2);
    queue.save(0, 2, new long[] {1});
    assertEquals(2, take(1, 1));
    queue.left(0);
    assertEquals(0, take(1, 2), "what came back goes first");
    assertEquals(3, take(1, 3));
    assertTrue(queue.isDispossessed(0));
    assertFalse(queue.mayFinish(0, 0));
    queue.open(0, 2, false);
    assertFalse(queue.isDispossessed(0));
    assertEquals(NONE, take(0, 1));
  }

  @Test
  void whoStartsAfreshGivesBackWhatItsRankHad() {
    queue.open(0, 1, false);
    take(0, 1);
    queue.open(0, 1, false); // again, late
    assertEquals(0, queue.answer(0, 1));
    queue.open(0, 2, false);
    assertEquals(4, queue.left());
    assertEquals(0, take(0, 1));
  }

  @Test
  void itIsExhaustedOnceNothingCanComeBackFromOthers() {
    queue = new WorkQueue(2, 1);
    queue.open(0, 1, true);
    queue.open(1, 1, true);
    take(0, 1);
    take(1, 1);
    assertFalse(queue.isExhaustedFor(0));
    queue.save(1, 1, new long[] {1});
    assertTrue(queue.isExhaustedFor(0));
    assertFalse(queue.isExhaustedFor(1));
    queue.save(0, 1, new long[] {0});
    assertTrue(queue.isExhaustedFor(1));
    assertEquals(2, queue.finished());
  }

  @Test
  void onlyTheHolderFinishesAnItemAndMaySayItTwice() {
    queue.open(0, 1, true);
    queue.open(1, 1, true);
    take(0, 1);
    assertTrue(queue.mayFinish(0, 0));
    assertFalse(queue.mayFinish(1, 0));
    assertFalse(queue.mayFinish(0, 1), "nobody has it yet");
    queue.save(0, 1, new long[] {0});
    assertTrue(queue.mayFinish(0, 0), "a save whose answer was lost");
  }

  private static WorkQueue copy(WorkQueue queue) {
    var bytes = ByteBuffer.allocate(queue.encodedBytes()).order(ByteOrder.LITTLE_ENDIAN);
    queue.write(bytes);
    assertFalse(bytes.hasRemaining());
    return WorkQueue.read(bytes.flip());
  }

  /** A worker as the client library and its caller are: what it knows dies with it. */
  private static final class Walker {
    int incarnation = 1;
    long takes;
    final List<Long> mine = new ArrayList<>();
    final List<Long> done = new ArrayList<>();
    final List<Long> takenSinceSave = new ArrayList<>();
    List<Long> expected = new ArrayList<>();
  }

  /**
   * Workers take, finish, save, die and resume, leave for good and begin afresh, and the queue is
   * written and read again, in any order: what is finished in saved states is each item once.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void everyItemIsFinishedOnceWhateverHappens(long seed) {
    var random = new Random(seed);
    queue = new WorkQueue(1 + random.nextInt(8), 1 + random.nextInt(4));
    long items = (long) queue.shards() * queue.passes();
    Map<Long, Integer> finished = new TreeMap<>();
    var walkers = new Walker[3];
    for (int rank = 0; rank < walkers.length; rank++) {
      walkers[rank] = new Walker();
      queue.open(rank, 1, true);
    }
    for (int step = 0; finished.size() < items; step++) {
      assertTrue(step < 100_000, "it does not come to an end");
      int rank = random.nextInt(walkers.length);
      var walker = walkers[rank];
      switch (random.nextInt(12)) {
        case 0 -> queue = copy(queue);
        case 1 -> resume(walker, rank);
        case 2 -> restart(walkers, rank);
        case 3, 4, 5 -> save(walker, rank, finished);
        case 6, 7, 8 -> {
          if (!walker.mine.isEmpty()) {
            walker.done.add(walker.mine.remove(0));
          }
        }
        default -> takeNext(walker, rank);
      }
    }
    finished.forEach((item, times) -> assertEquals(1, times, "item " + item));
    assertEquals(items, queue.finished());
    assertEquals(0, queue.left());
    for (int rank = 0; rank < walkers.length; rank++) {
      assertTrue(queue.isExhaustedFor(rank));
    }
  }

  private void takeNext(Walker walker, int rank) {
    long item = take(rank, ++walker.takes);
    if (!walker.expected.isEmpty()) {
      assertEquals(walker.expected.remove(0), item, "not what the life before got");
    }
    walker.takenSinceSave.add(item);
    if (item != NONE) {
      walker.mine.add(item);
    }
  }

  private void save(Walker walker, int rank, Map<Long, Integer> finished) {
    walker.done.forEach(item -> assertTrue(queue.mayFinish(rank, item)));
    queue.save(rank, walker.takes, walker.done.stream().mapToLong(Long::longValue).toArray());
    walker.done.forEach(item -> finished.merge(item, 1, Integer::sum));
    walker.done.clear();
    walker.takenSinceSave.clear();
    walker.expected.clear();
  }

  private void resume(Walker walker, int rank) {
    queue.open(rank, ++walker.incarnation, true);
    walker.takes = queue.savedTakes(rank);
    walker.mine.clear();
    walker.done.clear();
    queue.held(rank).stream()
        .filter(held -> held.take() <= walker.takes && held.item() != NONE)
        .forEach(held -> walker.mine.add(held.item()));
    var again = new ArrayList<>(walker.takenSinceSave);
    again.addAll(walker.expected); // of a life before that did not come so far
    walker.expected = again;
    walker.takenSinceSave.clear();
  }

  private void restart(Walker[] walkers, int rank) {
    int incarnation = walkers[rank].incarnation + 1;
    queue.left(rank);
    queue.open(rank, incarnation, false);
    walkers[rank] = new Walker();
    walkers[rank].incarnation = incarnation;
  }
}
