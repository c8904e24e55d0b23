package io.holdfast.client;

import io.holdfast.model.TableSpec;
import java.time.Duration;
import java.util.List;

/** A training job: a namespace of tables, and a group of workers. */
public interface Job {
  String name();

  /**
   * Makes the table, or opens it where one of the same definition exists, for calls outside of any
   * worker group: pulls wait for nobody, pushes carry a clock of 0 and are still applied exactly
   * once. Blocks for one round trip. May be repeated.
   *
   * @throws io.holdfast.model.HoldfastException TABLE_MISMATCH where a table of that name is
   *     defined otherwise
   */
  Table table(String name, TableSpec spec);

  /**
   * Opens a table that exists.
   *
   * @throws io.holdfast.model.HoldfastException UNKNOWN_TABLE
   */
  Table table(String name);

  /** Drops the table and its rows; durable when it returns. Blocks. */
  void dropTable(String name);

  /** How far the job's work queues have come. Blocks for one round trip. */
  List<QueueStatus> queues();

  /**
   * Says what a lost worker means from now on, also to a group that is running. Durable when it
   * returns. Blocks.
   *
   * @param lostAfter without a word from a worker until it counts as lost; 100 ms to a day
   * @throws io.holdfast.model.HoldfastException INVALID_ARGUMENT where that is out of bounds
   */
  void lostWorkers(LostWorkers policy, Duration lostAfter);

  /**
   * Goes on without a worker, as if it had been lost, whatever the job says of lost ones; it may
   * join again. Returns when it is noted, before all ranges know. Blocks.
   *
   * @throws io.holdfast.model.HoldfastException INVALID_ARGUMENT where the group has no such rank
   */
  void expel(int rank);

  /**
   * Joins the group as the worker of that rank, with a new incarnation; an older one of the same
   * rank is fenced from then on and gets STALE_INCARNATION (rule P14). Blocks until the job's home
   * range has it committed.
   *
   * <p>A rank that the group does not have yet makes it larger while it runs: it begins with the
   * first clock that no range has ended. So does a rank that has left or was given up. The others
   * wait for a moment until all ranges agree on that clock.
   */
  Worker join(WorkerId id, Resume resume);
}
