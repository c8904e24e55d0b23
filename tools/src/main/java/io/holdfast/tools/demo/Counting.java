package io.holdfast.tools.demo;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Table;
import io.holdfast.model.TableSpec;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.LongStream;

/**
 * Adds 1 to counters all the time, beside the training, and keeps a ledger of what was
 * acknowledged: at the end each counter must be exactly that.
 */
final class Counting implements AutoCloseable {
  static final String JOB = "demo-counters";

  private static final int COUNTERS = 64;
  private static final int IN_FLIGHT = 8;
  private static final long PAUSE_MILLIS = 10;

  private final Table counters;
  private final AtomicLongArray acknowledged = new AtomicLongArray(COUNTERS);
  private final AtomicInteger pushes = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private final Semaphore room = new Semaphore(IN_FLIGHT);
  private final Thread thread;
  private volatile boolean stopped;

  /**
   * @param pushes acknowledged
   * @param failed without an acknowledgement, which a client that waits long enough has none of
   * @param lost acknowledged, and in no counter
   * @param doubled counted more often than acknowledged
   */
  record Count(int pushes, int failed, long lost, long doubled) {}

  Counting(Holdfast cluster) {
    TableSpec spec = TableSpec.dense(COUNTERS).int64().ranges(3).build();
    counters = cluster.job(JOB).table("counters", spec);
    thread = Thread.ofPlatform().daemon().name("demo-counting").start(this::push);
  }

  private void push() {
    long[] ones = {1, 1};
    try {
      for (int turn = 0; !stopped; turn++) {
        room.acquire();
        // One in the first half, one in the other: two ranges or more.
        long[] keys = {turn % (COUNTERS / 2), COUNTERS / 2 + turn % (COUNTERS / 2)};
        var unused =
            counters
                .push(keys, ones)
                .whenComplete(
                    (receipt, error) -> {
                      if (error == null) {
                        acknowledged.incrementAndGet((int) keys[0]);
                        acknowledged.incrementAndGet((int) keys[1]);
                        pushes.incrementAndGet();
                      } else {
                        failed.incrementAndGet();
                      }
                      room.release();
                    });
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Pushes acknowledged so far. Any thread may ask. */
  int pushes() {
    return pushes.get();
  }

  /** Stops, waits for what is on its way, and compares. Blocks. */
  Count settle() throws InterruptedException {
    stopped = true;
    thread.join();
    room.acquire(IN_FLIGHT);
    room.release(IN_FLIGHT);
    long[] keys = LongStream.range(0, COUNTERS).toArray();
    long[] counted = counters.latest().pull(keys).join().longs();
    long lost = 0;
    long doubled = 0;
    for (int i = 0; i < COUNTERS; i++) {
      lost += Math.max(0, acknowledged.get(i) - counted[i]);
      doubled += Math.max(0, counted[i] - acknowledged.get(i));
    }
    return new Count(pushes.get(), failed.get(), lost, doubled);
  }

  @Override
  public void close() {
    stopped = true;
    thread.interrupt();
  }
}
