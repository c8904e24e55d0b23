package io.holdfast.client;

import io.holdfast.filter.Filters;
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
   * asked for. A worker that goes on from it makes again what it pushed since, and the servers drop
   * what they have. Not so where the rank had left its group or was given up: then {@link #clock}
   * is above the one that the state was saved with, and what was pushed since must not be pushed
   * again.
   */
  Optional<byte[]> savedState();

  /** As {@link Job#table(String, TableSpec)}; calls are made as this worker. */
  Table table(String name, TableSpec spec);

  /** As {@link Job#table(String)}; calls are made as this worker. */
  Table table(String name);

  /**
   * As {@link #table(String, TableSpec)}, with filters between this worker and the table. All that
   * are opened of one table have to be the same while they hold rows back. Rows that are held back
   * are sent by {@link #flush}, {@link #leave} and {@link Table#release}, saved by {@link
   * #tick(byte[])}, and back when the worker resumes and opens the table with the same filters; not
   * when its rank had left or was given up meanwhile.
   *
   * @throws io.holdfast.model.HoldfastException INVALID_ARGUMENT where the filters do not suit the
   *     table, or the worker has, or had when it saved, others on it
   */
  Table table(String name, TableSpec spec, Filters filters);

  /** As {@link #table(String, TableSpec, Filters)}, of a table that exists. */
  Table table(String name, Filters filters);

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
   * <p>What filters hold back is saved with the state. Where both together are above 15 MiB, or
   * above 15/16 of a frame that the servers take, the future fails with LIMIT_EXCEEDED and the
   * clock is not ended: release what is held back by {@link #flush} first, hold back less, or keep
   * the state in a table.
   *
   * @param state the worker's own state (reader position, random state), opaque
   * @return completes with the number of clocks finished
   */
  CompletableFuture<Integer> tick(byte[] state);

  /**
   * Sends what filters hold back ({@link Table#release}), and completes when all pushes made so far
   * are acknowledged; exceptionally where one failed.
   */
  CompletableFuture<Void> flush();

  /**
   * The group as the home range sees it: who lives, who is silent, who has gone. The library tells
   * it by itself that this worker lives, a few times within the job's {@code lost-after}, also
   * while the caller computes or waits.
   */
  CompletableFuture<Group> group();

  /**
   * Leaves the group, after a {@link #flush}: this worker counts in no clock after those that it
   * has finished. What it has pushed since counts too. Completes when all ranges have that
   * committed; it may join again.
   */
  CompletableFuture<Void> leave();

  /**
   * Waits for calls in flight; the rank stays in the group and may join again. What filters hold
   * back is not sent: it is lost unless the worker resumes from a state that was saved.
   */
  @Override
  void close();
}
