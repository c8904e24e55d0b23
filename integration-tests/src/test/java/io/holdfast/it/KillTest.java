package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Options;
import io.holdfast.client.Resume;
import io.holdfast.client.Table;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.model.Durability;
import io.holdfast.model.TableSpec;
import io.holdfast.store.log.LogKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code kill -9} of the server at random moments under load. Every push writes a 1 of its own (one
 * row for each push) and adds to counters that all share, so that a lost push and one applied twice
 * both show, push by push.
 *
 * <p>{@code -Dholdfast.kills=50} sets the number of kills of each combination.
 */
class KillTest {
  private static final int WORKERS = 3;
  private static final int SHARED = 16;
  private static final int IN_FLIGHT = 64;

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"CHRONICLE,FSYNC", "CHRONICLE,MEMORY", "FILE,FSYNC", "FILE,MEMORY"})
  void everyAcknowledgedPushIsInExactlyOnceAndEveryUnansweredOneAtMostOnce(
      LogKind log, Durability durability) throws InterruptedException {
    int kills = Integer.getInteger("holdfast.kills", 2);
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    var settings =
        Map.of(
            "log",
            log.name(),
            "log-segment",
            "4MiB",
            "limits.frame",
            "1MiB",
            "cache",
            "32MiB",
            "replay",
            "2MiB",
            "shards",
            "2");
    try (var server = new ServerProcess(directory, settings)) {
      var ledger = new Ledger();
      try (var load = new Load(server.address(), durability, ledger)) {
        var random = new Random(seed);
        for (int kill = 0; kill < kills; kill++) {
          load.awaitProgress(200 + random.nextInt(2_000));
          LockSupport.parkNanos(random.nextInt(20_000_000));
          server.kill();
          server.restart();
          server.awaitServing();
        }
        load.awaitProgress(500);
        load.giveUp();
        // The last kill comes while pushes are in flight that nobody will send again.
        server.kill();
      }
      server.restart();
      server.awaitServing();
      ledger.check(server.address(), log + " " + durability + " seed " + seed);
      System.out.printf(
          "%s %s: %d kills, %d pushes acknowledged, %d unanswered; lost 0, applied twice 0%n",
          log, durability, kills + 1, ledger.acknowledged.get(), ledger.unanswered.get());
    }
  }

  /** What was pushed, by worker and number, and whether it was acknowledged. */
  private static final class Ledger {
    final Map<Long, Boolean> pushes = new ConcurrentHashMap<>();
    final AtomicLong acknowledged = new AtomicLong();
    final AtomicLong unanswered = new AtomicLong();

    static long key(int worker, long push) {
      return ((long) (worker + 1) << 40) + push;
    }

    static long sharedKey(long push) {
      return push % SHARED;
    }

    void check(String address, String what) {
      try (var cluster = Holdfast.connect(address)) {
        var table = cluster.job("kill").table("counts");
        long[] keys = pushes.keySet().stream().mapToLong(Long::longValue).sorted().toArray();
        long[] shared = new long[SHARED];
        long[] found = table.pull(keys).join().longs();
        var wrong = new ArrayList<String>();
        for (int i = 0; i < keys.length; i++) {
          boolean sure = pushes.getOrDefault(keys[i], false);
          if (found[i] > 1 || (sure && found[i] != 1)) {
            wrong.add(
                "push "
                    + Long.toHexString(keys[i])
                    + (sure ? " acknowledged" : " unanswered")
                    + ", in "
                    + found[i]
                    + " times");
          }
          shared[(int) sharedKey(keys[i] & 0xffffffffffL)] += found[i];
          (sure ? acknowledged : unanswered).incrementAndGet();
        }
        assertEquals(
            List.of(),
            wrong.subList(0, Math.min(20, wrong.size())),
            what + ": " + wrong.size() + " of " + keys.length);
        long[] sharedKeys = new long[SHARED];
        for (int i = 0; i < SHARED; i++) {
          sharedKeys[i] = i;
        }
        // Both parts of a push are in one range each; every one of them is exactly-once on its own,
        // and all that were
        // acknowledged are in: the counters may differ from the rows by unanswered pushes only.
        long[] counters = table.pull(sharedKeys).join().longs();
        long rows = java.util.Arrays.stream(shared).sum();
        long counted = java.util.Arrays.stream(counters).sum();
        assertTrue(
            Math.abs(rows - counted) <= unanswered.get() && counted >= acknowledged.get(),
            what + ": rows say " + rows + ", counters " + counted + ", unanswered " + unanswered);
      }
    }
  }

  /** Workers that push without a pause, each push named by its worker and number. */
  private static final class Load implements AutoCloseable {
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicBoolean going = new AtomicBoolean(true);
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Holdfast cluster;

    Load(String address, Durability durability, Ledger ledger) {
      cluster =
          Holdfast.connect(
              address,
              Options.defaults()
                  .withCallTimeout(Duration.ofMinutes(2))
                  .withCloseTimeout(Duration.ofMillis(100))); // what nobody answers any more
      var job = cluster.job("kill");
      // Own rows and shared counters in different ranges, and a clock that ticks.
      var spec = TableSpec.sparse().int64().durability(durability).hashed().ranges(4).build();
      for (int rank = 0; rank < WORKERS; rank++) {
        Worker worker = job.join(WorkerId.of(rank, WORKERS), Resume.FRESH);
        Table table = worker.table("counts", spec);
        int id = rank;
        var thread = new Thread(() -> run(worker, table, id, ledger), "load-" + rank);
        threads.add(thread);
        thread.start();
      }
    }

    private void run(Worker worker, Table table, int rank, Ledger ledger) {
      var inFlight = new Semaphore(IN_FLIGHT);
      try {
        for (long push = 0; going.get(); push++) {
          inFlight.acquire();
          long key = Ledger.key(rank, push);
          ledger.pushes.put(key, false);
          CompletableFuture<?> pushed =
              table.push(new long[] {Ledger.sharedKey(push), key}, new long[] {1, 1});
          var unused =
              pushed.whenComplete(
                  (receipt, thrown) -> {
                    if (thrown == null) {
                      ledger.pushes.put(key, true);
                      answered.incrementAndGet();
                    } else if (going.get()) {
                      failure.compareAndSet(null, thrown);
                    }
                    inFlight.release();
                  });
          if (push % 100 == 99) {
            var ticked = worker.tick();
            var ignored = ticked.exceptionally(thrown -> 0);
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException e) {
        if (going.get()) {
          failure.compareAndSet(null, e);
        }
      }
    }

    /** Blocks until that many more pushes are acknowledged. */
    void awaitProgress(int pushes) {
      int target = answered.get() + pushes;
      org.awaitility.Awaitility.await("acknowledged pushes")
          .atMost(Duration.ofSeconds(60))
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(2))
          .until(
              () -> {
                var thrown = failure.get();
                if (thrown != null) {
                  throw new AssertionError("a push failed", thrown);
                }
                return answered.get() >= target;
              });
    }

    /** Stops making pushes; those in flight stay unanswered where the server dies now. */
    void giveUp() {
      going.set(false);
    }

    @Override
    public void close() {
      going.set(false);
      for (var thread : threads) {
        thread.interrupt();
        try {
          thread.join();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      cluster.close();
    }
  }
}
