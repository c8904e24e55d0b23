package io.holdfast.tools.faults;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Job;
import io.holdfast.client.Options;
import io.holdfast.client.Table;
import io.holdfast.model.Durability;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * Workers that push, and a reader beside them whose pulls must have every push that was
 * acknowledged before they began. All through the public client library.
 */
final class Load implements AutoCloseable {
  private static final int READS_IN_FLIGHT = 32;
  private static final long READ_MILLIS = 20;
  private static final long LOOK_MILLIS = 5;

  private final Counters counters;
  private final LoadSettings settings;
  private final Ledger ledger;
  private final OutageMeter outages;
  private final Recorder pushMicros = new Recorder(3);
  private final Holdfast cluster;
  private final Holdfast readers;
  private final Table latest;
  private final List<LoadWorker> workers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final Queue<String> heard = new ConcurrentLinkedQueue<>();
  private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
  private final Semaphore reads = new Semaphore(READS_IN_FLIGHT);
  private final AtomicInteger highestClock = new AtomicInteger();
  private volatile boolean paused;
  private volatile boolean stopped;

  /**
   * Makes the table, joins the workers and begins to push. Blocks until they have joined.
   *
   * @param patience how long a call is retried before it is given up
   */
  Load(
      String addresses,
      Counters counters,
      LoadSettings settings,
      Durability durability,
      Duration patience) {
    this.counters = counters;
    this.settings = settings;
    this.ledger = new Ledger(counters);
    this.outages = new OutageMeter(counters.lanes());
    Options options = Options.defaults().withCallTimeout(patience).withConnectTimeout(patience);
    cluster = Holdfast.connect(addresses, options);
    // Connections of its own: a stale one must not be hidden by the workers' that were mended.
    readers = Holdfast.connect(addresses, options);
    TableSpec spec = counters.spec(durability);
    Job job = cluster.job(Counters.JOB);
    for (int rank = 0; rank < counters.workers(); rank++) {
      workers.add(new LoadWorker(rank, job, spec, this));
    }
    latest = readers.job(Counters.JOB).table(Counters.TABLE).latest();
    for (int rank = 0; rank < counters.workers(); rank++) {
      threads.add(new Thread(workers.get(rank), "faults-worker-" + rank));
    }
    threads.add(new Thread(this::read, "faults-reader"));
    threads.forEach(Thread::start);
  }

  Counters counters() {
    return counters;
  }

  LoadSettings settings() {
    return settings;
  }

  Ledger ledger() {
    return ledger;
  }

  OutageMeter outages() {
    return outages;
  }

  /** How long acknowledged pushes took, since the last interval. */
  Recorder pushMicros() {
    return pushMicros;
  }

  boolean isPaused() {
    return paused;
  }

  boolean isStopped() {
    return stopped;
  }

  /** A worker got an error that the client library could not deal with. */
  void heard(int rank, Throwable thrown) {
    Throwable cause =
        thrown instanceof CompletionException && thrown.getCause() != null
            ? thrown.getCause()
            : thrown;
    heard.add("worker " + rank + " got " + cause.getMessage());
  }

  /** A worker has finished so many clocks. */
  void reached(int clock) {
    highestClock.accumulateAndGet(clock, Math::max);
  }

  /** The most clocks that a worker has finished. */
  int highestClock() {
    return highestClock.get();
  }

  void fail(RuntimeException thrown) {
    failure.compareAndSet(null, thrown);
  }

  /** Errors that reached workers since the last time. */
  List<String> errors() {
    List<String> errors = new ArrayList<>();
    for (String one = heard.poll(); one != null; one = heard.poll()) {
      errors.add(one);
    }
    return errors;
  }

  private void read() {
    try {
      for (int turn = 0; !stopped; turn++) {
        TimeUnit.MILLISECONDS.sleep(READ_MILLIS);
        reads.acquire();
        read(counters.keys(turn % counters.lanes()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void read(long[] keys) {
    long[] floor = ledger.floor();
    var unused =
        latest
            .pull(keys)
            .whenComplete(
                (rows, thrown) -> {
                  if (thrown == null) {
                    ledger.judgeLatest(keys, rows.longs(), floor);
                  }
                  reads.release();
                });
  }

  /**
   * Blocks until nothing of the workers is in flight.
   *
   * @throws HoldfastException DEADLINE_EXCEEDED
   */
  void pause(Duration atMost) throws InterruptedException {
    paused = true;
    long deadline = System.nanoTime() + atMost.toNanos();
    while (!workers.stream().allMatch(LoadWorker::isIdle)) {
      check();
      if (System.nanoTime() - deadline > 0) {
        throw new HoldfastException(
            ErrorCode.DEADLINE_EXCEEDED,
            "calls have no answer after "
                + atMost.toSeconds()
                + " s: "
                + workers.stream()
                    .filter(worker -> !worker.isIdle())
                    .map(LoadWorker::waitsFor)
                    .collect(Collectors.joining("; ")));
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
  }

  /** All counters, every acknowledged push in them. Blocks. */
  long[] values() {
    return latest.pull(counters.keys()).join().longs();
  }

  void resume() {
    paused = false;
  }

  /**
   * @throws RuntimeException what a worker's thread ended with
   */
  void check() {
    RuntimeException thrown = failure.get();
    if (thrown != null) {
      throw thrown;
    }
  }

  /** Gives up what is in flight. */
  @Override
  public void close() {
    stopped = true;
    threads.forEach(Thread::interrupt);
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    cluster.close();
    readers.close();
  }
}
