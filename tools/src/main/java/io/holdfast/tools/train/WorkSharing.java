package io.holdfast.tools.train;

/**
 * How the work of a run is shared out.
 *
 * @param backupWorkers of sequential training: a clock ends without the slowest so many
 * @param queueShards pieces of the data that workers take from a queue; 0: each worker has a stripe
 *     of its own
 */
record WorkSharing(int backupWorkers, int queueShards) {
  /** A stripe for each, and all are waited for. */
  static final WorkSharing STRIPES = new WorkSharing(0, 0);

  /** Whether workers take pieces of the data from a queue. */
  boolean hasQueue() {
    return queueShards > 0;
  }
}
