package io.holdfast.tools.faults;

import io.holdfast.client.Job;
import io.holdfast.client.Resume;
import io.holdfast.client.Rows;
import io.holdfast.client.Table;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One worker: keeps so many pushes in flight in every lane, each of them 1 to a counter of its own,
 * ends clocks and pulls what the others have pushed. A lane that stands still does not hold up the
 * others, but for the clock. Its own thread makes the calls, the client library's threads answer.
 */
final class LoadWorker implements Runnable {
  private static final int PULL_EVERY = 2; // clocks
  private static final long LOOK_MILLIS = 5;
  private static final long BACKLOG_NANOS = 100_000_000;
  private static final long REJOIN_MILLIS = 50;

  private final int rank;
  private final Job job;
  private final TableSpec spec;
  private final Load load;
  private final Counters counters;
  private final Ledger ledger;
  private final LinkedBlockingQueue<Integer> freeLanes = new LinkedBlockingQueue<>();
  private final int tokens;
  private final AtomicReference<@Nullable Throwable> broken = new AtomicReference<>();
  private CompletableFuture<?> ticked = CompletableFuture.completedFuture(true);
  private CompletableFuture<?> pulled = CompletableFuture.completedFuture(true);
  private volatile Worker worker;
  private Table table;
  private long pushes;
  private long nextNanos = System.nanoTime();
  private volatile boolean idle;

  LoadWorker(int rank, Job job, TableSpec spec, Load load) {
    this.rank = rank;
    this.job = job;
    this.spec = spec;
    this.load = load;
    this.counters = load.counters();
    this.ledger = load.ledger();
    this.tokens = load.settings().inFlight() * counters.lanes();
    this.worker = job.join(WorkerId.of(rank, counters.workers()), Resume.FRESH);
    this.table = worker.table(Counters.TABLE, spec);
    for (int token = 0; token < tokens; token++) {
      freeLanes.add(token % counters.lanes());
    }
  }

  /** Whether nothing of it is in flight, and nothing will be until the load goes on. */
  boolean isIdle() {
    return idle;
  }

  @Override
  public void run() {
    try {
      while (!load.isStopped()) {
        if (load.isPaused()) {
          rest();
        } else {
          step();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      if (!load.isStopped()) {
        load.fail(e);
      }
    }
  }

  /** What it waits for, for people. */
  String waitsFor() {
    return "worker "
        + rank
        + " at clock "
        + worker.clock()
        + ": "
        + (tokens - freeLanes.size())
        + " pushes"
        + (ticked.isDone() ? "" : ", a tick")
        + (pulled.isDone() ? "" : ", a pull");
  }

  private void rest() throws InterruptedException {
    if (freeLanes.size() == tokens && ticked.isDone()) {
      if (broken.get() == null && worker.clock() < load.highestClock()) {
        endClock(); // others may wait for it: their pulls, for this one's clock
      } else if (pulled.isDone()) {
        if (broken.get() != null) {
          joinAgain();
        }
        idle = true;
      }
    }
    TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    if (!load.isPaused()) {
      idle = false;
    }
  }

  private void step() throws InterruptedException {
    if (broken.get() != null) {
      if (freeLanes.size() == tokens && ticked.isDone() && pulled.isDone()) {
        joinAgain();
      } else {
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      }
      return;
    }
    pace();
    Integer lane = freeLanes.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
    if (lane == null) {
      return;
    }
    push(lane);
    if (pushes % load.settings().pushesPerClock() == 0 && ticked.isDone()) {
      endClock();
      if (pulled.isDone() && worker.clock() % PULL_EVERY == 0) {
        pulled = watched(pull());
      }
    }
  }

  /** So many pushes a second, made up for a short time only where there was no room for them. */
  private void pace() {
    long every = load.settings().nanosPerPush();
    nextNanos = Math.max(nextNanos + every, System.nanoTime() - BACKLOG_NANOS);
    long wait = nextNanos - System.nanoTime();
    if (wait > 0) {
      LockSupport.parkNanos(wait);
    }
  }

  private void push(int lane) {
    int key = counters.key(rank, lane, (int) (pushes % counters.perLane()));
    pushes++;
    ledger.made(key);
    long begun = System.nanoTime();
    CompletableFuture<?> pushed;
    try {
      pushed = table.push(new long[] {key}, new long[] {1});
    } catch (HoldfastException e) {
      pushed = CompletableFuture.failedFuture(e);
    }
    var unused =
        pushed.whenComplete(
            (receipt, thrown) -> {
              if (thrown == null) {
                ledger.acknowledged(key);
                long now = System.nanoTime();
                load.outages().acknowledged(lane, now);
                load.pushMicros().recordValue(TimeUnit.NANOSECONDS.toMicros(now - begun));
              } else {
                ledger.unanswered(key);
                breaks(thrown);
              }
              freeLanes.add(lane);
            });
  }

  private void endClock() {
    ledger.clockEnds(rank, worker.clock() + 1);
    ticked = watched(worker.tick());
    load.reached(worker.clock());
  }

  private CompletableFuture<Rows> pull() {
    int clock = worker.clock();
    long[] floor = ledger.floor();
    long[] keys = counters.keys();
    return table
        .pull(keys)
        .whenComplete(
            (rows, thrown) -> {
              if (thrown == null) {
                ledger.judgeBounded(rank, clock, keys, rows.longs(), floor);
              }
            });
  }

  /** Done when the call is, however it ends. */
  private CompletableFuture<?> watched(CompletableFuture<?> call) {
    return call.handle(
        (answer, thrown) -> {
          if (thrown != null) {
            breaks(thrown);
          }
          return true;
        });
  }

  private void breaks(Throwable thrown) {
    if (!load.isStopped() && broken.compareAndSet(null, thrown)) {
      load.heard(rank, thrown);
    }
  }

  /** A worker whose push has no answer has to join again to go on (P14). */
  private void joinAgain() throws InterruptedException {
    try {
      worker.close();
      worker = job.join(WorkerId.of(rank, counters.workers()), Resume.FRESH);
      table = worker.table(Counters.TABLE, spec);
      ledger.joined(rank, worker.clock());
      broken.set(null);
    } catch (HoldfastException e) {
      load.heard(rank, e);
      TimeUnit.MILLISECONDS.sleep(REJOIN_MILLIS);
    }
  }
}
