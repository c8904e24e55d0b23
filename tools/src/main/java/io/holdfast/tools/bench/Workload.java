package io.holdfast.tools.bench;

import io.holdfast.client.Table;
import io.holdfast.model.Durability;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** What is pushed and pulled. */
enum Workload {
  /**
   * Sparse scalars: 10,000 distinct keys, ascending, out of 10 M by a Zipf law of exponent 1, one
   * float32 each.
   */
  W1("keys", 10_000, 10_000_000, 1) {
    @Override
    TableSpec.Builder shape() {
      return TableSpec.sparse();
    }

    @Override
    Calls calls(int worker) {
      return new KeyCalls(this, new ZipfKeys(keySpace(), SEED + worker));
    }
  },
  /** Embedding rows: 1,000 distinct rows, ascending, uniform out of 1 M, 64 float32 each. */
  W2("rows", 1_000, 1_000_000, 64) {
    @Override
    TableSpec.Builder shape() {
      return TableSpec.sparse().width(width());
    }

    @Override
    Calls calls(int worker) {
      var random = new Random(SEED + worker);
      return new KeyCalls(this, () -> random.nextInt(keySpace()));
    }
  },
  /** A dense vector of 100 MB in pieces of 4 MB. */
  W3("bytes", 1 << 20, 25 << 20, 1) {
    @Override
    TableSpec.Builder shape() {
      return TableSpec.dense(keySpace());
    }

    @Override
    Calls calls(int worker) {
      return new PieceCalls(this);
    }
  };

  private static final long SEED = 1;

  private final String unit;
  private final int keysPerCall;
  private final int keySpace;
  private final int width;

  Workload(String unit, int keysPerCall, int keySpace, int width) {
    this.unit = unit;
    this.keysPerCall = keysPerCall;
    this.keySpace = keySpace;
    this.width = width;
  }

  abstract TableSpec.Builder shape();

  /**
   * @param worker number of who makes them; each draws other keys of the same law
   */
  abstract Calls calls(int worker);

  /**
   * @param replicas 0: the server's choice
   */
  TableSpec spec(Durability durability, int replicas, boolean combinesPushes) {
    var spec = shape().durability(durability).replicas(replicas);
    return (combinesPushes ? spec.combinePushes() : spec).build();
  }

  /** What the rate counts: keys, rows or bytes. */
  String unit() {
    return unit;
  }

  int keysPerCall() {
    return keysPerCall;
  }

  int keySpace() {
    return keySpace;
  }

  int width() {
    return width;
  }

  /** Bytes of values in one call. */
  long bytesPerCall() {
    return (long) keysPerCall * width * Float.BYTES;
  }

  /** What one call adds to the rate. */
  long unitsPerCall() {
    return this == W3 ? bytesPerCall() : keysPerCall;
  }

  /** Calls, made ahead; used again from the first when all are used. */
  interface Calls {
    CompletableFuture<?> push(Table table, int call);

    /**
     * @param slot which of the arrays for answers is free; below the number in flight
     */
    CompletableFuture<?> pull(Table table, int call, int slot);
  }

  /** Where random keys come from. */
  interface KeySource {
    long next();
  }

  /** Lists of keys. */
  private static final class KeyCalls implements Calls {
    private static final int LISTS = 64;

    private final long[][] keys = new long[LISTS][];
    private final float[] update;
    private final float[][] answers = new float[BenchCommand.MOST_IN_FLIGHT][];

    KeyCalls(Workload workload, KeySource source) {
      for (int i = 0; i < LISTS; i++) {
        keys[i] = distinct(source, workload.keysPerCall());
      }
      update = ones(workload.keysPerCall() * workload.width());
      Arrays.setAll(answers, slot -> new float[update.length]);
    }

    @Override
    public CompletableFuture<?> push(Table table, int call) {
      return table.push(keys[call % LISTS], update);
    }

    @Override
    public CompletableFuture<?> pull(Table table, int call, int slot) {
      return table.pull(keys[call % LISTS], answers[slot]);
    }

    private static long[] distinct(KeySource source, int count) {
      var chosen = new java.util.TreeSet<Long>();
      while (chosen.size() < count) {
        chosen.add(source.next());
      }
      return chosen.stream().mapToLong(key -> key).toArray();
    }
  }

  /** Ranges of a dense table. */
  private static final class PieceCalls implements Calls {
    private final KeyRange[] pieces;
    private final float[] update;
    private final float[][] answers = new float[BenchCommand.MOST_IN_FLIGHT][];

    PieceCalls(Workload workload) {
      int keys = workload.keysPerCall();
      pieces = new KeyRange[workload.keySpace() / keys];
      Arrays.setAll(pieces, i -> new KeyRange((long) i * keys, (long) (i + 1) * keys));
      update = ones(keys);
    }

    @Override
    public CompletableFuture<?> push(Table table, int call) {
      return table.push(pieces[call % pieces.length], update);
    }

    @Override
    public CompletableFuture<?> pull(Table table, int call, int slot) {
      if (answers[slot] == null) {
        answers[slot] = new float[update.length];
      }
      return table.pull(pieces[call % pieces.length], answers[slot]);
    }
  }

  private static float[] ones(int count) {
    float[] values = new float[count];
    Arrays.fill(values, 1e-3f);
    return values;
  }
}
