package io.holdfast.it.sim;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
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

  /**
   * Where a bug showed that takes long to show: tried first. Where it does not show there any more,
   * because the simulator rolls its dice otherwise, all are tried as for any other bug; then write
   * down the seed that this test prints.
   */
  private static final Map<SeededBug, Long> SHOWED =
      Map.ofEntries(
          entry(SeededBug.ACTIVATES_BEFORE_ALL_HOLD_THE_LOG, 299L),
          entry(SeededBug.LATEST_BEFORE_THE_LOG_IS_APPLIED, 69L),
          entry(SeededBug.LOG_OF_AN_ATTACHED_JOINER_IS_LET_GO, 1139L),
          entry(SeededBug.SEQ_GAP_IS_TAKEN, 70L),
          entry(SeededBug.LATEST_BEFORE_ACTIVATION, 133L),
          entry(SeededBug.NEWCOMER_BEGINS_WHERE_ONE_RANGE_IS, 169L),
          entry(SeededBug.UNACTIVATED_JOINER_LEADS, 36L),
          entry(SeededBug.DAMAGED_REPLICA_RECOVERS_A_RANGE, 312L),
          entry(SeededBug.ACTIVATION_DOES_NOT_WAIT_FOR_LEASES, 47L),
          entry(SeededBug.PULLS_STATE_NO_VERSION_OF_THE_BOUND, 134L),
          entry(SeededBug.WHAT_A_PULL_STATES_IS_IGNORED, 134L),
          entry(SeededBug.LEASE_IS_NOT_CHECKED, 859L));

  private record Found(SeededBug bug, long seed, String invariant) {}

  @Test
  void eachBugIsFoundAndWithoutBugsThereIsNothingToFind() throws Exception {
    try (var threads = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
      var searches =
          java.util.Arrays.stream(SeededBug.values())
              .map(bug -> threads.submit(() -> search(bug)))
              .toList();
      var clean =
          LongStream.rangeClosed(1, CLEAN)
              .mapToObj(seed -> threads.submit(() -> Simulation.failure(seed)))
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
      for (var seed : clean) {
        assertNull(seed.get());
      }
    }
  }

  private static Found result(java.util.concurrent.Future<Found> search)
      throws InterruptedException, ExecutionException {
    return search.get();
  }

  private static Found search(SeededBug bug) {
    var world = MutatedWorld.with(bug);
    var showed = SHOWED.get(bug);
    var first = showed == null ? LongStream.empty() : LongStream.of(showed);
    for (long seed : LongStream.concat(first, LongStream.rangeClosed(1, SEEDS)).toArray()) {
      String violated = world.apply(seed);
      if (violated != null) {
        return new Found(bug, seed, violated);
      }
    }
    return new Found(bug, -1, "");
  }
}
