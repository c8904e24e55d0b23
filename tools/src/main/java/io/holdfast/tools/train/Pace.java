package io.holdfast.tools.train;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;

/**
 * How fast workers go, and when they are done.
 *
 * @param stretch every worker takes so many times as long over its own work, by pausing: as if each
 *     had a machine of its own, and more to do there; 1: as long as it takes
 * @param slow the worker of rank 0 takes so many times as long over its own work as the others; 1:
 *     as long
 * @param together the passes are counted over all workers: each goes on with its part of the data
 *     until all of them have done as many examples as the passes hold. Otherwise each does its own
 *     passes
 */
record Pace(double stretch, double slow, boolean together) {
  static final Pace EVEN = new Pace(1, 1, false);

  Pace {
    check("--stretch", stretch);
    check("--slow", slow);
  }

  private static void check(String option, double factor) {
    if (!(factor >= 1 && factor <= 1e6)) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          option + " must be 1 (nobody is slowed) to 1000000, not " + factor);
    }
  }

  /** Pause that makes up for so much work of this worker. */
  long pauseNanos(int rank, long workedNanos) {
    double factor = rank == 0 ? stretch * slow : stretch;
    return (long) ((factor - 1) * workedNanos);
  }
}
