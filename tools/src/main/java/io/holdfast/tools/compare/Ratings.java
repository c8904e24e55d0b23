package io.holdfast.tools.compare;

import java.util.SplittableRandom;

/**
 * Made-up ratings: users and items drawn by Zipf's law, each rating the product of two hidden
 * vectors of 8 values plus noise.
 *
 * @param users of each rating
 * @param items of each rating
 * @param values of each rating; variance 1 without the noise
 */
record Ratings(int[] users, int[] items, float[] values) {
  static final int USERS = 4_000;
  static final int ITEMS = 2_000;

  private static final int RANK = 8;
  private static final double NOISE = 0.1;

  /** So many, the same for the same seed. */
  static Ratings draw(int count, long seed) {
    var hidden = new SplittableRandom(0x5eed);
    double[] ofUsers = vectors(hidden, USERS);
    double[] ofItems = vectors(hidden, ITEMS);
    var random = new SplittableRandom(seed);
    var ratings = new Ratings(new int[count], new int[count], new float[count]);
    for (int i = 0; i < count; i++) {
      int user = zipf(random, USERS);
      int item = zipf(random, ITEMS);
      double value = NOISE * random.nextGaussian();
      for (int j = 0; j < RANK; j++) {
        value += ofUsers[user * RANK + j] * ofItems[item * RANK + j];
      }
      ratings.users[i] = user;
      ratings.items[i] = item;
      ratings.values[i] = (float) value;
    }
    return ratings;
  }

  int count() {
    return users.length;
  }

  private static double[] vectors(SplittableRandom random, int count) {
    double[] values = new double[count * RANK];
    double deviation = Math.pow(RANK, -0.25); // so that a product of two vectors has variance 1
    for (int i = 0; i < values.length; i++) {
      values[i] = deviation * random.nextGaussian();
    }
    return values;
  }

  private static int zipf(SplittableRandom random, int count) {
    int rank = (int) Math.exp(random.nextDouble() * Math.log(count + 1.0)) - 1;
    return Math.min(count - 1, Math.max(0, rank));
  }
}
