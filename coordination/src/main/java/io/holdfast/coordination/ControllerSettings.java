package io.holdfast.coordination;

import java.time.Duration;

/**
 * @param grace where all replicas of a range were down: how long to wait for the rest, once one is
 *     back (rule P22)
 * @param interval the longest time between two plans
 * @param maxMovesAtOnce ranges that may be moving at a time to empty or to balance nodes
 */
public record ControllerSettings(Duration grace, Duration interval, int maxMovesAtOnce) {
  public static final ControllerSettings DEFAULT =
      new ControllerSettings(Duration.ofSeconds(3), Duration.ofSeconds(1), 4);

  public ControllerSettings {
    if (grace.isNegative() || interval.isNegative() || interval.isZero() || maxMovesAtOnce < 0) {
      throw new IllegalArgumentException(
          "grace "
              + grace
              + ", interval "
              + interval
              + " or moves "
              + maxMovesAtOnce
              + " is negative");
    }
  }
}
