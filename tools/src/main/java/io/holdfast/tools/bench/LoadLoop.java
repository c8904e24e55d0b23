package io.holdfast.tools.bench;

import io.holdfast.client.Table;
import io.holdfast.model.HoldfastException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Keeps so many calls in flight for a while: the next is made when one is answered. A closed loop:
 * its latencies are those at this load, and say nothing of a burst.
 */
final class LoadLoop {
  /** A call that takes longer than this ends the benchmark. */
  private static final long STUCK_SECONDS = 60;

  private final Workload.Calls calls;
  private final Table table;
  private final boolean push;
  private final int inFlight;
  private int nextCall;

  /**
   * @param calls completed
   * @param seconds from the first call to the last answer
   */
  record Measured(long calls, double seconds, Histogram micros) {

    /** Two loops that ran side by side, as one. */
    Measured with(Measured other) {
      micros.add(other.micros);
      return new Measured(calls + other.calls, Math.max(seconds, other.seconds), micros);
    }
  }

  LoadLoop(Workload.Calls calls, Table table, boolean push, int inFlight) {
    this.calls = calls;
    this.table = table;
    this.push = push;
    this.inFlight = inFlight;
  }

  /** Blocks until the time is over and every call is answered. */
  Measured run(double seconds) throws InterruptedException {
    var free = new ArrayBlockingQueue<Integer>(inFlight);
    for (int slot = 0; slot < inFlight; slot++) {
      free.add(slot);
    }
    var failure = new AtomicReference<Throwable>();
    var micros = new ConcurrentHistogram(TimeUnit.SECONDS.toMicros(2 * STUCK_SECONDS), 3);
    long begin = System.nanoTime();
    long end = begin + (long) (seconds * 1e9);
    long made = 0;
    while (System.nanoTime() < end && failure.get() == null) {
      int slot = take(free);
      made++;
      var completion = new Completion(slot, System.nanoTime(), free, failure, micros);
      var unused = start(slot).whenComplete(completion::completed);
    }
    for (int slot = 0; slot < inFlight; slot++) {
      take(free);
    }
    double elapsed = (System.nanoTime() - begin) / 1e9;
    Throwable failed = failure.get();
    if (failed != null) {
      throw failed instanceof HoldfastException error ? error : new IllegalStateException(failed);
    }
    return new Measured(made, elapsed, micros);
  }

  private CompletableFuture<?> start(int slot) {
    int call = nextCall;
    nextCall = (nextCall + 1) & Integer.MAX_VALUE;
    return push ? calls.push(table, call) : calls.pull(table, call, slot);
  }

  private static int take(ArrayBlockingQueue<Integer> free) throws InterruptedException {
    Integer slot = free.poll(STUCK_SECONDS, TimeUnit.SECONDS);
    if (slot == null) {
      throw new IllegalStateException("a call was not answered within " + STUCK_SECONDS + " s");
    }
    return slot;
  }

  /** What happens when a call is answered. */
  private record Completion(
      int slot,
      long began,
      ArrayBlockingQueue<Integer> free,
      AtomicReference<Throwable> failure,
      Histogram micros) {
    void completed(Object answer, Throwable thrown) {
      if (thrown != null) {
        failure.compareAndSet(
            null,
            thrown instanceof java.util.concurrent.CompletionException && thrown.getCause() != null
                ? thrown.getCause()
                : thrown);
      }
      micros.recordValue(
          Math.min((System.nanoTime() - began) / 1_000, micros.getHighestTrackableValue()));
      free.add(slot);
    }
  }
}
