package io.holdfast.client;

/** A piece of a job's input that a worker has taken from a {@link WorkQueue}, in one pass. */
public interface Shard {
  /** Which piece: 0 and more, below the queue's number of shards. */
  int index();

  /** In which pass: 0 and more, below the queue's number of passes. */
  int pass();

  /**
   * The worker is done with it. That counts once the worker's next {@link Worker#tick(byte[])} has
   * completed: state, clock and what is done are saved in one step. Until then the shard stays with
   * the worker, or goes to others if it leaves the group. Does not block.
   *
   * @throws io.holdfast.model.HoldfastException SHARD_NOT_HELD where it was done already
   */
  void done();
}
