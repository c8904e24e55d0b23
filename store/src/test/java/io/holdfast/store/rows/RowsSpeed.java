package io.holdfast.store.rows;

import io.holdfast.model.KeyRange;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.RangeFunction;
import io.holdfast.plugin.UpdateContext;
import io.holdfast.store.rule.BatchRule;
import io.holdfast.store.rule.RuleBook;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;

/**
 * A rough measure of the hot loops on one thread, to be run by hand: median of short runs, in the
 * thread's processor time, so that a busy machine does not show.
 */
final class RowsSpeed {
  private static final int REPEATS = 5;

  private RowsSpeed() {}

  public static void main(String[] arguments) throws IOException {
    Path directory = Files.createTempDirectory("rows-speed");
    try (RocksRowStore store =
        RocksRowStore.open(directory, RowStoreOptions.ofBudget(3L << 28), FastAdd.BOOK)) {
      sparseScalars(store);
      embeddingRows(store);
      denseVector(store);
      coldRows(store);
    }
  }

  private static void sparseScalars(RocksRowStore store) {
    int rows = 10_000_000;
    bareProbes(rows);
    RangeRows range = store.open(1, KeyRange.ALL, TableSpec.sparse().build());
    fill(range, rows, 1, 0x9E3779B97F4A7C15L);
    KeyBatch[] batches = batches(rows, 10_000, 200, 0x9E3779B97F4A7C15L);
    measureBoth("W1 sparse scalars, M keys/s", range, batches, 10_000, 4);
    range.close();
  }

  /** What the machine gives at this moment: probes of one flat array, nothing else. */
  private static void bareProbes(int rows) {
    KeyBatch[] batches = batches(rows, 10_000, 200, 0x9E3779B97F4A7C15L);
    KeyIndex index = new KeyIndex();
    index.grow(rows);
    for (int i = 0; i < rows; i++) {
      index.put(i * 0x9E3779B97F4A7C15L, i);
    }
    int[] cells = new int[10_000];
    measure(
        "bare lookups of 10 M keys, M keys/s",
        200 * 10_000 / 1e6,
        i -> index.resolve(batches[i].listed(), 0, batches[i].count(), cells),
        batches.length);
    System.out.println("   (" + index.touched() % 10 + ")");
  }

  /** Addition as a production rule would do it. */
  private record FastAdd(int width) implements BatchRule {
    static final RuleBook BOOK =
        new RuleBook() {
          @Override
          public BatchRule rule(TableSpec table) {
            return new FastAdd(table.width());
          }

          @Override
          public RangeFunction function(RuleSpec spec, TableSpec table) {
            throw new UnsupportedOperationException();
          }
        };

    @Override
    public int stateWidth() {
      return 0;
    }

    @Override
    public void apply(
        float[][] slabs,
        int[] slab,
        int[] at,
        int count,
        ByteBuffer values,
        int valuesAt,
        UpdateContext context) {
      if (width == 1) {
        for (int i = 0; i < count; i++) {
          slabs[slab[i]][at[i]] += values.getFloat(valuesAt + i * Float.BYTES);
        }
        return;
      }
      for (int i = 0; i < count; i++) {
        add(slabs[slab[i]], at[i], width, values, valuesAt + i * width * Float.BYTES);
      }
    }

    private static void add(float[] slab, int at, int length, ByteBuffer values, int from) {
      for (int j = 0; j < length; j++) {
        slab[at + j] += values.getFloat(from + j * Float.BYTES);
      }
    }

    @Override
    public void applyRun(
        float[] slab, int at, int rows, ByteBuffer values, int valuesAt, UpdateContext context) {
      add(slab, at, rows * width, values, valuesAt);
    }

    @Override
    public void apply(
        long[][] slabs,
        int[] slab,
        int[] at,
        int count,
        ByteBuffer values,
        int valuesAt,
        UpdateContext context) {
      throw new UnsupportedOperationException();
    }
  }

  private static void embeddingRows(RocksRowStore store) {
    RangeRows range = store.open(2, KeyRange.ALL, TableSpec.sparse().width(64).build());
    fill(range, 1_000_000, 64, 1);
    KeyBatch[] batches = batches(1_000_000, 1_000, 500, 1);
    measureBoth("W2 rows of 64, M rows/s", range, batches, 1_000, 256);
    checkpoint(range, 1_000_000);
    range.close();
  }

