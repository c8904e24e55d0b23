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

  /**
   * Opens a work queue of the job; the first to open it makes it. May be repeated. Blocks until the
   * home range has that committed.
   *
   * @param name 1 to 128 letters, digits, {@code _}, {@code .} and {@code -}
   * @param shards pieces that the input is cut into
   * @param passes over all of them
   * @throws io.holdfast.model.HoldfastException QUEUE_MISMATCH where a queue of that name has other
   *     numbers; SHARD_NOT_HELD where this worker resumes, and what it had went to others since it
   *     left the group (join {@link Resume#FRESH} then)
   */
  WorkQueue queue(String name, int shards, int passes);

  /** Ends the clock without saving anything; see {@link #tick(byte[])}. */
  CompletableFuture<Integer> tick();

  /**
   * Ends the clock on all tables that this worker has opened: all pushes made before it belong to
   * the clock. Calls made after it belong to the next one at once. What {@link Shard#done} said
   * before it is saved with the state.
   *
   * <p>Where a sequential table is open the tick is sent, with all that is pushed after it, once
   * every push before it is acknowledged: so a run can be repeated bit for bit, whichever worker is
   * lost on the way and comes back.
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
   * Leaves the group: this worker counts in no clock any more. Completes when all ranges have that
   * committed.
   */
  CompletableFuture<Void> leave();

  /** Waits for calls in flight; the rank stays in the group and may join again. */
  @Override
  void close();
}
