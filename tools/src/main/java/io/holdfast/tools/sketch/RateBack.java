package io.holdfast.tools.sketch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalDouble;

/**
 * How long a disaster held inserting up: the longest time without an acknowledged item until the
 * rate was back, and the time until then, which is the end of the first {@value #WINDOW} s since it
 * in which the mean rate was {@value #SHARE} of that in the {@value #BEFORE} s before it. Not for
 * several threads.
 */
final class RateBack {
  private static final double WINDOW = 0.5;
  private static final double SHARE = 0.9;
  private static final double BEFORE = 3;

  private final Deque<double[]> recent = new ArrayDeque<>();
  private double struckAt = Double.NaN;
  private double rateBefore;
  private double changedAt;
  private double silence;
  private double back = Double.NaN;

  /** So many items were acknowledged by then. */
  void look(double seconds, long items) {
    if (!recent.isEmpty() && recent.getLast()[1] != items) {
      boolean counts = !Double.isNaN(struckAt) && Double.isNaN(back);
      silence = Math.max(silence, counts ? seconds - changedAt : 0);
      changedAt = seconds;
    }
    recent.addLast(new double[] {seconds, items});
    double keep = Double.isNaN(struckAt) ? BEFORE : WINDOW;
    while (recent.size() > 2 && second()[0] <= seconds - keep) {
      recent.removeFirst();
    }
    boolean whole = recent.getFirst()[0] >= struckAt && seconds - recent.getFirst()[0] >= WINDOW;
    if (whole && Double.isNaN(back) && rate() >= SHARE * rateBefore) {
      back = seconds - struckAt;
    }
  }

  private double[] second() {
    var each = recent.iterator();
    each.next();
    return each.next();
  }

  /** It happens now. */
  void strike(double seconds, long items) {
    look(seconds, items);
    rateBefore = rate();
    struckAt = seconds;
    changedAt = seconds;
    silence = 0;
    recent.clear();
    recent.addLast(new double[] {seconds, items});
  }

  private double rate() {
    double[] first = recent.getFirst();
    double[] last = recent.getLast();
    return (last[1] - first[1]) / Math.max(1e-9, last[0] - first[0]);
  }

  /** Items a second before it. */
  double rateBefore() {
    return rateBefore;
  }

  /** Seconds, until the rate was back. */
  double longestSilence() {
    return silence;
  }

  /** Seconds since it; empty while the rate is not back. */
  OptionalDouble back() {
    return Double.isNaN(back) ? OptionalDouble.empty() : OptionalDouble.of(back);
  }
}
