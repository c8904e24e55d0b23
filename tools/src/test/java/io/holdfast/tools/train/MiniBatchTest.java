package io.holdfast.tools.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MiniBatchTest {
  private final Examples examples = Problems.random(103, 12, 5);

  @Test
  void keysAreTheBatchesFeaturesAscendingAndDistinctBehindTheIntercept() {
    var settings = Problems.settings(2, 1, 3, "eventual");
    var batcher = new MiniBatch.Batcher(Stripe.ofShared(examples, settings, 0), true, 0);
    for (int number = 0; number < settings.batchesPerPass(examples.count()); number++) {
      long[] keys = batcher.batch(number).keys();
      assertEquals(LinearModel.INTERCEPT_KEY, keys[0]);
      for (int i = 1; i < keys.length; i++) {
        assertTrue(keys[i - 1] < keys[i]);
      }
    }
  }

  @Test
  void gradientIsTheSlopeOfTheLoss() {
    for (boolean intercept : new boolean[] {true, false}) {
      var stripe = Stripe.ofShared(examples, Problems.settings(1, 1, 40, "eventual"), 0);
      MiniBatch batch = new MiniBatch.Batcher(stripe, intercept, 0).batch(0);
      float[] weights = new float[batch.keys().length];
      var random = new Random(3);
      for (int i = 0; i < weights.length; i++) {
        weights[i] = (float) random.nextGaussian();
      }
      float[] gradient = batch.gradient(weights, intercept);
      for (int i = 0; i < weights.length; i++) {
        float kept = weights[i];
        weights[i] = kept + 0.01f;
        batch.gradient(weights, intercept);
        double above = batch.lossSum();
        weights[i] = kept - 0.01f;
        batch.gradient(weights, intercept);
        double slope = (above - batch.lossSum()) / 0.02;
        weights[i] = kept;
        assertEquals(slope, gradient[i], 1e-3, "key " + batch.keys()[i]);
      }
    }
  }

  @Test
  void sharesOfThePenaltyAddUpInAPass() {
    var settings = Problems.settings(3, 1, 8, "eventual");
    var plain = new HashMap<Long, Double>();
    var penalized = new HashMap<Long, Double>();
    for (int rank = 0; rank < 3; rank++) {
      Stripe stripe = Stripe.ofShared(examples, settings, rank);
      addGradients(plain, stripe, 0);
      addGradients(penalized, stripe, 0.9 / 3);
    }
    plain.forEach(
        (key, sum) ->
            assertEquals(0.9 * 2, penalized.getOrDefault(key, 0.0) - sum, 1e-3, "key " + key));
  }

  private static void addGradients(Map<Long, Double> sums, Stripe stripe, double l2) {
    var batcher = new MiniBatch.Batcher(stripe, true, l2);
    for (int number = 0; number < stripe.batchesPerPass(); number++) {
      MiniBatch batch = batcher.batch(number);
      float[] weights = new float[batch.keys().length];
      java.util.Arrays.fill(weights, 2);
      float[] gradient = batch.gradient(weights, true);
      for (int i = 0; i < gradient.length; i++) {
        sums.merge(batch.keys()[i], (double) gradient[i], Double::sum);
      }
    }
  }

  @Test
  void stripesHaveEquallyManyBatchesAndEveryExampleOnceInAPass() {
    for (int workers = 1; workers <= 5; workers++) {
      var settings = Problems.settings(workers, 2, 7, "eventual");
      for (int pass = 0; pass < 2; pass++) {
        int[] seen = new int[examples.count()];
        for (int rank = 0; rank < workers; rank++) {
          Stripe stripe = Stripe.ofShared(examples, settings, rank);
          int perPass = stripe.batchesPerPass();
          assertEquals(settings.batchesPerPass(examples.count()), perPass);
          for (int number = pass * perPass; number < (pass + 1) * perPass; number++) {
            for (int i = 0; i < stripe.size(number); i++) {
              seen[stripe.row(number, i)]++;
            }
          }
        }
        int[] once = new int[seen.length];
        java.util.Arrays.fill(once, 1);
        assertArrayEquals(once, seen, workers + " workers, pass " + pass);
      }
    }
  }

  @Test
  void aStripeThatIsTooShortEndsWithAnEmptyBatch() {
    Examples three = Problems.random(3, 4, 1);
    Stripe shorter = Stripe.ofShared(three, Problems.settings(2, 1, 1, "sequential"), 1);
    assertEquals(2, shorter.batchesPerPass());
    assertEquals(1, shorter.size(0));
    assertEquals(0, shorter.size(1));
    MiniBatch empty = new MiniBatch.Batcher(shorter, true, 0).batch(1);
    assertEquals(0, empty.keys().length);
  }
}
