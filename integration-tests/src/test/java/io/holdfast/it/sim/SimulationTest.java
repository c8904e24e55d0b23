package io.holdfast.it.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/**
 * Runs of the simulator that find nothing. Some hundred seeds by default; any number with
 *
 * <pre>
 *   mvn -pl integration-tests -am -Dtest=SimulationTest -Dsurefire.failIfNoSpecifiedTests=false \
 *       -Dholdfast.sim.seeds=50000 test
 * </pre>
 *
 * <p>{@code -Dholdfast.sim.from} gives the first of them; {@code -Dholdfast.sim.seed=N} in place of
 * both runs one seed and prints all that happens.
 */
class SimulationTest {
  private static final int SEEDS = 600;

  @Test
  void nothingIsFound() throws InterruptedException {
    var one = Long.getLong("holdfast.sim.seed");
    if (one != null) {
      System.out.println(Simulation.run(one, true, true));
      return;
    }
    var summary =
        SimulationMain.runAll(
            Long.getLong("holdfast.sim.from", 1), Long.getLong("holdfast.sim.seeds", SEEDS));
    System.out.println(summary);
    assertTrue(summary.acknowledged() > summary.runs(), "the workers did nothing");
  }

  @Test
  void aSeedReplaysExactly() {
    for (long seed = 1; seed <= 20; seed++) {
      assertEquals(Simulation.run(seed), Simulation.run(seed, true, false));
    }
  }
}
