package io.holdfast.tools.compare;

import org.HdrHistogram.Histogram;

/**
 * How pushes went for a while.
 *
 * @param perSecond answered
 * @param p50Micros median time of a push
 * @param p99Micros time that one push in a hundred exceeds
 * @param maxMicros of the slowest
 */
record Pace(double perSecond, long p50Micros, long p99Micros, long maxMicros) {
  static Pace of(Histogram micros, double seconds) {
    return new Pace(
        micros.getTotalCount() / seconds,
        micros.getValueAtPercentile(50),
        micros.getValueAtPercentile(99),
        micros.getMaxValue());
  }
}
