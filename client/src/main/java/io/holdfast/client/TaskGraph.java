package io.holdfast.client;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
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
import org.jspecify.annotations.Nullable;

/**
 * A worker's calls, and functions of its own, each of which starts when those that it was put after
 * are done (Li et al., OSDI '14, section 3.4 and figure 5). A task is anything that gives a future:
 * a push, a pull, a tick, a computation.
 *
 * <p>Tasks belong to iterations, 0 and up. {@link Plan#afterIteration} puts a task after all tasks
 * of an iteration and of those before it, and that is all that the three models of the paper's
 * figure need:
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
 * any thread. Iterations may be submitted far ahead; what is done is forgotten, but for the first
 * error of each iteration.
 */
public final class TaskGraph {
  // What a thread has to fail, while it does so.
  private static final ThreadLocal<@Nullable Deque<Runnable>> FAILING = new ThreadLocal<>();

  private final Executor executor;
  // What is not done, by iteration; none of them is empty.
  private final TreeMap<Integer, Set<Task<?>>> open = new TreeMap<>();
  // Tasks whose other conditions are met, by the iteration that they come after.
  private final TreeMap<Integer, List<Runnable>> gates = new TreeMap<>();
  private final TreeMap<Integer, Throwable> errors = new TreeMap<>();
  private final Set<Task<?>> unstarted = new HashSet<>();
  private @Nullable Throwable firstError;
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
    public boolean equals(@Nullable Object other) {
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
    private int gate = -1;

    private Plan(String name, int iteration) {
      this.name = name;
      this.iteration = iteration;
    }

    /**
     * Not before these are done.
     *
     * @throws IllegalArgumentException where one is of a later iteration, which may wait for this
     */
    public Plan after(Task<?>... earlier) {
      for (Task<?> task : earlier) {
        if (task.iteration() > iteration) {
          throw new IllegalArgumentException(
              name + " of iteration " + iteration + " cannot come after " + task);
        }
        after.add(task);
      }
      return this;
    }

    /**
     * Not before all tasks of this iteration and of those before it are done. Below 0 there are
     * none.
     *
     * @throws IllegalArgumentException where that is the task's own iteration or a later one
     */
    public Plan afterIteration(int last) {
      if (last >= iteration) {
        throw new IllegalArgumentException(
            name + " of iteration " + iteration + " cannot come after all of iteration " + last);
      }
      gate = Math.max(gate, last);
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

  /**
   * Completes when all tasks submitted so far are done, well or not; with the first error that
   * there was, if any.
   */
  public CompletableFuture<Void> all() {
    var futures = notDone().stream().map(Task::future).toArray(CompletableFuture<?>[]::new);
    return CompletableFuture.allOf(futures)
        .handle((done, error) -> Optional.ofNullable(error()))
        .thenCompose(
            error ->
                error.isPresent()
                    ? CompletableFuture.failedFuture(error.get())
                    : CompletableFuture.completedFuture(null));
  }

  /**
   * Waits for all tasks submitted so far.
   *
   * @throws HoldfastException the first error that there was; DEADLINE_EXCEEDED where they are not
   *     done in time
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
          ErrorCode.DEADLINE_EXCEEDED, "after " + atMost + " these are not done: " + notDone(), e);
    }
  }

  /**
   * Fails all tasks that have not started, and those submitted from now on, with CLOSED. What runs
   * goes on: a push that was sent cannot be called back.
   */
  public void cancel() {
    List<Task<?>> all;
    synchronized (this) {
      cancelled = true;
      all = List.copyOf(unstarted);
    }
    all.forEach(task -> fail(task, cancelled(task)));
  }

  private <T> Task<T> submit(Plan plan, Supplier<? extends CompletionStage<T>> function) {
    Task<T> task;
    boolean late;
    synchronized (this) {
      task = new Task<>(submitted++, plan.name, plan.iteration, new CompletableFuture<>());
      open.computeIfAbsent(plan.iteration, first -> new LinkedHashSet<>()).add(task);
      unstarted.add(task);
      late = cancelled;
    }
    if (late) {
      fail(task, cancelled(task));
      return task;
    }
    for (Task<?> earlier : plan.after) {
      var unused =
          earlier
              .future()
              .whenComplete(
                  (value, error) -> {
                    if (error != null) {
                      fail(task, error);
                    }
                  });
    }
    var unused =
        CompletableFuture.allOf(
                plan.after.stream().map(Task::future).toArray(CompletableFuture<?>[]::new))
            .thenRun(() -> pass(plan.gate, () -> enter(plan.gate, task, function)));
    return task;
  }

  /** Runs it when no task up to the iteration is open, or one has failed. */
  private void pass(int gate, Runnable entry) {
    synchronized (this) {
      if (!isOpen(gate)) {
        gates.computeIfAbsent(gate, first -> new ArrayList<>()).add(entry);
        return;
      }
    }
    entry.run();
  }

  private boolean isOpen(int gate) {
    return open.isEmpty()
        || open.firstKey() > gate
        || (!errors.isEmpty() && errors.firstKey() <= gate);
  }

  private <T> void enter(int gate, Task<T> task, Supplier<? extends CompletionStage<T>> function) {
    Throwable error = errorUpTo(gate);
    if (error != null) {
      fail(task, error);
      return;
    }
    try {
      executor.execute(() -> run(task, function));
    } catch (RuntimeException e) {
      fail(task, e); // the executor is shut down
    }
  }

  private <T> void run(Task<T> task, Supplier<? extends CompletionStage<T>> function) {
    if (!starts(task)) {
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
                task.future().complete(value);
                ended(task, null);
              }
            });
  }

