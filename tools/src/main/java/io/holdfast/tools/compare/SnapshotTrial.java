package io.holdfast.tools.compare;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Pushes before, while and after snapshots are taken one after the other.
 *
 * @param snapshots how many were taken meanwhile
 * @param newBytes that all of them together sent
 */
record SnapshotTrial(Pace before, Pace meanwhile, Pace after, int snapshots, long newBytes) {

  /** p99 while snapshots are taken, over the mean of before and after. */
  double p99Ratio() {
    return 2.0 * meanwhile.p99Micros() / (before.p99Micros() + after.p99Micros());
  }

  /** Likewise of pushes answered in a second. */
  double rateRatio() {
    return 2 * meanwhile.perSecond() / (before.perSecond() + after.perSecond());
  }

  /**
   * Of several trials.
   *
   * @param least of all
   * @param most of all
   */
  record Spread(double median, double least, double most) {
    static Spread of(List<SnapshotTrial> trials, ToDoubleFunction<SnapshotTrial> figure) {
      double[] sorted = trials.stream().mapToDouble(figure).sorted().toArray();
      int middle = sorted.length / 2;
      double median =
          sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
      return new Spread(median, sorted[0], sorted[sorted.length - 1]);
    }
  }
}
