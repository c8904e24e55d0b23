package io.holdfast.tools.sketch;

import io.holdfast.model.KeyHash;
import java.util.HashMap;
import java.util.Map;

/**
 * Exact counts of a sample of the items, to hold the estimates against: those whose hash falls into
 * a sixteenth, up to a number of them.
 */
final class Audit {
  private static final int SHARE = 16;
  private static final int MOST = 50_000;
  private static final int ASKED_AT_ONCE = 1_000;

  private final long[] items;
  private final long[] counts;

  private Audit(long[] items, long[] counts) {
    this.items = items;
    this.counts = counts;
  }

  /**
   * How far the estimates of a sample are off.
   *
   * @param sampled items
   * @param below of which the estimate is below the count: never, where nothing was lost
   * @param beyond of which it is above by more than the bound
   * @param mostAbove largest difference
   * @param meanAbove mean difference
   */
  record Errors(int sampled, int below, int beyond, long mostAbove, double meanAbove) {}

  /** Reads all items once more and counts the sample. */
  static Audit of(Items.Source source, int workers) {
    Map<Long, long[]> exact = new HashMap<>();
    long[] batch = new long[8_192];
    for (int rank = 0; rank < workers; rank++) {
      try (Items items = source.open(rank, workers)) {
        for (int count; (count = items.next(batch)) > 0; ) {
          for (int i = 0; i < count; i++) {
            take(exact, batch[i]);
          }
        }
      }
    }
    long[] sampled = exact.keySet().stream().mapToLong(Long::longValue).sorted().toArray();
    long[] counts = new long[sampled.length];
    for (int i = 0; i < sampled.length; i++) {
      long[] counted = exact.get(sampled[i]);
      counts[i] = counted == null ? 0 : counted[0];
    }
    return new Audit(sampled, counts);
  }

  private static void take(Map<Long, long[]> exact, long item) {
    if (Long.remainderUnsigned(KeyHash.place(~item), SHARE) != 0) {
      return;
    }
    long[] counted = exact.get(item);
    if (counted == null && exact.size() < MOST) {
      counted = new long[1];
      exact.put(item, counted);
    }
    if (counted != null) {
      counted[0]++;
    }
  }

  /** Asks for all of the sample. Blocks. */
  Errors compare(Estimator estimator, double bound) {
    int below = 0;
    int beyond = 0;
    long most = 0;
    long sum = 0;
    for (int from = 0; from < items.length; from += ASKED_AT_ONCE) {
      int to = Math.min(items.length, from + ASKED_AT_ONCE);
      long[] estimates = estimator.estimate(java.util.Arrays.copyOfRange(items, from, to));
      for (int i = from; i < to; i++) {
        long above = estimates[i - from] - counts[i];
        below += above < 0 ? 1 : 0;
        beyond += above > bound ? 1 : 0;
        most = Math.max(most, above);
        sum += above;
      }
    }
    return new Errors(items.length, below, beyond, most, (double) sum / Math.max(1, items.length));
  }
}
