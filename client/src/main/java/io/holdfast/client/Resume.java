package io.holdfast.client;

/** Where a worker that joins goes on. */
public enum Resume {
  /**
   * From the clock and state that the rank's last {@link Worker#tick(byte[])} saved: pushes made
   * since then are sent again by the caller under the seqs that they had, are dropped by the ranges
   * that have them and applied where they are missing. From the start where nothing was saved. A
   * worker that is to resume joins like this from its first life on. Before it goes on it opens the
   * tables that it had open by then, and it makes the same pushes and ticks in the same order.
   */
  IF_SAVED,
  /**
   * As a new worker: after whatever the rank pushed before, with the clock that the ranges have.
   */
  FRESH
}
