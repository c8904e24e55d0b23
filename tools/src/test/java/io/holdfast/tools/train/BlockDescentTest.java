package io.holdfast.tools.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.UpdateContext;
import io.holdfast.store.rule.BatchRule;
import io.holdfast.store.rule.InstalledRules;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Workers' parts and the server's rule by turns on one thread, without a cluster, against a solver
 * that has nothing to do with either.
 */
class BlockDescentTest {
  private static final double L1 = 4;
  private static final Examples EXAMPLES = Problems.random(300, 30, 3);
  private static final LinearModel BEST = Problems.solveL1(EXAMPLES, L1);
  private static final double OPTIMUM = BEST.objective(EXAMPLES, L1, 0);

  /** What happened in a run. */
  private static final class Descent {
    final long[] keys = EXAMPLES.features();
    final float[] table = new float[2 * keys.length];
    final List<Double> objectives = new ArrayList<>();
    int pushedRows;
    private final BatchRule rule =
        InstalledRules.builtIn()
            .rule(TableSpec.sparse().width(2).rule(Rules.proximalNewton(L1, 0, 0.9 * L1)).build());

    Descent(BlockSettings settings, int workers, int passes) {
      List<BlockPart> parts = new ArrayList<>();
      for (int rank = 0; rank < workers; rank++) {
        parts.add(new BlockPart(BlockColumns.of(EXAMPLES, rank, workers, false), settings));
      }
      var order = new BlockOrder(settings.blocks(), settings.delay(), 1);
      var pending = new ArrayDeque<float[]>();
      objectives.add(objective());
      for (int t = 0; t < passes * settings.blocks(); t++) {
        if (t > settings.delay()) {
          float[] seen = pending.removeFirst();
          parts.forEach(part -> part.learn(part.keys(), rowsOf(part.keys(), seen)));
        }
        boolean all = settings.looksAtAll(t / settings.blocks(), passes);
        step(parts, order.block(t), all);
        pending.addLast(table.clone());
        if ((t + 1) % settings.blocks() == 0) {
          objectives.add(objective());
        }
      }
    }

    private void step(List<BlockPart> parts, int block, boolean all) {
      float[] sum = new float[table.length];
      boolean[] touched = new boolean[keys.length];
      for (BlockPart part : parts) {
        float[] values = part.gradient(block, all);
        for (int i = 0; i < part.keys(block).length; i++) {
          long key = part.keys(block)[i];
          if (all || !part.rests(key)) {
            int at = Arrays.binarySearch(keys, key);
            sum[2 * at] += values[2 * i];
            sum[2 * at + 1] += values[2 * i + 1];
            touched[at] = true;
            pushedRows++;
          }
        }
      }
      for (int i = 0; i < keys.length; i++) {
        if (touched[i]) {
          var values = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
          values.putFloat(0, sum[2 * i]).putFloat(4, sum[2 * i + 1]);
          rule.applyRun(table, 2 * i, 1, values, 0, new UpdateContext(1, 0, 0, 1, parts.size()));
        }
      }
    }

    private float[] rowsOf(long[] some, float[] from) {
      float[] rows = new float[2 * some.length];
      for (int i = 0; i < some.length; i++) {
        int at = Arrays.binarySearch(keys, some[i]);
        rows[2 * i] = from[2 * at];
        rows[2 * i + 1] = from[2 * at + 1];
      }
      return rows;
    }

    LinearModel model() {
      float[] weights = new float[keys.length];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = table[2 * i];
      }
      return new LinearModel(keys, weights);
    }

    private double objective() {
      return model().objective(EXAMPLES, L1, 0);
    }
  }

  @Test
  void theReferenceIsOptimal() {
    assertTrue(BEST.nonZeros() > 3 && BEST.nonZeros() < 28, BEST.nonZeros() + " of 30");
    for (int feature = 0; feature < 30; feature++) {
      for (float by : new float[] {-1e-3f, 1e-3f}) {
        float[] moved = BEST.weights().clone();
        moved[feature] += by;
        double objective = new LinearModel(BEST.keys(), moved).objective(EXAMPLES, L1, 0);
        assertTrue(objective > OPTIMUM - 1e-9, "feature " + feature + " by " + by);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0, 1, true",
    "4, 0, 1, true",
    "30, 0, 1, true",
    "4, 0, 1.7, false",
    "4, 0, 1.7, true",
    "6, 1, 1.7, true",
    "6, 5, 1.7, true",
    "10, 3, 1.7, false"
  })
  void reachesTheOptimumAndItsZeros(int blocks, int delay, double step, boolean kkt) {
    var settings = new BlockSettings(blocks, delay, step, kkt, 5, 0);
    var descent = new Descent(settings, 3, 400);
    assertEquals(OPTIMUM, descent.objectives.get(400), 1e-5 * OPTIMUM);
    assertEquals(BEST.nonZeros(), descent.model().nonZeros(), "weights that are not zero");
  }

  @Test
  void withoutDelayEveryPassLowersTheObjective() {
    for (double step : new double[] {0.5, 1, 1.7}) {
      var descent = new Descent(new BlockSettings(4, 0, step, true, 5, 0), 2, 60);
      for (int pass = 1; pass < 60; pass++) {
        double before = descent.objectives.get(pass - 1);
        double after = descent.objectives.get(pass);
        assertTrue(after <= before + 1e-4, "step " + step + ", pass " + pass);
      }
    }
  }

  @Test
  void theFilterLeavesOutWhatItSaysAndChangesNothingElse() {
    var with = new Descent(new BlockSettings(4, 0, 1.7, true, 5, 0), 2, 100);
    var without = new Descent(new BlockSettings(4, 0, 1.7, false, 5, 0), 2, 100);
    assertTrue(
        with.pushedRows < 0.9 * without.pushedRows,
        with.pushedRows + " rows pushed in place of " + without.pushedRows);
    assertEquals(without.objectives.get(100), with.objectives.get(100), 1e-4 * OPTIMUM);
  }
}
