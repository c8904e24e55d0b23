package io.holdfast.tools.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BlockPartTest {
  private static final long SEED = 7;
  private static final Examples EXAMPLES = Problems.random(400, 12, SEED);

  private static BlockSettings settings(int blocks, int delay) {
    return new BlockSettings(blocks, delay, 1, true, 5, 0);
  }

  private static BlockPart part(BlockSettings settings) {
    return new BlockPart(BlockColumns.of(EXAMPLES, 0, 1, true), settings);
  }

  /** Rows of random weights and radii, as they would be pulled. */
  private static float[] rows(int count, double radius, Random random) {
    float[] rows = new float[2 * count];
    for (int i = 0; i < count; i++) {
      rows[2 * i] = (float) random.nextGaussian();
      rows[2 * i + 1] = (float) (radius * (0.5 + random.nextDouble()));
    }
    return rows;
  }

  @Test
  void blocksHaveAllKeysOnceInOrder() {
    var part = part(settings(4, 0));
    assertArrayEquals(LinearModel.keysOf(EXAMPLES, true), part.keys());
    for (int block = 0; block < 4; block++) {
      assertTrue(part.keys(block).length >= 3, "features in block " + block);
    }
  }

  @Test
  void theGradientIsTheSlopeOfTheLoss() {
    var random = new Random(SEED);
    var settings = settings(3, 0);
    var part = part(settings);
    long[] keys = part.keys();
    float[] rows = rows(keys.length, 0.1, random);
    part.learn(keys, rows);
    int at = 0;
    for (int block = 0; block < 3; block++) {
      float[] values = part.gradient(block, true);
      for (int i = 0; i < part.keys(block).length; i++, at++) {
        float step = 1f / 64;
        double slope = (lossWith(rows, at, step) - lossWith(rows, at, -step)) / (2 * step);
        assertEquals(slope, values[2 * i], 0.05, "key " + part.keys(block)[i]);
      }
    }
  }

  private static double lossWith(float[] rows, int changed, float by) {
    float[] moved = rows.clone();
    moved[2 * changed] += by;
    return loss(moved);
  }

  private static double loss(float[] rows) {
    var part = part(settings(1, 0));
    part.learn(part.keys(), rows);
    return part.lossSum();
  }

  /** Whatever step the radii allow, and whichever of them is taken by how many weights. */
  @Test
  void theCurvatureBoundsTheLossWithinTheRadii() {
    var random = new Random(SEED);
    for (int trial = 0; trial < 300; trial++) {
      var part = part(settings(3, 0));
      long[] keys = part.keys();
      float[] rows = rows(keys.length, random.nextBoolean() ? 0.05 : 2, random);
      part.learn(keys, rows);
      double before = part.lossSum();
      int block = trial % 3;
      float[] values = part.gradient(block, true);
      int from = Arrays.binarySearch(keys, part.keys(block)[0]);
      float[] moved = rows.clone();
      double bound = before;
      for (int i = 0; i < part.keys(block).length; i++) {
        int at = 2 * (from + i);
        float radius = rows[at + 1];
        float by = radius * Math.max(-1, Math.min(1, (float) random.nextGaussian()));
        moved[at] += by;
        bound += values[2 * i] * by + values[2 * i + 1] * by * by / 2;
      }
      assertTrue(loss(moved) <= bound + 1e-3, "trial " + trial + ", seed " + SEED);
    }
  }

  @Test
  void theCurvatureOfASmallRadiusIsCloseToTheSecondDerivative() {
    var builder = new Examples.Builder();
    for (int row = 0; row < 50; row++) {
      builder.add(5, 1);
      builder.end(row % 5 == 0);
    }
    var part = new BlockPart(BlockColumns.of(builder.build(), 0, 1, false), settings(1, 0));
    part.learn(new long[] {5}, new float[] {-2, 1e-3f});
    double p = Metrics.sigmoid(-2);
    assertEquals(50 * p * (1 - p), part.gradient(0, true)[1], 0.02);
  }

  @Test
  void delayAndShorterStepsMakeTheCurvatureLarger() {
    float plain = part(settings(4, 0)).gradient(1, true)[1];
    float delayed = part(settings(4, 2)).gradient(1, true)[1];
    float longer = part(new BlockSettings(4, 0, 1.5, true, 5, 0)).gradient(1, true)[1];
    assertTrue(delayed > plain, delayed + " with delay, " + plain + " without");
    assertEquals(plain / 1.5, longer, 1e-3 * plain);
  }

  @Test
  void sumsDoNotDependOnTheOrderInWhichWeightsCame() {
    var random = new Random(SEED);
    var once = part(settings(3, 0));
    var often = part(settings(3, 0));
    long[] keys = once.keys();
    for (int i = 0; i < 50; i++) {
      often.learn(keys, rows(keys.length, 1, random));
    }
    float[] rows = rows(keys.length, 1, random);
    for (int i = keys.length - 1; i >= 0; i--) {
      often.learn(new long[] {keys[i]}, Arrays.copyOfRange(rows, 2 * i, 2 * i + 2));
    }
    once.learn(keys, rows);
    assertEquals(once.lossSum(), often.lossSum(), 0.0);
    assertArrayEquals(once.gradient(1, true), often.gradient(1, true));
  }

  @Test
  void weightsThatRestHaveNoGradientUntilAllAreLookedAt() {
    var part = part(settings(1, 0));
    long[] keys = part.keys(0);
    float[] awake = part.gradient(0, true);
    part.learn(new long[] {keys[2]}, new float[] {0, -1});
    assertTrue(part.rests(keys[2]));
    assertFalse(part.rests(keys[1]));
    assertFalse(part.rests(11), "a key of nobody");
    assertEquals(keys.length - 1, part.wakefulKeys(0).length);
    assertArrayEquals(awake, part.gradient(0, true));
    float[] values = part.gradient(0, false);
    assertEquals(0, values[4]);
    assertEquals(0, values[5]);
    assertEquals(awake[0], values[0]);
    assertTrue(values[1] < awake[1], "what does not move bends nothing");
    part.learn(new long[] {keys[2]}, new float[] {0, 1});
    assertArrayEquals(awake, part.gradient(0, false));
  }

  @Test
  void theLargestChangeIsThatSinceTheLastTime() {
    var part = part(settings(1, 0));
    long[] keys = part.keys();
    part.learn(new long[] {keys[0], keys[1]}, new float[] {0.5f, 1, -0.75f, 1});
    assertEquals(0.75, part.takeLargestChange());
    part.learn(new long[] {keys[0]}, new float[] {0.25f, 1});
    assertEquals(0.25, part.takeLargestChange());
    assertEquals(0, part.takeLargestChange());
  }

  @Test
  void stripesAddUpToTheWhole() {
    var whole = part(settings(2, 0));
    float[] sum = whole.gradient(1, true);
    double loss = whole.lossSum();
    for (int rank = 0; rank < 3; rank++) {
      var stripe = new BlockPart(BlockColumns.of(EXAMPLES, rank, 3, true), settings(2, 0));
      float[] values = stripe.gradient(1, true);
      for (int i = 0; i < values.length; i++) {
        sum[i] -= values[i];
      }
      loss -= stripe.lossSum();
    }
    for (float left : sum) {
      assertEquals(0, left, 1e-4);
    }
    assertEquals(0, loss, 1e-9);
  }

  @Test
  void aLossThatIsCertainStaysFinite() {
    var builder = new Examples.Builder();
    builder.add(1, 1e6f);
    builder.end(true);
    var part = new BlockPart(BlockColumns.of(builder.build(), 0, 1, false), settings(1, 0));
    part.learn(new long[] {1}, new float[] {100, 1});
    for (float value : part.gradient(0, true)) {
      assertTrue(Float.isFinite(value), "" + value);
    }
  }

  @Test
  void aFeatureOfOthersIsAnEmptyColumnAndZerosAreNoEntries() {
    var builder = new Examples.Builder(0, 2, true);
    builder.add(3, 2);
    builder.add(5, 0);
    builder.end(true);
    builder.add(4, 1);
    builder.end(false);
    var columns = BlockColumns.of(builder.build(), 0, 1, false);
    assertArrayEquals(new long[] {3, 4, 5}, columns.keys());
    assertEquals(1, columns.examples());
    assertFalse(columns.isEmpty(0));
    assertTrue(columns.isEmpty(1));
    assertTrue(columns.isEmpty(2));
    assertArrayEquals(new double[] {2}, columns.norm());
    assertArrayEquals(
        new long[] {3},
        new BlockPart(columns, settings(3, 0)).keys(),
        "only what it has is pushed");
  }
}
