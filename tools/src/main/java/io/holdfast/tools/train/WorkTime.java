package io.holdfast.tools.train;

import java.util.concurrent.TimeUnit;

/**
 * What a worker does with its time: it works, or waits for the answer of a pull. A worker that is
 * to be slow pauses for a multiple of its own work, which counts as work: it uses no processor that
 * the others could have. Used by the worker's thread alone.
 */
final class WorkTime {
  private final Pace pace;
  private final int rank;
  private long since = System.nanoTime();
  private long worked;
  private long waited;
  private long passed;

  WorkTime(Pace pace, int rank) {
    this.pace = pace;
    this.rank = rank;
  }

  /** Ends a stretch of work. */
  void waits() {
    worked += lap();
  }

  /** Ends a wait. */
  void works() {
    waited += lap();
  }

  /** Pauses for what it has worked since the last time. */
  void pause() throws InterruptedException {
    worked += lap();
    long nanos = pace.pauseNanos(rank, worked);
    worked = 0;
    if (nanos > 0) {
      TimeUnit.NANOSECONDS.sleep(nanos);
      lap();
    }
  }

  /** Nanoseconds waited since the last time that this was asked. */
  long takeWaited() {
    long taken = waited;
    waited = 0;
    return taken;
  }

  /** Nanoseconds that have passed since the last time that this was asked. */
  long takePassed() {
    long taken = passed;
    passed = 0;
    return taken;
  }

  private long lap() {
    long now = System.nanoTime();
    long nanos = now - since;
    since = now;
    passed += nanos;
    return nanos;
  }
}
