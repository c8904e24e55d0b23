package io.holdfast.tools.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class MetricsTest {
  @Test
  void aucIsTheShareOfPairsInOrderWithTiesCountingHalf() {
    for (long seed = 0; seed < 50; seed++) {
      var random = new Random(seed);
      int count = 2 + random.nextInt(200);
      double[] scores = new double[count];
      boolean[] positive = new boolean[count];
      for (int i = 0; i < count; i++) {
        positive[i] = i == 0 || (i > 1 && random.nextBoolean());
        scores[i] = random.nextInt(12) - 6;
      }
      assertEquals(
          byDefinition(scores, positive), Metrics.auc(scores, positive), 1e-12, "seed " + seed);
    }
  }

  @Test
  void zerosOfEitherSignAreATie() {
    assertEquals(0.5, Metrics.auc(new double[] {0.0, -0.0}, new boolean[] {true, false}));
  }

  @Test
  void aucOfOneClassCannotBeTold() {
    assertTrue(Double.isNaN(Metrics.auc(new double[] {1, 2}, new boolean[] {true, true})));
  }

  @Test
  void logLossAndAccuracyAreMeansOverExamples() {
    double margin = Math.log(3); // p = 3/4
    Metrics metrics = Metrics.of(new double[] {margin, margin}, new boolean[] {true, false});
    assertEquals(-(Math.log(0.75) + Math.log(0.25)) / 2, metrics.logLoss(), 1e-12);
    assertEquals(0.5, metrics.accuracy());
  }

  @Test
  void logLossOfACertainMistakeIsClipped() {
    Metrics metrics = Metrics.of(new double[] {-1e6}, new boolean[] {true});
    assertEquals(-Math.log(Metrics.CLIP), metrics.logLoss(), 1e-9);
  }

  @Test
  void lossOfAMarginNeitherOverflowsNorLosesDigits() {
    assertEquals(1e6, Metrics.logLoss(-1e6, true));
    assertEquals(Math.exp(-40), Metrics.logLoss(40, true), 1e-30);
    assertEquals(Math.log(2), Metrics.logLoss(0, false), 1e-15);
  }

  private static double byDefinition(double[] scores, boolean[] positive) {
    double wins = 0;
    long pairs = 0;
    for (int i = 0; i < scores.length; i++) {
      for (int j = 0; j < scores.length; j++) {
        if (positive[i] && !positive[j]) {
          pairs++;
          wins += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
        }
      }
    }
    return wins / pairs;
  }
}
