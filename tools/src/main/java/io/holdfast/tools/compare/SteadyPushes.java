package io.holdfast.tools.compare;

import io.holdfast.client.Table;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * Pushes to rows from all over a table, each answered push followed by another, from when it is
 * made until it is closed. A closed loop: its latencies are those at this load.
 */
final class SteadyPushes implements AutoCloseable {
  /** A push that takes longer than this ends the measurement. */
  private static final long STUCK_SECONDS = 60;

  private static final float GRADIENT = 1e-3f;
  private static final int DIGITS = 3;

  private final int rows;
  private final int batch;
  private final Recorder micros =
      new Recorder(TimeUnit.SECONDS.toMicros(2 * STUCK_SECONDS), DIGITS);
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopped;

  /**
   * What is done while pushes are measured.
   *
   * @param <R> what it comes to
   */
  interface Meanwhile<R> {
    R run() throws InterruptedException;
  }

  /**
   * @param pushes answered pushes and how it went meanwhile
   * @param result of what was done meanwhile
   */
  record Measured<R>(Pace pushes, R result) {}

  /**
   * @param tables one table, as each worker sees it
   * @param rows of the table
   * @param batch rows of a push
   * @param inFlight pushes of a worker that are not answered
   */
  SteadyPushes(List<Table> tables, int rows, int batch, int width, int inFlight) {
    this.rows = rows;
    this.batch = batch;
    float[] gradients = new float[batch * width];
    Arrays.fill(gradients, GRADIENT);
    for (int worker = 0; worker < tables.size(); worker++) {
      var table = tables.get(worker);
      var random = new SplittableRandom(worker);
      threads.add(
          Thread.ofPlatform()
              .daemon()
              .name("pushes-" + worker)
              .start(() -> push(table, random, gradients, inFlight)));
    }
  }

  private void push(Table table, SplittableRandom random, float[] gradients, int inFlight) {
    var free = new Semaphore(inFlight);
    try {
      while (!stopped && failure.get() == null) {
        take(free, 1);
        long began = System.nanoTime();
        var unused =
            table
                .push(keys(random), gradients)
                .whenComplete(
                    (answer, thrown) -> {
                      if (thrown == null) {
                        micros.recordValue((System.nanoTime() - began) / 1_000);
                      } else {
                        failure.compareAndSet(null, thrown);
                      }
                      free.release();
                    });
      }
      take(free, inFlight);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      failure.compareAndSet(null, e);
    }
  }

  private static void take(Semaphore free, int permits) throws InterruptedException {
    if (!free.tryAcquire(permits, STUCK_SECONDS, TimeUnit.SECONDS)) {
      throw new HoldfastException(
          ErrorCode.UNAVAILABLE,
          "a push was not answered within " + STUCK_SECONDS + " s; 'status' says what is missing");
    }
  }

  /** One row out of each of so many equal parts of the table: distinct, ascending. */
  private long[] keys(SplittableRandom random) {
    int part = rows / batch;
    long[] keys = new long[batch];
    for (int i = 0; i < batch; i++) {
      keys[i] = (long) i * part + random.nextInt(part);
    }
    return keys;
  }

  /**
   * Blocks until that is done.
   *
   * @throws HoldfastException what a push failed with
   */
  <R> Measured<R> during(Meanwhile<R> meanwhile) throws InterruptedException {
    micros.reset();
    long began = System.nanoTime();
    R result = meanwhile.run();
    double seconds = (System.nanoTime() - began) / 1e9;
    Histogram measured = micros.getIntervalHistogram();
    var failed = failure.get();
    if (failed != null) {
      throw failed instanceof HoldfastException known
          ? known
          : failed instanceof CompletionException e
                  && e.getCause() instanceof HoldfastException known
              ? known
              : new IllegalStateException(failed);
    }
    return new Measured<>(Pace.of(measured, seconds), result);
  }

  /** Blocks until a push has failed, or this is closed. */
  void awaitEnd() throws InterruptedException {
    for (var thread : threads) {
      thread.join();
    }
  }

  /** Blocks until every push is answered. */
  @Override
  public void close() {
    stopped = true;
    try {
      awaitEnd();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
