package io.holdfast.client;

/**
 * A worker's place in its group.
 *
 * @param rank 0 to groupSize - 1
 * @param groupSize how many workers the job has; clocks wait for all of them, joined or not
 */
public record WorkerId(int rank, int groupSize) {
  public static final int MAX_GROUP = 100_000;

  public WorkerId {
    if (groupSize < 1 || groupSize > MAX_GROUP) {
      throw new IllegalArgumentException(
          "group size " + groupSize + " is not within 1 and " + MAX_GROUP);
    }
    if (rank < 0 || rank >= groupSize) {
      throw new IllegalArgumentException(
          "rank " + rank + " is not within 0 and " + (groupSize - 1));
    }
  }

  public static WorkerId of(int rank, int groupSize) {
    return new WorkerId(rank, groupSize);
  }
}
