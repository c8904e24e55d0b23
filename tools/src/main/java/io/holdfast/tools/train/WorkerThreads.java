package io.holdfast.tools.train;

import io.holdfast.client.Job;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Workers on threads of this process, which share the examples. */
final class WorkerThreads implements WorkerGroup {
  /** A worker that waits for a clock of one that has failed ends with its connection only. */
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final CountDownLatch running;
  private final List<LrWorker> workers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile @Nullable RuntimeException failure;

  WorkerThreads(LrSettings settings, Examples examples, Job job, TrainingProgress progress) {
    running = new CountDownLatch(settings.workers());
    for (int rank = 0; rank < settings.workers(); rank++) {
      Training worker = worker(settings, examples, job, rank, progress);
      threads.add(
          Thread.ofPlatform().daemon().name("train-lr-" + rank).unstarted(() -> run(worker)));
    }
    threads.forEach(Thread::start);
  }

  /** A worker's training, to its end. */
  private interface Training {
    void run() throws InterruptedException;
  }

  private Training worker(
      LrSettings settings, Examples examples, Job job, int rank, TrainingProgress progress) {
    if (settings.sharing().hasQueue()) {
      return new QueueWorker(settings, examples, job, rank, progress)::run;
    }
    BlockSettings blocks = settings.blocks();
    if (blocks != null) {
      var columns = BlockColumns.of(examples, rank, settings.workers(), settings.intercept());
      return new BlockWorker(settings, blocks, columns, job, rank, progress)::run;
    }
    Stripe stripe = Stripe.ofShared(examples, settings, rank);
    var worker = new LrWorker(settings, stripe, job, rank, progress);
    workers.add(worker);
    return worker::run;
  }

  private void run(Training worker) {
    try {
      worker.run();
      running.countDown();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      failure = e;
    } catch (Error e) {
      failure = new IllegalStateException("a worker ended: " + e, e);
    }
  }

  @Override
  public boolean await(Duration atMost) throws InterruptedException {
    boolean finished = running.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    if (failure != null) {
      throw failure;
    }
    return finished;
  }

  @Override
  public void stop() {
    workers.forEach(LrWorker::stop);
  }

  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
    boolean interrupted = false;
    for (Thread thread : threads) {
      try {
        thread.join(CLOSE_TIMEOUT);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
