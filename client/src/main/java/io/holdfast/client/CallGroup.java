package io.holdfast.client;

import io.holdfast.model.HoldfastException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * One call of the caller's, made of parts: its future completes when all parts have an answer, so
 * that nothing reads or writes the caller's arrays after that. The first error is the outcome.
 *
 * <p>The future is completed on the library's executor, never on an event loop: what the caller
 * chained to it may block.
 */
final class CallGroup<T> {
  private final CompletableFuture<T> future = new CompletableFuture<>();
  private final Function<CallGroup<T>, T> result;
  private final Executor executor;
  // One more than there are unanswered parts until all are submitted.
  private final AtomicInteger open = new AtomicInteger(1);
  private final AtomicInteger parts = new AtomicInteger();
  private final AtomicInteger duplicates = new AtomicInteger();
  private final AtomicInteger minClock = new AtomicInteger(Integer.MAX_VALUE);
  private final AtomicReference<HoldfastException> error = new AtomicReference<>();

  CallGroup(Executor executor, Function<CallGroup<T>, T> result) {
    this.executor = executor;
    this.result = result;
  }

  CompletableFuture<T> future() {
    return future;
  }

  /** Parts that carried something of the caller's. */
  int parts() {
    return parts.get();
  }

  int duplicates() {
    return duplicates.get();
  }

  int minClock() {
    int least = minClock.get();
    return least == Integer.MAX_VALUE ? 0 : least;
  }

  boolean hasFailed() {
    return error.get() != null;
  }

  void add() {
    parts.incrementAndGet();
    open.incrementAndGet();
  }

  void duplicate() {
    duplicates.incrementAndGet();
  }

  void pulledAt(int clock) {
    minClock.accumulateAndGet(clock, Math::min);
  }

  void fail(HoldfastException cause) {
    error.compareAndSet(null, cause);
  }

  /** A part has its answer; or, once, all parts are submitted. */
  void done() {
    if (open.decrementAndGet() == 0) {
      try {
        executor.execute(this::complete);
      } catch (java.util.concurrent.RejectedExecutionException e) {
        complete(); // the connection is closed
      }
    }
  }

  private void complete() {
    HoldfastException cause = error.get();
    if (cause != null) {
      future.completeExceptionally(cause);
      return;
    }
    try {
      future.complete(result.apply(this));
    } catch (RuntimeException e) {
      future.completeExceptionally(e); // a filter of the user's own
    }
  }
}