  private static void coldRows(RocksRowStore store) {
    RangeRows range = store.open(2, KeyRange.ALL, TableSpec.sparse().width(64).build());
    KeyBatch[] batches = batches(1_000_000, 1_000, 20, 1);
    ByteBuffer out = ByteBuffer.allocateDirect(1_000 * 256);
    long begin = cpuNanos();
    for (KeyBatch batch : batches) {
      range.gather(batch, 0, out.clear());
    }
    print("cold random gather of rows of 64, M rows/s", 20_000 / 1e6, cpuNanos() - begin);
    begin = cpuNanos();
    int steps = 1;
    while (range.warm()) {
      steps++;
    }
    long took = cpuNanos() - begin;
    print("warm 1 M rows of 64 in " + steps + " steps, M rows/s", 1, took);
    range.close();
  }

  private static void denseVector(RocksRowStore store) {
    int rows = 25_000_000;
    RangeRows range = store.open(3, new KeyRange(0, rows), TableSpec.dense(rows).build());
    fill(range, rows, 1, 1);
    KeyBatch[] batches = new KeyBatch[25];
    for (int i = 0; i < batches.length; i++) {
      batches[i] = new KeyBatch();
      batches[i].setContiguous(i * 1_000_000L, 1_000_000);
    }
    measureBoth("W3 dense pieces of 4 MB, GB/s", range, batches, 4_000_000 / 1000.0, 4_000);
    range.close();
  }

  private static void fill(RangeRows range, int rows, int width, long spread) {
    int piece = 4096;
    ByteBuffer ones = values(piece * width * Float.BYTES);
    KeyBatch keys = new KeyBatch();
    long begin = cpuNanos();
    for (int first = 0; first < rows; first += piece) {
      int count = Math.min(piece, rows - first);
      if (spread == 1) {
        keys.setContiguous(first, count);
      } else {
        long[] listed = keys.setListed(count);
        for (int i = 0; i < count; i++) {
          listed[i] = (first + i) * spread;
        }
      }
      range.apply(keys, ones, ModelRows.CONTEXT);
    }
    print("   first writes, M rows/s", rows / 1e6, cpuNanos() - begin);
  }

  private static KeyBatch[] batches(int rows, int count, int batches, long spread) {
    SplittableRandom random = new SplittableRandom(1);
    KeyBatch[] made = new KeyBatch[batches];
    for (int b = 0; b < batches; b++) {
      long[] chosen =
          random
              .ints(count, 0, rows)
              .distinct()
              .mapToLong(i -> i * spread ^ Long.MIN_VALUE)
              .sorted()
              .map(k -> k ^ Long.MIN_VALUE)
              .toArray();
      made[b] = new KeyBatch();
      System.arraycopy(chosen, 0, made[b].setListed(chosen.length), 0, chosen.length);
    }
    return made;
  }

  private static ByteBuffer values(int bytes) {
    ByteBuffer values = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < bytes; i += Float.BYTES) {
      values.putFloat(i, 1);
    }
    return values;
  }

  private static void measureBoth(
      String what, RangeRows range, KeyBatch[] batches, double units, int rowBytes) {
    int bytes = batches[0].isContiguous() ? 4_000_000 : (int) (units * rowBytes);
    ByteBuffer values = values(bytes);
    double scale = batches[0].isContiguous() ? 1e9 / 4_000_000 * units : 1e6;
    double total = batches.length * units / scale;
    measure(
        what + ": apply",
        total,
        i -> range.apply(batches[i], values, ModelRows.CONTEXT),
        batches.length);
    ByteBuffer out = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    measure(
        what + ": gather", total, i -> range.gather(batches[i], 0, out.clear()), batches.length);
  }

  private static void measure(String what, double total, IntConsumer action, int count) {
    double[] rates = new double[REPEATS];
    for (int repeat = 0; repeat < REPEATS; repeat++) {
      long begin = cpuNanos();
      for (int i = 0; i < count; i++) {
        action.accept(i);
      }
      rates[repeat] = total * 1e9 / (cpuNanos() - begin);
    }
    java.util.Arrays.sort(rates);
    System.out.printf("%-50s %8.2f (best %.2f)%n", what, rates[REPEATS / 2], rates[REPEATS - 1]);
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static void checkpoint(RangeRows range, int rows) {
    long begin = cpuNanos();
    Checkpoint checkpoint = range.beginCheckpoint();
    print("freeze, per s", 1, cpuNanos() - begin);
    begin = cpuNanos();
    while (!checkpoint.copy(1 << 20)) {
      // goes on
    }
    print("copy, M rows/s", rows / 1e6, cpuNanos() - begin);
    begin = cpuNanos();
    checkpoint.write(new byte[100]);
    print("write and ingest, M rows/s", rows / 1e6, cpuNanos() - begin);
    begin = cpuNanos();
    checkpoint.complete();
    print("complete, per s", 1, cpuNanos() - begin);
  }

  private static void print(String what, double amount, long nanos) {
    System.out.printf("%-50s %8.2f in %.1f ms%n", what, amount * 1e9 / nanos, nanos / 1e6);
  }
}
