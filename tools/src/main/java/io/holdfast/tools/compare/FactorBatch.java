package io.holdfast.tools.compare;

import java.util.Arrays;

/** A mini-batch of ratings: the rows that it needs, and their gradients. */
final class FactorBatch {
  /** Items' rows stand behind those of all users. */
  private static final long FIRST_ITEM = 1L << 32;

  private final Ratings ratings;
  private final int from;
  private final int to;
  private final long[] keys;

  FactorBatch(Ratings ratings, int from, int to) {
    this.ratings = ratings;
    this.from = from;
    this.to = to;
    long[] all = new long[2 * (to - from)];
    for (int i = from; i < to; i++) {
      all[2 * (i - from)] = user(ratings.users()[i]);
      all[2 * (i - from) + 1] = item(ratings.items()[i]);
    }
    this.keys = Arrays.stream(all).sorted().distinct().toArray();
  }

  static long user(int user) {
    return user;
  }

  static long item(int item) {
    return FIRST_ITEM + item;
  }

  int size() {
    return to - from;
  }

  /** Ascending. */
  long[] keys() {
    return keys;
  }

  /**
   * Of half the squared error of each rating, and of half the squared norms of its two rows times
   * {@code l2}.
   *
   * @param rows {@code [keys][width]}
   */
  float[] gradient(float[] rows, int width, float l2) {
    float[] gradient = new float[rows.length];
    for (int i = from; i < to; i++) {
      int user = width * Arrays.binarySearch(keys, user(ratings.users()[i]));
      int item = width * Arrays.binarySearch(keys, item(ratings.items()[i]));
      float error = product(rows, user, item, width) - ratings.values()[i];
      for (int j = 0; j < width; j++) {
        gradient[user + j] += error * rows[item + j] + l2 * rows[user + j];
        gradient[item + j] += error * rows[user + j] + l2 * rows[item + j];
      }
    }
    return gradient;
  }

  /** Sum of the squared errors. */
  double squaredError(float[] rows, int width) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      int user = width * Arrays.binarySearch(keys, user(ratings.users()[i]));
      int item = width * Arrays.binarySearch(keys, item(ratings.items()[i]));
      double error = product(rows, user, item, width) - ratings.values()[i];
      sum += error * error;
    }
    return sum;
  }

  private static float product(float[] rows, int one, int other, int width) {
    float product = 0;
    for (int j = 0; j < width; j++) {
      product += rows[one + j] * rows[other + j];
    }
    return product;
  }
}
