package io.holdfast.tools.train;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;

/**
 * How fast workers go, and when they are done.
 *
 * @param slow the worker of rank 0 takes so many times as long over its own work, by pausing; 1: as
 *     long as it takes
 * @param together the passes are counted over all workers: each goes on with its part of the data
 *     until all of them have done as many examples as the passes hold. Otherwise each does its own
 *     passes
 */
record Pace(double slow, boolean together) {
  static final Pace EVEN = new Pace(1, false);

  Pace {
    if (!(slow >= 1 && slow <= 1e6)) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "--slow must be 1 (nobody is slowed) to 1000000, not " + slow);
    }
  }

  /** Pause that makes up for so much work of this worker. */
  long pauseNanos(int rank, long workedNanos) {
    return rank == 0 ? (long) ((slow - 1) * workedNanos) : 0;
  }
}
