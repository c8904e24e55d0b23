package io.holdfast.it;

import io.holdfast.client.CacheSettings;
import io.holdfast.client.CachedTable;
import io.holdfast.client.Holdfast;
import io.holdfast.client.Options;
import io.holdfast.client.Resume;
import io.holdfast.client.Rows;
import io.holdfast.client.Table;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.TableSpec;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/**
 * A worker in a process of its own that writes every pull down. In each clock it pushes 1 to its
 * own counter in every lane (a range of the table), and pulls all counters, now through a cache and
 * now not. Its pace is random, so that workers come to the bound from both sides. Worker 0 changes
 * the bound on its way, and everybody goes on until it has heard of the last one.
 *
 * <p>Lines of its file: {@code pull WORKER CLOCK KNOWN_BOUND ANSWERED MIN_CLOCK VALUE...}, the
 * bound as it was known before the call, the values in the order of {@link #key}; and {@code bound
 * ASKED S} before the bound is changed. ASKED and ANSWERED are the machine's clock, and say which
 * bounds nobody can have known of when a pull was answered.
 */
final class BoundRecorder {
  static final String JOB = "bound";
  static final String TABLE = "counters";
  static final int LANES = 3;

  private BoundRecorder() {}

  /** Of a worker's counter. */
  static long key(int worker, int lane, int workers) {
    return (long) lane * workers + worker;
  }

  static TableSpec spec(int workers, int staleness) {
    return TableSpec.dense((long) LANES * workers)
        .int64()
        .ranges(LANES)
        .staleness(staleness)
        .durability(Durability.MEMORY)
        .build();
  }

  /** ADDRESSES WORKER WORKERS CLOCKS FIRST_BOUND FILE. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    int rank = Integer.parseInt(arguments[1]);
    int workers = Integer.parseInt(arguments[2]);
    int clocks = Integer.parseInt(arguments[3]);
    int bound = Integer.parseInt(arguments[4]);
    Options options = Options.defaults().withCallTimeout(Duration.ofSeconds(60));
    try (var out =
            new PrintStream(
                Files.newOutputStream(Path.of(arguments[5])), false, StandardCharsets.UTF_8);
        Holdfast cluster = Holdfast.connect(arguments[0], options);
        Worker worker = cluster.job(JOB).join(WorkerId.of(rank, workers), Resume.FRESH)) {
      Table table = worker.table(TABLE, spec(workers, bound));
      CachedTable cached = table.cached(CacheSettings.defaults());
      long[] all = LongStream.range(0, (long) LANES * workers).toArray();
      long[] own = new long[LANES];
      long[] ones = new long[LANES];
      for (int lane = 0; lane < LANES; lane++) {
        own[lane] = key(rank, lane, workers);
        ones[lane] = 1;
      }
      var random = new Random(rank);
      boolean goesOn = true;
      for (int clock = 0; goesOn; clock++) {
        boolean raises = clock == clocks / 6;
        if (rank == 0 && (raises || clock == clocks / 3)) {
          int now = raises ? 3 * bound : lastBound(bound);
          out.println("bound " + System.currentTimeMillis() + " " + now);
          table.setConsistency(Consistency.bounded(now));
        }
        goesOn = clock + 1 < clocks || known(table) != lastBound(bound);
        var pushed = cached.push(own, ones);
        pull(rank, worker.clock(), random.nextInt(3) == 0 ? table : cached, all, out);
        if (random.nextBoolean()) {
          pull(rank, worker.clock(), cached, all, out);
        }
        if (random.nextInt(4) == 0) {
          cached.announce(all);
        }
        var ticked = worker.tick();
        // Now one and now another is ahead.
        TimeUnit.MICROSECONDS.sleep(random.nextInt(30) == 0 ? 40_000 : random.nextInt(2_000));
        if (pushed.isCompletedExceptionally() || ticked.isCompletedExceptionally()) {
          pushed.join();
          ticked.join();
        }
      }
      worker.flush().join();
      worker.leave().join();
      var used = cached.statistics();
      out.println("cache " + used.hits() + " " + used.misses() + " " + worker.clock());
    }
  }

  /** The bound that all end with. */
  static int lastBound(int firstBound) {
    return firstBound / 2;
  }

  private static int known(Table table) {
    return ((Consistency.Bounded) table.consistency()).staleness();
  }

  private static void pull(int rank, int clock, Table table, long[] keys, PrintStream out) {
    int known = known(table);
    Rows rows = table.pull(keys).join();
    var line = new StringBuilder("pull ").append(rank).append(' ').append(clock);
    line.append(' ').append(known).append(' ').append(System.currentTimeMillis());
    line.append(' ').append(rows.minClock());
    for (long value : rows.longs()) {
      line.append(' ').append(value);
    }
    out.println(line);
  }
}
