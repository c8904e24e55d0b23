package io.holdfast.tools.train;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A made-up click log for a first try: each example is a set of hashed ids out of a skewed (Zipf, 1
 * / rank) population, clicked with the probability that a logistic model of known, mostly zero
 * weights gives. Every example depends on the seed and its number alone, so any worker can make its
 * own part.
 */
final class ClickLog {
  private static final int POPULATION = 8_000;
  private static final int IDS_PER_EXAMPLE = 24;
  private static final double NON_ZERO_SHARE = 0.5;
  private static final double WEIGHT_DEVIATION = 0.6;
  private static final double INTERCEPT = -1.5;

  /** Odd, so multiplying by it permutes the ids. */
  private static final long SCATTER = 0x9E3779B97F4A7C15L;

  private final long seed;
  private final float[] weightOfRank = new float[POPULATION];

  ClickLog(long seed) {
    this.seed = seed;
    var random = new SplittableRandom(seed);
    for (int rank = 0; rank < POPULATION; rank++) {
      boolean matters = random.nextDouble() < NON_ZERO_SHARE;
      double drawn = random.nextGaussian() * WEIGHT_DEVIATION;
      weightOfRank[rank] = matters ? (float) drawn : 0;
    }
  }

  /** Adds examples number {@code from} to {@code from + count - 1}. */
  void write(long from, int count, Examples.Builder into) {
    int[] ranks = new int[IDS_PER_EXAMPLE];
    for (long number = from; number < from + count; number++) {
      var random = new SplittableRandom(seed ^ (number + 1) * SCATTER);
      for (int i = 0; i < IDS_PER_EXAMPLE; i++) {
        ranks[i] = (int) Math.exp(random.nextDouble() * Math.log(POPULATION + 1.0)) - 1;
      }
      Arrays.sort(ranks);
      double margin = INTERCEPT;
      for (int i = 0; i < IDS_PER_EXAMPLE; i++) {
        if (i == 0 || ranks[i] != ranks[i - 1]) {
          into.add(id(ranks[i]), 1);
          margin += weightOfRank[ranks[i]];
        }
      }
      into.end(random.nextDouble() < Metrics.sigmoid(margin));
    }
  }

  /** The weights that the clicks were drawn from: the best that any training can reach. */
  LinearModel truth() {
    long[] keys = new long[POPULATION + 1];
    float[] weights = new float[POPULATION + 1];
    long[] idWithRank = new long[POPULATION];
    for (int rank = 0; rank < POPULATION; rank++) {
      idWithRank[rank] = id(rank);
    }
    Arrays.sort(idWithRank);
    for (int i = 0; i < POPULATION; i++) {
      keys[i + 1] = idWithRank[i];
      weights[i + 1] = weightOfRank[rank(idWithRank[i])];
    }
    weights[0] = (float) INTERCEPT;
    return new LinearModel(keys, weights);
  }

  private static long id(int rank) {
    return (rank + 1) * SCATTER & Long.MAX_VALUE;
  }

  /** Inverse of {@link #id}: multiplies by the inverse of SCATTER modulo 2^63. */
  private static int rank(long id) {
    long inverse = SCATTER;
    for (int bits = 3; bits < Long.SIZE; bits *= 2) {
      inverse *= 2 - SCATTER * inverse;
    }
    return (int) ((id * inverse & Long.MAX_VALUE) - 1);
  }
}
