package io.holdfast.it;

import io.holdfast.client.Job;
import io.holdfast.client.Resume;
import io.holdfast.client.Table;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.model.Initial;
import io.holdfast.model.KeyHash;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.UpdateContext;
import io.holdfast.store.rule.BatchRule;
import io.holdfast.store.rule.InstalledRules;
import io.holdfast.tools.snapshot.SnapshotRange;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;

/**
 * Asynchronous workers under Adam whose gradients depend on the key alone, so that a row and its
 * optimizer state tell exactly how many pushes are in them, in whatever order. Which keys a push
 * has, its number says: so the clocks of a range tell how many pushes must be in each row.
 */
final class AdamLoad implements AutoCloseable {
  static final int WIDTH = 4;
  static final int KEYS = 600;
  static final int WORKERS = 2;
  static final float INITIAL = 0.5f;
  private static final int CLASSES = 3;
  private static final int GRADIENTS = 7;
  private static final int OPS_PER_TICK = 10;
  private static final int IN_FLIGHT = 8;

  static final TableSpec SPEC =
      TableSpec.sparse()
          .width(WIDTH)
          .hashed()
          .ranges(4)
          .rule(Rules.adam(0.01))
          .initial(new Initial.Constant(INITIAL))
          .build();

  private static final BatchRule RULE = InstalledRules.builtIn().rule(SPEC);

  private final List<CompletableFuture<Void>> workers = new ArrayList<>();
  private volatile boolean stopped;

  AdamLoad(Job job, String table) {
    for (int rank = 0; rank < WORKERS; rank++) {
      var worker = job.join(WorkerId.of(rank, WORKERS), Resume.FRESH);
      workers.add(CompletableFuture.runAsync(() -> push(worker, worker.table(table, SPEC))));
    }
  }

  private void push(Worker worker, Table table) {
    var inFlight = new ArrayDeque<CompletableFuture<?>>();
    try (worker) {
      for (int op = 1; !stopped; op++) {
        if (op % OPS_PER_TICK == 0) {
          inFlight.add(worker.tick(new byte[] {1}));
        } else {
          long[] keys = keys(op % CLASSES);
          float[] values = new float[keys.length * WIDTH];
          for (int i = 0; i < values.length; i++) {
            values[i] = gradient(keys[i / WIDTH], i % WIDTH);
          }
          inFlight.add(table.push(keys, values));
        }
        while (inFlight.size() > IN_FLIGHT) {
          inFlight.remove().join();
        }
      }
      inFlight.forEach(CompletableFuture::join);
    }
  }

  private static long[] keys(int of) {
    return LongStream.range(0, KEYS).filter(key -> key % CLASSES == of).toArray();
  }

  private static float gradient(long key, int column) {
    return (key % GRADIENTS - 3) * 0.25f + column;
  }

  /** Pushes to a key among the first so many operations of a worker. */
  private static int pushes(long key, long ops) {
    int cycle = OPS_PER_TICK * CLASSES;
    int inCycle = pushesBetween(key, 1, cycle);
    long whole = ops / cycle * cycle;
    return (int) (ops / cycle) * inCycle + pushesBetween(key, whole + 1, ops);
  }

  private static int pushesBetween(long key, long first, long last) {
    int pushes = 0;
    for (long op = first; op <= last; op++) {
      pushes += op % OPS_PER_TICK != 0 && op % CLASSES == key % CLASSES ? 1 : 0;
    }
    return pushes;
  }

  /** Gives rows as they are after so many pushes; remembers what it has worked out. */
  static final class Expected {
    private final Map<Long, List<float[]>> histories = new HashMap<>();

    /** All rows of ranges by their keys, as the clocks say that the snapshot has of workers. */
    Map<Long, float[]> rows(List<SnapshotRange> ranges) {
      var rows = new TreeMap<Long, float[]>();
      for (var range : ranges) {
        for (long key = 0; key < KEYS; key++) {
          if (range.keys().contains(KeyHash.place(key))) {
            long id = key;
            int pushes = range.clocks().stream().mapToInt(one -> pushes(id, one.seq())).sum();
            if (pushes > 0) {
              rows.put(key, row(key, pushes));
            }
          }
        }
      }
      return rows;
    }

    private float[] row(long key, int pushes) {
      var history =
          histories.computeIfAbsent(
              key % GRADIENTS,
              k -> {
                float[] first = new float[RULE.width() + RULE.stateWidth()];
                Arrays.fill(first, 0, WIDTH, INITIAL);
                return new ArrayList<>(List.of(first));
              });
      var values = ByteBuffer.allocate(WIDTH * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < WIDTH; i++) {
        values.putFloat(gradient(key, i));
      }
      while (history.size() <= pushes) {
        float[] next = history.getLast().clone();
        RULE.applyRun(next, 0, 1, values, 0, new UpdateContext(1, 0, 0, 1, WORKERS));
        history.add(next);
      }
      return history.get(pushes);
    }
  }

  /** Whether all workers push. */
  boolean isRunning() {
    return workers.stream().noneMatch(CompletableFuture::isDone);
  }

  @Override
  public void close() {
    stopped = true;
    workers.forEach(CompletableFuture::join);
  }
}
