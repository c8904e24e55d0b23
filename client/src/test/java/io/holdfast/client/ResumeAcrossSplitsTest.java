package io.holdfast.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.filter.Filters;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A worker does the same things in each of its lives, from where its last saved state says. It dies
 * and ranges are split at any moment. In the end each of its pushes is in once (P10, P14, P24).
 * {@code -Dholdfast.seeds=60} sets the number of runs.
 */
class ResumeAcrossSplitsTest {
  private static final int STEPS = 90;
  private static final int ROWS = 60;
  private static final int MOST_RANGES = 7;
  private static final int LAST_LIFE = 9;
  // The second table is opened behind the first saves.
  private static final int SECOND_TABLE = 25;

  private final FakeCluster fake = new FakeCluster(1);
  // Of the first table, and of the second.
  private Filters[] filters = {Filters.NONE, Filters.NONE};
  private int splits;
  private int deaths;
  private int resumes;

  @AfterEach
  void close() {
    fake.close();
  }

  /** What the worker does at a step; the same in each life. */
  private record Step(Random random) {
    static Step of(long seed, int index) {
      return new Step(new Random(seed * 10_000 + index));
    }

    int table(int index) {
      return index < SECOND_TABLE || random.nextInt(3) > 0 ? 0 : 1;
    }

    /** Distinct keys in any order: one, a few, or all, which are sent in pieces. */
    long[] keys() {
      int count =
          switch (random.nextInt(8)) {
            case 0 -> ROWS;
            case 1, 2 -> 3;
            default -> 1;
          };
      return random.longs(0, ROWS).distinct().limit(count).toArray();
    }
  }

  private static boolean endsClock(int index) {
    return index % 8 == 7;
  }

  private static boolean saves(int index) {
    return index % 24 != 15;
  }

  private boolean flushes(int index) {
    return filters[0].carries() && index % 31 == 30;
  }

  @Test
  void everyPushIsInOnceWhereverAWorkerDiesAndARangeIsSplit() {
    runAll();
  }

  /** Sums of whole numbers: each that is held back has to arrive once, whoever dies meanwhile. */
  @Test
  void whatFiltersHoldBackIsInOnceToo() {
    filters = new Filters[] {Filters.parse("skip:0.3,significant:3"), Filters.parse("top-k:0.4")};
    runAll();
  }

  private void runAll() {
    fake.limit(4 << 20, 10); // so that pushes of all rows are cut into pieces
    long seeds = Long.getLong("holdfast.seeds", 8);
    for (long seed = 0; seed < seeds; seed++) {
      run(seed);
    }
    assertTrue(
        splits > 4 * seeds && deaths > 2 * seeds && resumes > seeds,
        seeds + " seeds, " + splits + " splits, " + deaths + " deaths, " + resumes + " resumes");
  }

  private void run(long seed) {
    var chance = new Random(seed);
    String[] names = {"t" + seed, "u" + seed};
    boolean done = false;
    for (int life = 1; !done; life++) {
      Options options = Settings.quick().withCloseTimeout(Duration.ofMillis(1));
      try (Holdfast cluster = Holdfast.connect(fake.address(), options)) {
        done = live(cluster, seed, names, chance, life == LAST_LIFE);
      }
      deaths += done ? 0 : 1;
      splitSome(chance, names, done ? 0 : chance.nextInt(3));
    }
    check(seed, names);
  }

  /** Gives false where the worker died before it had done all. */
  private boolean live(Holdfast cluster, long seed, String[] names, Random chance, boolean isLast) {
    Worker worker = cluster.job("j").join(WorkerId.of((int) seed, 100), Resume.IF_SAVED);
    int from = worker.savedState().map(state -> ByteBuffer.wrap(state).getInt()).orElse(0);
    resumes += from > 0 ? 1 : 0;
    var tables = new Table[2];
    tables[0] = worker.table(names[0], TableSpec.dense(ROWS).ranges(2).build(), filters[0]);
    var calls = new ArrayList<CompletableFuture<?>>();
    for (int i = from; i < STEPS; i++) {
      if (i >= SECOND_TABLE && tables[1] == null) {
        tables[1] = worker.table(names[1], TableSpec.dense(ROWS).ranges(1).build(), filters[1]);
      }
      switch (chance.nextInt(24)) {
        case 0, 1 -> splitSome(chance, names, 1);
        case 2 -> fake.breakAfter(1 + chance.nextInt(8), chance.nextBoolean());
        case 3 -> fake.refuse(1 + chance.nextInt(3), ErrorCode.UNDER_REPLICATED);
        case 4 -> calls.forEach(CompletableFuture::join);
        case 5, 6 -> {
          if (!isLast) {
            return false;
          }
        }
        default -> {}
      }
      if (flushes(i)) {
        calls.add(worker.flush());
      }
      if (endsClock(i)) {
        calls.add(
            saves(i) ? worker.tick(ByteBuffer.allocate(4).putInt(i + 1).array()) : worker.tick());
      } else {
        var step = Step.of(seed, i);
        Table table = tables[step.table(i)];
        long[] keys = step.keys();
        float[] ones = new float[keys.length];
        java.util.Arrays.fill(ones, 1);
        calls.add(table.push(keys, ones));
        if (chance.nextInt(6) == 0) {
          calls.add(table.pull(keys));
        }
      }
    }
    calls.add(worker.flush());
    calls.forEach(CompletableFuture::join);
    return true;
  }

  private void splitSome(Random chance, String[] names, int count) {
    for (int i = 0; i < count; i++) {
      String name = names[fake.hasTable(names[1]) ? chance.nextInt(2) : 0];
      List<KeyRange> ranges = fake.ranges(name);
      int index = chance.nextInt(ranges.size());
      KeyRange range = ranges.get(index);
      if (ranges.size() < MOST_RANGES && range.size() > 1) {
        fake.split(name, index, range.start() + 1 + chance.nextLong(range.size() - 1));
        splits++;
      }
    }
  }

  private void check(long seed, String[] names) {
    int[][] expected = new int[2][ROWS];
    for (int i = 0; i < STEPS; i++) {
      if (!endsClock(i)) {
        var step = Step.of(seed, i);
        int table = step.table(i);
        for (long key : step.keys()) {
          expected[table][(int) key]++;
        }
      }
    }
    for (int table = 0; table < 2; table++) {
      List<KeyRange> ranges = fake.ranges(names[table]);
      for (int index = 0; index < ranges.size(); index++) {
        for (long key = ranges.get(index).start(); key < ranges.get(index).end(); key++) {
          assertEquals(
              expected[table][(int) key],
              fake.range(names[table], index).value(key),
              "seed " + seed + " table " + names[table] + " key " + key);
        }
      }
    }
  }
}