  // Of a chain, which may be long, one after the other and not within each other.
  private void fail(Task<?> task, Throwable error) {
    Deque<Runnable> begun = FAILING.get();
    if (begun != null) {
      begun.add(() -> failNow(task, error));
      return;
    }
    var later = new ArrayDeque<Runnable>();
    FAILING.set(later);
    try {
      failNow(task, error);
      while (!later.isEmpty()) {
        later.remove().run();
      }
    } finally {
      FAILING.remove();
    }
  }

  private void failNow(Task<?> task, Throwable error) {
    boolean isWrapped = error instanceof CompletionException && error.getCause() != null;
    Throwable cause = isWrapped ? error.getCause() : error;
    var unused = starts(task);
    if (task.future().completeExceptionally(cause)) {
      ended(task, cause);
    }
  }

  private void ended(Task<?> task, @Nullable Throwable error) {
    List<Runnable> entries = new ArrayList<>();
    synchronized (this) {
      Set<Task<?>> tasks = open.get(task.iteration());
      if (tasks != null && tasks.remove(task) && tasks.isEmpty()) {
        open.remove(task.iteration());
      }
      if (error != null) {
        var unused = errors.putIfAbsent(task.iteration(), error);
        firstError = firstError == null ? error : firstError;
        gates.tailMap(task.iteration(), true).values().forEach(entries::addAll);
        gates.tailMap(task.iteration(), true).clear();
      }
      while (!gates.isEmpty() && isOpen(gates.firstKey())) {
        entries.addAll(gates.pollFirstEntry().getValue());
      }
    }
    entries.forEach(Runnable::run);
  }

  // False where it was cancelled, or has failed.
  private synchronized boolean starts(Task<?> task) {
    return unstarted.remove(task);
  }

  private synchronized @Nullable Throwable error() {
    return firstError;
  }

  private synchronized @Nullable Throwable errorUpTo(int iteration) {
    var first = errors.headMap(iteration, true).firstEntry();
    return first == null ? null : first.getValue();
  }

  private synchronized List<Task<?>> notDone() {
    var all = new ArrayList<Task<?>>();
    open.values().forEach(all::addAll);
    return all;
  }

  private static HoldfastException cancelled(Task<?> task) {
    return new HoldfastException(ErrorCode.CLOSED, task + " was cancelled before it started");
  }
}
