package io.holdfast.client;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * A worker's calls, and functions of its own, each of which starts when those that it was put after
 * are done (Li et al., OSDI '14, section 3.4 and figure 5). A task is anything that gives a future:
 * a push, a pull, a tick, a computation.
 *
 * <p>Tasks belong to iterations, 0 and up. {@link Plan#afterIteration} puts a task after all tasks
 * that were submitted of an iteration and of those before it, and that is all that the three models
 * of the paper's figure need:
 *
 * <pre>{@code
 * // Sequential: iteration t starts when t - 1 is done.
 * graph.task("work", t).afterIteration(t - 1).submit(() -> work(t));
 *
 * // Bounded delay tau: when all up to t - tau - 1 are done. With tau = 0 this is sequential.
 * graph.task("work", t).afterIteration(t - tau - 1).submit(() -> work(t));
 *
 * // Eventual: at once.
 * graph.task("work", t).submit(() -> work(t));
 * }</pre>
 *
 * where {@code work(t)} may be several tasks:
 *
 * <pre>{@code
 * var pull = graph.task("pull", t).afterIteration(t - tau - 1).submit(() -> table.pull(keys));
 * var push =
 *     graph
 *         .task("push", t)
 *         .after(pull)
 *         .submit(() -> table.push(keys, gradient(pull.future().join().floats())));
 * }</pre>
 *
 * <p>This orders the calls of one worker. What it sees of other workers is the table's {@link
 * io.holdfast.model.Consistency}, by clocks: tick once an iteration, and the table's bound does
 * among workers what {@code tau} does here.
 *
 * <p><b>Failure.</b> Where a task fails, or its function throws, all that were put after it fail
 * with the same error and never start; so do those that are put after it later. Others go on.
 *
 * <p>Functions run on the executor given, and may block if that one's threads may. May be used from
 * any thread. Tasks that are done well are forgotten; one that failed is kept with its iteration.
 */
public final class TaskGraph {
  private final Executor executor;
  // Iteration to those of its tasks that are not done, or failed.
  private final TreeMap<Integer, Set<Task<?>>> open = new TreeMap<>();
  private final Set<Task<?>> waiting = new HashSet<>();
  private boolean cancelled;
  private int submitted;

  /**
   * @param executor runs the tasks' functions
   */
  public TaskGraph(Executor executor) {
    this.executor = executor;
  }

  /**
   * A task that was submitted.
   *
   * @param number in the order of submission, 0 and up
   * @param name for people
   * @param iteration that it belongs to
   * @param future its result
   */
  public record Task<T>(int number, String name, int iteration, CompletableFuture<T> future) {
    // Each is itself alone.
    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return number;
    }

    @Override
    public String toString() {
      return name + " (task " + number + ", iteration " + iteration + ")";
    }
  }

  /** A task that is being put together. For one thread. */
  public final class Plan {
    private final String name;
    private final int iteration;
    private final List<Task<?>> after = new ArrayList<>();

    private Plan(String name, int iteration) {
      this.name = name;
      this.iteration = iteration;
    }

    /** Not before these are done. */
    public Plan after(Task<?>... earlier) {
      after.addAll(List.of(earlier));
      return this;
    }

    /**
     * Not before all tasks of this iteration and of those before it are done, as far as they have
     * been submitted. Below 0 there are none.
     */
    public Plan afterIteration(int last) {
      after.addAll(openUpTo(last));
      return this;
    }

    /** Takes the task; its function runs as soon as may be. Does not block. */
    public <T> Task<T> submit(Supplier<? extends CompletionStage<T>> function) {
      return TaskGraph.this.submit(this, function);
    }
  }

  /**
   * Begins a task.
   *
   * @throws IllegalArgumentException where the iteration is negative
   */
  public Plan task(String name, int iteration) {
    if (iteration < 0) {
      throw new IllegalArgumentException("iteration " + iteration + " of " + name);
    }
    return new Plan(name, iteration);
  }

  /** Completes when all tasks submitted so far are done; with the error of the first that failed. */
  public CompletableFuture<Void> all() {
    return allOf(openUpTo(Integer.MAX_VALUE));
  }

  /**
   * Waits for all tasks submitted so far.
   *
   * @throws HoldfastException the error of the first that failed; DEADLINE_EXCEEDED where they are
   *     not done in time
   */
  public void await(Duration atMost) throws InterruptedException {
    try {
      all().get(atMost.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof HoldfastException known
          ? known
          : new HoldfastException(ErrorCode.INTERNAL, "a task failed: " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new HoldfastException(
          ErrorCode.DEADLINE_EXCEEDED,
          "after " + atMost + " these are not done: " + openUpTo(Integer.MAX_VALUE),
          e);
    }
  }

  /**
   * Fails all tasks that have not started, and those submitted from now on, with CLOSED. What runs
   * goes on: a push that was sent cannot be called back.
   */
  public void cancel() {
    List<Task<?>> unstarted;
    synchronized (this) {
      cancelled = true;
      unstarted = List.copyOf(waiting);
      waiting.clear();
    }
    unstarted.forEach(task -> fail(task, cancelled(task)));
  }

  private <T> Task<T> submit(Plan plan, Supplier<? extends CompletionStage<T>> function) {
    var result = new CompletableFuture<T>();
    Task<T> task;
    synchronized (this) {
      task = new Task<>(submitted++, plan.name, plan.iteration, result);
      open.computeIfAbsent(plan.iteration, first -> new HashSet<>()).add(task);
      if (!cancelled) {
        waiting.add(task);
      }
    }
    var unused =
        allOf(plan.after)
            .whenComplete(
                (ready, error) -> {
                  if (error != null) {
                    fail(task, error);
                  } else {
                    execute(task, function);
                  }
                });
    return task;
  }

  private <T> void execute(Task<T> task, Supplier<? extends CompletionStage<T>> function) {
    try {
      executor.execute(() -> run(task, function));
    } catch (RuntimeException e) {
      fail(task, e); // the executor is shut down
    }
  }

  private <T> void run(Task<T> task, Supplier<? extends CompletionStage<T>> function) {
    if (!begins(task)) {
      fail(task, cancelled(task));
      return;
    }
    CompletionStage<T> running;
    try {
      running = function.get();
    } catch (RuntimeException | Error e) {
      fail(task, e);
      return;
    }
    var unused =
        running.whenComplete(
            (value, error) -> {
              if (error != null) {
                fail(task, error);
              } else {
                forget(task);
                task.future().complete(value);
              }
            });
  }

  private void fail(Task<?> task, Throwable error) {
    var unused = begins(task);
    boolean isWrapped = error instanceof CompletionException && error.getCause() != null;
    task.future().completeExceptionally(isWrapped ? error.getCause() : error);
  }

  // Whether it was not cancelled.
  private synchronized boolean begins(Task<?> task) {
    return waiting.remove(task);
  }

  private static HoldfastException cancelled(Task<?> task) {
    return new HoldfastException(ErrorCode.CLOSED, task + " was cancelled before it started");
  }

  private synchronized void forget(Task<?> task) {
    Set<Task<?>> tasks = open.get(task.iteration());
    if (tasks != null && tasks.remove(task) && tasks.isEmpty()) {
      open.remove(task.iteration());
    }
  }

  private synchronized List<Task<?>> openUpTo(int iteration) {
    return open.headMap(iteration, true).values().stream()
        .flatMap(Set::stream)
        .sorted(java.util.Comparator.comparingInt(Task::number))
        .toList();
  }

  // Of several that fail, the first to do so counts; it is told when it fails, not when all are done.
  private static CompletableFuture<Void> allOf(List<Task<?>> tasks) {
    var all = new CompletableFuture<Void>();
    for (Task<?> task : tasks) {
      var unused =
          task.future()
              .whenComplete(
                  (value, error) -> {
                    if (error != null) {
                      all.completeExceptionally(error);
                    }
                  });
    }
    var unused =
        CompletableFuture.allOf(tasks.stream().map(Task::future).toArray(CompletableFuture[]::new))
            .thenRun(() -> all.complete(null));
    return all;
  }
}
