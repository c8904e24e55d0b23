package io.holdfast.tools.train;

/** Is told of finished mini-batches, by the workers' threads. */
interface TrainingProgress {
  /**
   * A worker begins, behind so many examples, over all passes, that an earlier life of the run has
   * done; 0: it begins at the start.
   */
  void resumed(int rank, long examples);

  /**
   * @param rank of the worker
   * @param batches mini-batches that it has done, over all passes
   * @param examples in the batch
   * @param lossSum of their log-losses, before the batch's gradient was pushed
   */
  void batchDone(int rank, long batches, int examples, double lossSum);

  /**
   * How a worker spent its time since it said so last.
   *
   * @param waitedNanos in pulls
   * @param passedNanos altogether
   */
  void time(int rank, long waitedNanos, long passedNanos);
}
