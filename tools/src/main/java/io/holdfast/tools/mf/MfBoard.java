package io.holdfast.tools.mf;

import java.util.Arrays;

/** How far the workers are, and their errors on the way. Safe for many threads. */
final class MfBoard implements MfWorker.Listener {
  private final int batchesPerPass;
  private final long[] done;
  private final double[] squaredErrors;
  private final long[] ratings;
  private long resumedAfter;
  private int begun;
  private long trained;

  MfBoard(MfSettings settings, int batchesPerPass) {
    this.batchesPerPass = batchesPerPass;
    this.done = new long[settings.workers()];
    this.squaredErrors = new double[settings.passes()];
    this.ratings = new long[settings.passes()];
  }

  @Override
  public synchronized void resumed(int rank, long batches) {
    done[rank] = batches;
    resumedAfter = Math.max(resumedAfter, batches);
    begun++;
  }

  @Override
  public synchronized void batchDone(int rank, long batches, int count, double squaredError) {
    int pass = Math.toIntExact((batches - 1) / batchesPerPass);
    done[rank] = batches;
    trained += count;
    ratings[pass] += count;
    squaredErrors[pass] += squaredError;
  }

  /** Whether each worker has said where it begins. */
  synchronized boolean allBegun() {
    return begun == done.length;
  }

  /** Passes that every worker has done, over all lives of the run. */
  synchronized int passesOfAll() {
    return Math.toIntExact(Arrays.stream(done).min().orElse(0) / batchesPerPass);
  }

  /** Passes that were done before this life, by the worker that was furthest; 0: none. */
  synchronized int resumedAfter() {
    return Math.toIntExact(resumedAfter / batchesPerPass);
  }

  /** Ratings trained on in this life, over all passes. */
  synchronized long trained() {
    return trained;
  }

  /**
   * Root of the mean squared error of a pass, each rating with the rows that a worker had for it;
   * NaN where this life did none of it.
   *
   * @param pass 1 for the first
   */
  synchronized double error(int pass) {
    return pass < 1 ? Double.NaN : Math.sqrt(squaredErrors[pass - 1] / ratings[pass - 1]);
  }
}
