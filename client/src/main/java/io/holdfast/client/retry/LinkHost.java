package io.holdfast.client.retry;

/**
 * What surrounds the links of a worker: nodes, the map, and time. The methods are called under the
 * lock that guards the links. They neither block nor call back before they return.
 */
public interface LinkHost {
  /** Monotonic. */
  long nanoTime();

  /**
   * Queues a call for a node. Calls to one node arrive in the order in which they were given here.
   * When one leaves, the host asks it for its {@link RangeCall#request}, so that it carries the
   * epoch of that moment. Then it tells the links one of {@link WorkerLinks#answered}, {@link
   * WorkerLinks#refused}, {@link WorkerLinks#abandoned} and {@link WorkerLinks#broken}.
   */
  void send(String address, RangeCall call);

  /** Takes back what was given for that node; an answer that still comes must be ignored. */
  void withdraw(String address, RangeCall call);

  /** Runs the task after a while, under the lock. */
  void later(long delayNanos, Runnable task);

  /**
   * Asks the cluster where the ranges are; ends with {@link RangeSet#fetched}, {@link
   * RangeSet#notFetched} or {@link WorkerLinks#drop}. Not called again for the set before that.
   */
  void fetch(RangeSet ranges);
}
