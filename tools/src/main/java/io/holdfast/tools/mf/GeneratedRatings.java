package io.holdfast.tools.mf;

import java.util.SplittableRandom;

/**
 * Ratings of known factors: a mean, a bias and a hidden vector of each user and item, and noise.
 * What the best model cannot predict is the noise.
 *
 * @param users that there are
 * @param items that there are
 * @param rank values of a hidden vector
 * @param noise standard deviation
 * @param skewed whether users and items are drawn by Zipf's law; otherwise some are drawn a few
 *     times as often as others, and all of them often
 */
record GeneratedRatings(int users, int items, int rank, double noise, boolean skewed) {
  static final double MEAN = 3.5;

  private static final double BIAS = 0.3;
  private static final double PRODUCT = 0.8;

  /** So many users and items that a factorisation comes close to the noise. */
  static GeneratedRatings suiting(int ratings) {
    return new GeneratedRatings(
        Math.max(20, ratings / 100), Math.max(10, ratings / 200), 4, 0.3, false);
  }

  /** Most users and items have a handful of ratings: pushes have many rows. */
  static final GeneratedRatings SPARSE = new GeneratedRatings(4_000, 2_000, 8, 0.1, true);

  /** So many ratings, the same for the same seed. */
  Ratings draw(int count, long seed) {
    var hidden = new SplittableRandom(seed);
    double[] ofUsers = vectors(hidden, users);
    double[] ofItems = vectors(hidden, items);
    SplittableRandom random = hidden.split();
    var ratings = new Ratings.Builder();
    for (int i = 0; i < count; i++) {
      int user = drawn(random, users);
      int item = drawn(random, items);
      double value =
          MEAN
              + noise * random.nextGaussian()
              + BIAS * (ofUsers[user * (rank + 1)] + ofItems[item * (rank + 1)]);
      for (int j = 1; j <= rank; j++) {
        value += ofUsers[user * (rank + 1) + j] * ofItems[item * (rank + 1) + j];
      }
      ratings.add(user, item, (float) value);
    }
    return ratings.build();
  }

  /** A bias of variance 1, and factors such that the product of two vectors has its deviation. */
  private double[] vectors(SplittableRandom random, int count) {
    double[] values = new double[count * (rank + 1)];
    double deviation = Math.sqrt(PRODUCT / Math.sqrt(rank));
    for (int i = 0; i < values.length; i++) {
      values[i] = (i % (rank + 1) == 0 ? 1 : deviation) * random.nextGaussian();
    }
    return values;
  }

  private int drawn(SplittableRandom random, int count) {
    double uniform = random.nextDouble();
    double place =
        skewed
            ? Math.exp(uniform * Math.log(count + 1.0)) - 1
            : count * uniform * Math.sqrt(uniform);
    return Math.min(count - 1, Math.max(0, (int) place));
  }
}
