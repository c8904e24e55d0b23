package io.holdfast.tools.job;

import io.holdfast.client.Worker;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;

/**
 * One life of a run, as its workers have to know it. They join with {@link
 * io.holdfast.client.Resume#IF_SAVED} in each of them, the first included, so that pushes have the
 * same seqs when they are made again (rule P14).
 *
 * @param resume whether the run may have been begun before
 * @param run its number, drawn when it was begun; workers save it, so that no state of another run
 *     is taken for one of this
 * @param saveEvery clocks between two saved states of a worker, at least 1
 */
public record RunLife(boolean resume, long run, int saveEvery) {
  /** What {@code --save-every} is where it is not given. */
  public static final int SAVE_EVERY = 64;

  public RunLife {
    if (saveEvery < 1) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "--save-every must be 1 or more clocks, not " + saveEvery);
    }
  }

  /** The first life of a run that nobody has begun; its number is 0 until it is. */
  public static RunLife first(int saveEvery) {
    return new RunLife(false, 0, saveEvery);
  }

  /** The life that comes after this one, of the same run. */
  public RunLife next() {
    return new RunLife(true, run, saveEvery);
  }

  /**
   * For a worker that has joined.
   *
   * @throws HoldfastException INVALID_ARGUMENT where this is a first life and the rank has clocks
   *     or states of a run whose tables were dropped
   */
  public void check(Worker worker) {
    if (!resume && (worker.clock() > 0 || worker.savedState().isPresent())) {
      throw otherRun();
    }
  }

  /** What a worker fails with that finds the state of another run. */
  public static HoldfastException otherRun() {
    return new HoldfastException(
        ErrorCode.INVALID_ARGUMENT,
        "the job has clocks and saved states of another run, whose tables were dropped: begin anew"
            + " by --fresh, drop the job by 'holdfast job drop', or name another --job");
  }
}
