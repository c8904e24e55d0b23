package io.holdfast.client;

import io.holdfast.model.TableSpec;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** One incarnation of a worker of a job. Pushes and pulls of its tables carry its clock. */
public interface Worker extends AutoCloseable {
  WorkerId id();

  /** Which life of this rank this is; 1 for the first. */
  int incarnation();

  /** Clocks finished. */
  int clock();

  /**
   * What the last {@link #tick(byte[])} of this rank stored, where {@link Resume#IF_SAVED} was
   * asked for.
   */
  Optional<byte[]> savedState();

  /** As {@link Job#table(String, TableSpec)}; calls are made as this worker. */
  Table table(String name, TableSpec spec);

  /** As {@link Job#table(String)}; calls are made as this worker. */
  Table table(String name);

  /** Ends the clock without saving anything; see {@link #tick(byte[])}. */
  CompletableFuture<Integer> tick();

  /**
   * Ends the clock on all tables that this worker has opened: all pushes made before it belong to
   * the clock. Calls made after it belong to the next one at once.
   *
   * <p>When the future completes, every range has the tick committed, with all pushes before it,
   * and the state is durable with it: a worker that joins with {@link Resume#IF_SAVED} gets this
   * clock and this state.
   *
   * <p>Where a range was split since the last saved state, what is pushed there after this waits
   * for the state to be saved; if that fails, so do those pushes.
   *
   * @param state the worker's own state (reader position, random state), opaque, at most 1 MiB
   * @return completes with the number of clocks finished
   */
  CompletableFuture<Integer> tick(byte[] state);

  /** Completes when all pushes made so far are acknowledged; exceptionally where one failed. */
  CompletableFuture<Void> flush();

  /**
   * The group as the home range sees it: who lives, who is silent, who has gone. The library tells
   * it by itself that this worker lives, a few times within the job's {@code lost-after}, also
   * while the caller computes or waits.
   */
  CompletableFuture<Group> group();

  /**
   * Leaves the group: this worker counts in no clock after those that it has finished. What it has
   * pushed since counts too. Completes when all ranges have that committed; it may join again.
   */
  CompletableFuture<Void> leave();

  /** Waits for calls in flight; the rank stays in the group and may join again. */
  @Override
  void close();
}
