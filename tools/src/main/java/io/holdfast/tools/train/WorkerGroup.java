package io.holdfast.tools.train;

import java.time.Duration;

/** The workers of a run, on threads or in processes. */
interface WorkerGroup extends AutoCloseable {
  /**
   * Waits for the workers, at most so long.
   *
   * @return whether all of them have finished
   * @throws io.holdfast.model.HoldfastException what the first worker to fail failed with
   */
  boolean await(Duration atMost) throws InterruptedException;

  /** Lets the workers leave where they are; {@link #await} says when they have. */
  void stop();

  /** Ends the workers that still run. Blocks, for some seconds at most. */
  @Override
  void close();
}
