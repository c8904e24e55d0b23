package io.holdfast.tools.mf;

import java.util.SplittableRandom;

/**
 * The same model by stochastic gradient descent of one thread, a rating at a time, in double: what
 * runs are held against. It shares no code with the job.
 */
final class PlainFactorisation {
  private PlainFactorisation() {}

  /** Root of the mean squared error on the held-out ratings. */
  static double error(MfData data, int rank, int passes, double rate, double l2, long seed) {
    var random = new SplittableRandom(seed);
    Ratings train = data.train();
    double[][] users = rows(random, train.users(), data.heldOut().users(), rank);
    double[][] items = rows(random, train.items(), data.heldOut().items(), rank);
    for (int pass = 0; pass < passes; pass++) {
      double step = rate / (1 + 0.3 * pass);
      for (int n = 0; n < train.count(); n++) {
        int i = random.nextInt(train.count());
        double[] user = users[train.users()[i]];
        double[] item = items[train.items()[i]];
        double error = predict(user, item, data.mean()) - train.values()[i];
        user[0] -= step * (error + l2 * user[0]);
        item[0] -= step * (error + l2 * item[0]);
        for (int j = 1; j <= rank; j++) {
          double before = user[j];
          user[j] -= step * (error * item[j] + l2 * user[j]);
          item[j] -= step * (error * before + l2 * item[j]);
        }
      }
    }
    double sum = 0;
    Ratings heldOut = data.heldOut();
    for (int i = 0; i < heldOut.count(); i++) {
      double error =
          predict(users[heldOut.users()[i]], items[heldOut.items()[i]], data.mean())
              - heldOut.values()[i];
      sum += error * error;
    }
    return Math.sqrt(sum / heldOut.count());
  }

  private static double predict(double[] user, double[] item, double mean) {
    double predicted = mean + user[0] + item[0];
    for (int j = 1; j < user.length; j++) {
      predicted += user[j] * item[j];
    }
    return predicted;
  }

  private static double[][] rows(SplittableRandom random, int[] some, int[] others, int rank) {
    int count = 0;
    for (int id : some) {
      count = Math.max(count, id + 1);
    }
    for (int id : others) {
      count = Math.max(count, id + 1);
    }
    double[][] rows = new double[count][rank + 1];
    for (double[] row : rows) {
      for (int j = 0; j <= rank; j++) {
        row[j] = 0.1 * random.nextGaussian();
      }
    }
    return rows;
  }
}
