package io.holdfast.tools.mf;

import java.util.Arrays;

/**
 * Some ratings: the rows that they need, and the gradients of these. A row is a bias, then the
 * factors; a rating is predicted as the mean of all, the two biases, and the product of the
 * factors.
 */
final class RatingBatch {
  /** Items' rows stand behind those of all users. */
  private static final long FIRST_ITEM = 1L << 32;

  private final long[] keys;
  private final int[] userRows;
  private final int[] itemRows;
  private final float[] values;
  private double squaredError;

  /**
   * @param order numbers of ratings
   * @param from first of the order to take
   * @param to behind the last
   */
  RatingBatch(Ratings ratings, int[] order, int from, int to) {
    int count = to - from;
    long[] all = new long[2 * count];
    this.values = new float[count];
    for (int i = 0; i < count; i++) {
      int which = order[from + i];
      all[2 * i] = user(ratings.users()[which]);
      all[2 * i + 1] = item(ratings.items()[which]);
      values[i] = ratings.values()[which];
    }
    this.keys = Arrays.stream(all).sorted().distinct().toArray();
    this.userRows = new int[count];
    this.itemRows = new int[count];
    for (int i = 0; i < count; i++) {
      userRows[i] = Arrays.binarySearch(keys, all[2 * i]);
      itemRows[i] = Arrays.binarySearch(keys, all[2 * i + 1]);
    }
  }

  /** All of them. */
  static RatingBatch of(Ratings ratings) {
    int[] order = new int[ratings.count()];
    Arrays.setAll(order, i -> i);
    return new RatingBatch(ratings, order, 0, order.length);
  }

  /** Of a user's row. */
  static long user(int user) {
    return user;
  }

  /** Of an item's row. */
  static long item(int item) {
    return FIRST_ITEM + item;
  }

  int size() {
    return values.length;
  }

  /** Ascending. */
  long[] keys() {
    return keys;
  }

  /**
   * Of half the squared error of each rating, and of half the squared norms of its two rows times
   * {@code l2}: the sum over the batch.
   *
   * @param rows {@code [keys][width]}
   * @param averaged divide what a row gets by how many ratings of the batch it has
   */
  float[] gradient(float[] rows, int width, double mean, double l2, boolean averaged) {
    float[] gradient = new float[rows.length];
    int[] ratings = new int[keys.length];
    float penalty = (float) l2;
    squaredError = 0;
    for (int i = 0; i < values.length; i++) {
      int user = width * userRows[i];
      int item = width * itemRows[i];
      float error = error(rows, width, mean, i);
      squaredError += (double) error * error;
      gradient[user] += error + penalty * rows[user];
      gradient[item] += error + penalty * rows[item];
      for (int j = 1; j < width; j++) {
        gradient[user + j] += error * rows[item + j] + penalty * rows[user + j];
        gradient[item + j] += error * rows[user + j] + penalty * rows[item + j];
      }
      ratings[userRows[i]]++;
      ratings[itemRows[i]]++;
    }
    for (int i = 0; averaged && i < gradient.length; i++) {
      gradient[i] /= ratings[i / width];
    }
    return gradient;
  }

  /** Sum of the squared errors that the last {@link #gradient} found. */
  double squaredError() {
    return squaredError;
  }

  /** Sum of the squared errors with these rows. */
  double squaredError(float[] rows, int width, double mean) {
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      double error = error(rows, width, mean, i);
      sum += error * error;
    }
    return sum;
  }

  private float error(float[] rows, int width, double mean, int rating) {
    int user = width * userRows[rating];
    int item = width * itemRows[rating];
    float predicted = (float) mean + rows[user] + rows[item];
    for (int j = 1; j < width; j++) {
      predicted += rows[user + j] * rows[item + j];
    }
    return predicted - values[rating];
  }
}
