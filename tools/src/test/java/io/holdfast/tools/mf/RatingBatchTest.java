package io.holdfast.tools.mf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RatingBatchTest {
  private static final double MEAN = 0.25;
  private static final int WIDTH = 3;
  private static final Ratings RATINGS =
      new Ratings(new int[] {0, 0, 1, 7}, new int[] {0, 1, 0, 7}, new float[] {1, -1, 2, 9});

  private final RatingBatch batch = new RatingBatch(RATINGS, new int[] {2, 0, 1, 3}, 0, 3);

  private static float[] rows() {
    return new float[] {0.1f, 0.5f, 1, -0.2f, -1, 0.25f, 0.3f, 2, 1, 0.4f, 0.75f, -0.5f};
  }

  @Test
  void needsTheRowsOfItsRatingsOnce() {
    assertArrayEquals(new long[] {0, 1, RatingBatch.item(0), RatingBatch.item(1)}, batch.keys());
  }

  @Test
  void gradientsAreThoseOfTheSquaredErrorAndThePenalty() {
    float[] rows = rows();
    double l2 = 0.125;
    float[] gradient = batch.gradient(rows, WIDTH, MEAN, l2, /* averaged= */ false);
    assertEquals(batch.squaredError(rows, WIDTH, MEAN), batch.squaredError(), 1e-9);
    int[] ratingsOf = {2, 1, 2, 1};
    for (int i = 0; i < rows.length; i++) {
      float step = 1e-2f;
      float[] above = rows.clone();
      above[i] += step;
      float[] below = rows.clone();
      below[i] -= step;
      double slope =
          (batch.squaredError(above, WIDTH, MEAN) - batch.squaredError(below, WIDTH, MEAN))
              / (4 * step);
      double penalty = l2 * ratingsOf[i / WIDTH] * rows[i];
      assertEquals(slope + penalty, gradient[i], 1e-3, "value " + i);
    }
  }

  @Test
  void anAveragedGradientIsTheSumDividedByTheRowsRatings() {
    float[] sum = batch.gradient(rows(), WIDTH, MEAN, 0.1, /* averaged= */ false);
    float[] mean = batch.gradient(rows(), WIDTH, MEAN, 0.1, /* averaged= */ true);
    int[] ratingsOf = {2, 1, 2, 1};
    for (int i = 0; i < sum.length; i++) {
      assertEquals(sum[i] / ratingsOf[i / WIDTH], mean[i], 1e-6, "value " + i);
    }
  }
}
