package io.holdfast.it.sim;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The proof that the simulator bites: it finds each of these bugs within some seeds. */
@Execution(ExecutionMode.SAME_THREAD)
class SeededBugsTest {
  /** Each bug must show in the first so many seeds; most do in the first few. */
  private static final int SEEDS = 1500;

  /** The code as it is passes these, in which almost all of the bugs show. */
  private static final int CLEAN = 500;

  private record Found(SeededBug bug, long seed, String invariant) {}

  @Test
  void eachBugIsFoundAndWithoutBugsThereIsNothingToFind() throws Exception {
    try (var threads = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
      var searches =
          java.util.Arrays.stream(SeededBug.values())
              .map(bug -> threads.submit(() -> search(bug)))
              .toList();
      var missed = new StringBuilder();
      for (var search : searches) {
        var found = result(search);
        System.out.println(
            found.bug()
                + (found.seed() < 0
                    ? " NOT FOUND"
                    : ": seed " + found.seed() + ", " + found.invariant()));
        if (found.seed() < 0) {
          missed.append(' ').append(found.bug());
        }
      }
      assertTrue(missed.isEmpty(), "not found within " + SEEDS + " seeds:" + missed);
    }
    for (long seed = 1; seed <= CLEAN; seed++) {
      assertNull(Simulation.failure(seed));
    }
  }

  private static Found result(java.util.concurrent.Future<Found> search)
      throws InterruptedException, ExecutionException {
    return search.get();
  }

  private static Found search(SeededBug bug) {
    var world = MutatedWorld.with(bug);
    for (long seed = 1; seed <= SEEDS; seed++) {
      String violated = world.apply(seed);
      if (violated != null) {
        return new Found(bug, seed, violated);
      }
    }
    return new Found(bug, -1, "");
  }
}
