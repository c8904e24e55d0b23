package io.holdfast.tools.sketch;

import io.holdfast.model.KeyHash;

/**
 * Numbers from 1 to {@code distinct}, of which number k comes about 1 / k as often as number 1
 * (Zipf's law with exponent 1, drawn by the inverse of its continuous form). An item depends on the
 * seed and its place alone.
 */
final class GeneratedItems implements Items {
  private final long seed;
  private final double logarithm;
  private final int step;
  private final long end;
  private long place;

  private GeneratedItems(long seed, long total, long distinct, int rank, int workers) {
    this.seed = KeyHash.place(seed);
    this.logarithm = Math.log(distinct + 1.0);
    this.step = workers;
    this.place = rank;
    this.end = total;
  }

  static Source source(long seed, long total, long distinct) {
    return new Source() {
      @Override
      public Items open(int rank, int workers) {
        return new GeneratedItems(seed, total, distinct, rank, workers);
      }

      @Override
      public long total() {
        return total;
      }

      @Override
      public String description() {
        return String.format("%,d generated numbers, up to %,d different", total, distinct);
      }
    };
  }

  @Override
  public int next(long[] into) {
    int count = 0;
    while (count < into.length && place < end) {
      // 53 random bits make a number from [0, 1).
      double uniform = (KeyHash.place(seed + place) >>> 11) * 0x1p-53;
      into[count++] = (long) Math.exp(uniform * logarithm);
      place += step;
    }
    return count;
  }

  @Override
  public void skip(long count) {
    place += count * step;
  }
}
