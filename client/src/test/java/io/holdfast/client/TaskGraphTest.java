package io.holdfast.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class TaskGraphTest {
  private final TaskGraph graph = new TaskGraph(Runnable::run);
  private final Map<Integer, CompletableFuture<Integer>> running = new TreeMap<>();
  private final List<String> order = new ArrayList<>();

  /** Four iterations of one task each, as figure 5 of the paper draws them. */
  private void draw(int tau) {
    for (int t = 0; t < 4; t++) {
      int iteration = t;
      graph
          .task("work", t)
          .afterIteration(t - tau - 1)
          .submit(
              () -> {
                order.add("start " + iteration);
                return running.computeIfAbsent(iteration, none -> new CompletableFuture<>());
              });
    }
  }

  private void end(int iteration) {
    order.add("end " + iteration);
    Objects.requireNonNull(running.get(iteration)).complete(iteration);
  }

  @Test
  void sequentialIsOneAfterTheOther() {
    draw(0);
    for (int t = 0; t < 4; t++) {
      end(t);
    }
    assertEquals(
        List.of("start 0", "end 0", "start 1", "end 1", "start 2", "end 2", "start 3", "end 3"),
        order);
    assertTrue(graph.all().isDone());
  }

  @Test
  void boundedDelayWaitsForWhatWasTauIterationsAgo() {
    draw(1);
    assertEquals(List.of("start 0", "start 1"), order);
    end(1); // the later one first: 2 waits for 0 alone, 3 for 0 and 1
    assertEquals(List.of("start 0", "start 1", "end 1"), order);
    end(0);
    end(2);
    end(3);
    assertEquals(
        List.of("start 0", "start 1", "end 1", "end 0", "start 2", "start 3", "end 2", "end 3"),
        order);
  }

  @Test
  void boundedDelayWaitsForAllIterationsBefore() {
    draw(1);
    end(0);
    assertEquals(List.of("start 0", "start 1", "end 0", "start 2"), order);
    end(2);
    assertFalse(running.containsKey(3), "iteration 1 is not done");
    end(1);
    assertTrue(running.containsKey(3));
  }

  @Test
  void eventualWaitsForNothing() {
    draw(Integer.MAX_VALUE / 2);
    assertEquals(List.of("start 0", "start 1", "start 2", "start 3"), order);
  }

  @Test
  void tasksOfAnIterationFollowTheirOwnDependencies() {
    var answer = new CompletableFuture<String>();
    var pull = graph.task("pull", 0).submit(() -> answer);
    var push =
        graph
            .task("push", 0)
            .after(pull)
            .submit(() -> CompletableFuture.completedFuture(pull.future().join() + "!"));
    assertEquals(0, pull.number());
    assertEquals(1, push.number());
    assertEquals("push (task 1, iteration 0)", push.toString());
    assertFalse(push.future().isDone());
    answer.complete("rows");
    assertEquals("rows!", push.future().join());
  }

  @Test
  void aFailureFailsWhatDependsOnItAndNothingElse() throws InterruptedException {
    var error = new HoldfastException(ErrorCode.STORE_FAILED, "the disk");
    var bad = graph.task("bad", 0).submit(() -> CompletableFuture.failedFuture(error));
    var after = graph.task("after", 1).after(bad).submit(() -> done("never"));
    var behind = graph.task("behind", 2).afterIteration(1).submit(() -> done("never"));
    var alone = graph.task("alone", 2).submit(() -> done("alone"));
    for (var failed : List.of(after, behind)) {
      var thrown = assertThrows(CompletionException.class, () -> failed.future().join());
      assertSame(error, thrown.getCause());
    }
    assertEquals("alone", alone.future().join());
    assertTrue(order.stream().noneMatch("never"::equals));
    var thrown = assertThrows(HoldfastException.class, () -> graph.await(Duration.ofSeconds(1)));
    assertSame(error, thrown);
    var throwing =
        graph
            .task("throwing", 3)
            .submit(
                () -> {
                  throw new IllegalStateException("a bug");
                });
    assertTrue(throwing.future().isCompletedExceptionally());
  }

  private CompletableFuture<String> done(String what) {
    order.add(what);
    return CompletableFuture.completedFuture(what);
  }

  @Test
  void awaitSaysWhatIsNotDone() throws InterruptedException {
    var open = new CompletableFuture<String>();
    var unused = graph.task("slow", 5).submit(() -> open);
    var thrown = assertThrows(HoldfastException.class, () -> graph.await(Duration.ofMillis(1)));
    assertEquals(ErrorCode.DEADLINE_EXCEEDED, thrown.code());
    assertTrue(String.valueOf(thrown.getMessage()).contains("slow (task 0"), thrown.getMessage());
    open.complete("");
    graph.await(Duration.ofSeconds(1));
  }

  @Test
  void cancellingFailsWhatHasNotStarted() {
    var open = new CompletableFuture<String>();
    var runs = graph.task("runs", 0).submit(() -> open);
    var waits = graph.task("waits", 1).afterIteration(0).submit(() -> done("never"));
    graph.cancel();
    assertEquals(ErrorCode.CLOSED, Settings.failure(waits.future()));
    var late = graph.task("late", 1).submit(() -> done("never"));
    assertEquals(ErrorCode.CLOSED, Settings.failure(late.future()));
    open.complete("value");
    assertEquals("value", runs.future().join());
    assertTrue(order.isEmpty());
  }

  @Test
  void longChainsNeedNoStack() {
    var threads = java.util.concurrent.Executors.newSingleThreadExecutor();
    try {
      var deep = new TaskGraph(threads);
      var first = new CompletableFuture<Integer>();
      var unused = deep.task("first", 0).submit(() -> first);
      TaskGraph.Task<Integer> last = null;
      for (int t = 1; t < 100_000; t++) {
        int value = t;
        last =
            deep.task("next", t)
                .afterIteration(t - 1)
                .submit(() -> CompletableFuture.completedFuture(value));
        if (t == 1) {
          first.complete(0);
        }
      }
      assertEquals(99_999, last == null ? 0 : last.future().join());
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aTaskComesAfterWhatIsEarlierAlone() {
    assertThrows(IllegalArgumentException.class, () -> graph.task("x", -1));
    assertThrows(IllegalArgumentException.class, () -> graph.task("x", 3).afterIteration(3));
    var later = graph.task("later", 4).submit(() -> done("later"));
    assertThrows(IllegalArgumentException.class, () -> graph.task("x", 3).after(later));
  }

  @Test
  void theFailureOfALongChainReachesItsEnd() {
    var first = new CompletableFuture<Integer>();
    var last = graph.task("chain", 0).submit(() -> first);
    for (int t = 1; t < 100_000; t++) {
      last = graph.task("chain", t).after(last).submit(() -> first);
    }
    first.completeExceptionally(new HoldfastException(ErrorCode.UNAVAILABLE, "as the test wishes"));
    assertTrue(last.future().isCompletedExceptionally());
    assertTrue(graph.all().isDone());
  }
}
