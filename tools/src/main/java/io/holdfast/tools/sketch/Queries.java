package io.holdfast.tools.sketch;

import io.holdfast.model.HoldfastException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/** Asks for a few items now and then while others insert, and measures how long it takes. */
final class Queries implements AutoCloseable {
  private static final int ITEMS = 16;
  private static final long PAUSE_NANOS = 5_000_000;

  private final Estimator estimator;
  private final Items items;
  private final Histogram micros = new Histogram(3);
  private final Thread thread;
  private volatile boolean closed;

  Queries(Estimator estimator, Items items) {
    this.estimator = estimator;
    this.items = items;
    this.thread = Thread.ofPlatform().daemon().name("sketch-queries").start(this::run);
  }

  private void run() {
    long[] asked = new long[ITEMS];
    while (!closed && items.next(asked) == ITEMS) {
      long start = System.nanoTime();
      try {
        var unused = estimator.estimate(asked);
      } catch (HoldfastException | CompletionException e) {
        continue; // the inserters meet it too, and say so
      }
      micros.recordValue((System.nanoTime() - start) / 1_000);
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /** Ends, and gives the times. Blocks for one query. */
  Histogram end() throws InterruptedException {
    closed = true;
    thread.join();
    return micros;
  }

  @Override
  public void close() {
    closed = true;
  }
}
