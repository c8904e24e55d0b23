package io.holdfast.tools.train;

import io.holdfast.model.HoldfastException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Workers on threads of this process, looked at while they work. */
public final class Crew {
  private static final long LOOK_MILLIS = 20;

  /** A worker that waits for a clock of one that has failed ends with its connection only. */
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private Crew() {}

  /** What a worker does, to its end. */
  @FunctionalInterface
  public interface Life {
    void run(int rank) throws InterruptedException;
  }

  /**
   * Lets the workers work to their ends. Blocks; an interrupt ends them.
   *
   * @param name of the threads, before the rank
   * @param look called by this thread every now and then, and once when all have ended
   * @throws HoldfastException what the first worker to fail failed with; the others are ended
   */
  public static void run(String name, int workers, Life life, Runnable look)
      throws InterruptedException {
    var running = new CountDownLatch(workers);
    var failure = new AtomicReference<@Nullable Throwable>();
    var threads = new ArrayList<Thread>();
    for (int rank = 0; rank < workers; rank++) {
      int mine = rank;
      threads.add(
          Thread.ofPlatform()
              .daemon()
              .name(name + "-" + rank)
              .start(() -> run(life, mine, running, failure)));
    }
    try {
      while (!running.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        look.run();
      }
    } finally {
      threads.forEach(Thread::interrupt);
      for (Thread thread : threads) {
        thread.join(CLOSE_TIMEOUT);
      }
    }
    Throwable failed = failure.get();
    if (failed != null) {
      throw failed instanceof HoldfastException known ? known : new IllegalStateException(failed);
    }
    look.run();
  }

  private static void run(
      Life life, int rank, CountDownLatch running, AtomicReference<@Nullable Throwable> failure) {
    try {
      life.run(rank);
      running.countDown();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      failure.compareAndSet(null, e);
      while (running.getCount() > 0) {
        running.countDown(); // nobody waits for the others
      }
    }
  }
}
