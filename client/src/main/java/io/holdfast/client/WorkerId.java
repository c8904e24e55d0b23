package io.holdfast.client;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;

/**
 * A worker's place in its group.
 *
 * @param rank 0 to groupSize - 1
 * @param groupSize how many workers the job has; clocks wait for all of them, joined or not
 */
public record WorkerId(int rank, int groupSize) {
  public static final int MAX_GROUP = 100_000;

  /**
   * @throws HoldfastException INVALID_ARGUMENT where the group is empty or too large, or has no
   *     such rank
   */
  public WorkerId {
    if (groupSize < 1 || groupSize > MAX_GROUP) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "a group has 1 to " + MAX_GROUP + " workers, not " + groupSize);
    }
    if (rank < 0 || rank >= groupSize) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "a group of " + groupSize + " has the ranks 0 to " + (groupSize - 1) + ", not " + rank);
    }
  }

  /**
   * A worker's place.
   *
   * @throws HoldfastException INVALID_ARGUMENT as the constructor
   */
  public static WorkerId of(int rank, int groupSize) {
    return new WorkerId(rank, groupSize);
  }
}
