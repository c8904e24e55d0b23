package io.holdfast.tools.train;

import java.util.Arrays;

/**
 * One mini-batch: its distinct features as sorted keys, and the gradient of its log-loss at given
 * weights. Made by a {@link Batcher}; keys and gradient are arrays of its own, which a pull and a
 * push can refer to until they end.
 */
final class MiniBatch {
  static final MiniBatch EMPTY =
      new MiniBatch(
          new Examples.Builder().build(), new int[0], new long[0], new int[0], new float[0]);

  private final Examples examples;
  private final int[] rows;
  private final long[] keys;
  private final int[] entries;
  private final float[] decay;
  private double lossSum;

  private MiniBatch(Examples examples, int[] rows, long[] keys, int[] entries, float[] decay) {
    this.examples = examples;
    this.rows = rows;
    this.keys = keys;
    this.entries = entries;
    this.decay = decay;
  }

  int size() {
    return rows.length;
  }

  /** Ascending and distinct; empty for an empty batch. */
  long[] keys() {
    return keys;
  }

  /** Sum of the batch's log-losses at the weights that {@link #gradient} was given last. */
  double lossSum() {
    return lossSum;
  }

  /**
   * The gradient of {@code sum of log(1 + exp(-y w.x))} over the batch (plus the batch's share of
   * the penalty that the batcher was told of), in the order of {@link #keys()}.
   *
   * @param weights in the order of {@link #keys()}
   * @param intercept whether {@code keys()[0]} is the intercept
   */
  float[] gradient(float[] weights, boolean intercept) {
    double[] sum = new double[keys.length];
    lossSum = 0;
    int entry = 0;
    for (int row : rows) {
      int first = entry;
      int start = examples.start(row);
      int length = examples.end(row) - start;
      double margin = intercept ? weights[0] : 0;
      for (int i = 0; i < length; i++) {
        margin += (double) weights[entries[entry++]] * examples.value(start + i);
      }
      boolean positive = examples.isPositive(row);
      lossSum += Metrics.logLoss(margin, positive);
      double slope = Metrics.sigmoid(margin) - (positive ? 1 : 0);
      for (int i = 0; i < length; i++) {
        sum[entries[first + i]] += slope * examples.value(start + i);
      }
      if (intercept) {
        sum[0] += slope;
      }
    }
    float[] gradient = new float[keys.length];
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] = (float) (sum[i] + decay[i] * weights[i]);
    }
    return gradient;
  }

  /** Makes a worker's batches. Scratch is two ints per feature. Not thread-safe. */
  static final class Batcher {
    private final Stripe stripe;
    private final Examples examples;
    private final boolean intercept;
    private final float[] decayPerOccurrence;
    private final float interceptDecay;
    private final int[] position;
    private final int[] occurrences;
    private int[] distinct = new int[1 << 10];

    /**
     * @param l2 this worker's share of an L2 penalty that is to be part of the gradient; each
     *     feature gets it in equal parts wherever it occurs, so that they add up to {@code l2 * w}
     *     in a pass
     */
    Batcher(Stripe stripe, boolean intercept, double l2) {
      this.stripe = stripe;
      this.examples = stripe.examples();
      this.intercept = intercept;
      this.interceptDecay = (float) (l2 / stripe.batchesPerPass());
      this.decayPerOccurrence = new float[examples.columns()];
      int[] total = stripe.occurrences();
      for (int i = 0; i < total.length; i++) {
        decayPerOccurrence[i] = (float) (l2 / Math.max(1, total[i]));
      }
      this.position = new int[examples.columns()];
      this.occurrences = new int[examples.columns()];
    }

    MiniBatch batch(long number) {
      int[] rows = new int[stripe.size(number)];
      int entryCount = 0;
      int distinctCount = 0;
      for (int r = 0; r < rows.length; r++) {
        rows[r] = stripe.row(number, r);
        for (int i = examples.start(rows[r]); i < examples.end(rows[r]); i++, entryCount++) {
          int column = examples.column(i);
          if (occurrences[column]++ == 0) {
            if (distinctCount == distinct.length) {
              distinct = Arrays.copyOf(distinct, 2 * distinctCount);
            }
            distinct[distinctCount++] = column;
          }
        }
      }
      Arrays.sort(distinct, 0, distinctCount);
      return numbered(rows, entryCount, distinctCount);
    }

    private MiniBatch numbered(int[] rows, int entryCount, int distinctCount) {
      int shift = intercept && rows.length > 0 ? 1 : 0;
      long[] keys = new long[distinctCount + shift];
      float[] decay = new float[keys.length];
      if (shift == 1) {
        keys[0] = LinearModel.INTERCEPT_KEY;
        decay[0] = interceptDecay;
      }
      for (int i = 0; i < distinctCount; i++) {
        int column = distinct[i];
        position[column] = i + shift;
        keys[i + shift] = examples.feature(column);
        decay[i + shift] = decayPerOccurrence[column] * occurrences[column];
        occurrences[column] = 0;
      }
      int[] entries = new int[entryCount];
      int entry = 0;
      for (int row : rows) {
        for (int i = examples.start(row); i < examples.end(row); i++) {
          entries[entry++] = position[examples.column(i)];
        }
      }
      return new MiniBatch(examples, rows, keys, entries, decay);
    }
  }
}
