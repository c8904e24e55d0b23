package io.holdfast.tools.bench;

import java.util.Random;

/**
 * Keys below {@code count} by a Zipf law of exponent 1: rank {@code k} with probability {@code
 * log((k + 1) / k) / log(count + 1)}, which is near to {@code 1 / k} and is drawn exactly by one
 * power (inversion). Ranks are scattered over the keys by a multiplication, so the frequent ones
 * are not neighbours.
 */
final class ZipfKeys implements Workload.KeySource {
  /** A prime: it shares no factor with any count below it, so the scattering is a bijection. */
  private static final long SCATTER = 2_654_435_761L;

  private final int count;
  private final Random random;

  ZipfKeys(int count, long seed) {
    this.count = count;
    this.random = new Random(seed);
  }

  @Override
  public long next() {
    return rank() * SCATTER % count;
  }

  /** From 0, the most frequent, to {@code count - 1}. */
  long rank() {
    long rank = (long) Math.pow(count + 1.0, random.nextDouble()) - 1;
    return Math.min(rank, count - 1L);
  }
}
