package io.holdfast.tools.train;

import java.util.Arrays;

/**
 * How well scores tell positives from negatives.
 *
 * @param auc area under the ROC curve; NaN where all labels are the same
 * @param logLoss mean of {@code -log p(label)}, natural logarithm
 * @param accuracy share of examples on the right side of p = 0.5
 */
record Metrics(double auc, double logLoss, double accuracy) {
  /** Probabilities are taken to be within this and 1 minus this, so that no loss is infinite. */
  static final double CLIP = 1e-15;

  /**
   * @param margins {@code w.x} of each example
   * @param positive its label
   */
  static Metrics of(double[] margins, boolean[] positive) {
    double loss = 0;
    long right = 0;
    for (int i = 0; i < margins.length; i++) {
      double p = Math.min(1 - CLIP, Math.max(CLIP, sigmoid(margins[i])));
      loss -= positive[i] ? Math.log(p) : Math.log1p(-p);
      right += (margins[i] > 0) == positive[i] ? 1 : 0;
    }
    int count = Math.max(1, margins.length);
    return new Metrics(auc(margins, positive), loss / count, (double) right / count);
  }

  static double sigmoid(double margin) {
    return 1 / (1 + Math.exp(-margin));
  }

  /** {@code log(1 + exp(-y margin))} without overflow; not clipped. */
  static double logLoss(double margin, boolean positive) {
    double agreement = positive ? margin : -margin;
    return Math.max(0, -agreement) + Math.log1p(Math.exp(-Math.abs(agreement)));
  }

  /**
   * Exact area under the ROC curve: the chance that a positive scores above a negative, ties
   * counting half, from the rank sum of the positives (Mann and Whitney, 1947). O(n log n).
   */
  static double auc(double[] scores, boolean[] positive) {
    double[] positives = chosen(scores, positive, true);
    double[] negatives = chosen(scores, positive, false);
    if (positives.length == 0 || negatives.length == 0) {
      return Double.NaN;
    }
    double wins = 0;
    int below = 0;
    int notAbove = 0;
    for (double score : positives) {
      while (below < negatives.length && negatives[below] < score) {
        below++;
      }
      while (notAbove < negatives.length && negatives[notAbove] <= score) {
        notAbove++;
      }
      wins += (below + notAbove) / 2.0;
    }
    return wins / positives.length / negatives.length;
  }

  private static double[] chosen(double[] scores, boolean[] positive, boolean which) {
    double[] chosen = new double[scores.length];
    int count = 0;
    for (int i = 0; i < scores.length; i++) {
      if (positive[i] == which) {
        chosen[count++] = scores[i] + 0.0; // -0.0 would sort below 0.0, and they are a tie
      }
    }
    double[] sorted = Arrays.copyOf(chosen, count);
    Arrays.sort(sorted);
    return sorted;
  }
}
