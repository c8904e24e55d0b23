package io.holdfast.tools.train;

import io.holdfast.client.CacheSettings;
import io.holdfast.client.CachedTable;
import io.holdfast.client.PushReceipt;
import io.holdfast.client.Rows;
import io.holdfast.client.Table;
import io.holdfast.model.Consistency;
import io.holdfast.model.ElementType;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.RangeFunction;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A sparse float32 table of width 1 of a {@link FakeCluster}; all under the cluster's lock. */
final class FakeTable {
  private final FakeCluster cluster;
  private final String name;
  private final TableSpec spec;
  private Consistency consistency;

  /** Weight, then two values of optimizer state. */
  private final Long2ObjectOpenHashMap<float[]> rows = new Long2ObjectOpenHashMap<>();

  private final ArrayDeque<WaitingPull> waiting = new ArrayDeque<>();

  /** Of an int64 table, whose rule is {@code assign}. */
  private final Map<Long, long[]> longRows = new HashMap<>();

  /** Sequential mode: by clock, then by worker, the pushes that are not applied yet. */
  private final TreeMap<Integer, TreeMap<Integer, List<Push>>> pending = new TreeMap<>();

  private record Push(long[] keys, float[] values) {}

  private record WaitingPull(
      int rank, int needsOthersAt, long[] keys, CompletableFuture<Rows> answer) {}

  private record LongAnswer(int width, long[] longs) implements Rows {
    @Override
    public int minClock() {
      return 0;
    }

    @Override
    public int count() {
      return longs.length / width;
    }

    @Override
    public float[] floats() {
      throw new UnsupportedOperationException();
    }
  }

  private record Answer(float[] floats, int minClock) implements Rows {
    @Override
    public int width() {
      return 1;
    }

    @Override
    public int count() {
      return floats.length;
    }

    @Override
    public long[] longs() {
      throw new UnsupportedOperationException();
    }
  }

  FakeTable(FakeCluster cluster, String name, TableSpec spec) {
    this.cluster = cluster;
    this.name = name;
    this.spec = spec;
    this.consistency = spec.consistency();
  }

  TableSpec spec() {
    return spec;
  }

  Table asSeenBy(int rank) {
    return new View(rank);
  }

  void clocksChanged() {
    if (spec.consistency() instanceof Consistency.Sequential sequential) {
      while (!pending.isEmpty() && pending.firstKey() < cluster.othersClock(-1)) {
        applyCombined(pending.pollFirstEntry().getValue(), sequential.combine());
      }
    }
    for (int left = waiting.size(); left > 0; left--) {
      answerOrWait(waiting.remove());
    }
  }

  private void applyCombined(Map<Integer, List<Push>> clock, Consistency.Combine combine) {
    Map<Long, Float> sums = new HashMap<>();
    clock
        .values()
        .forEach(
            pushes ->
                pushes.forEach(
                    push -> {
                      for (int i = 0; i < push.keys.length; i++) {
                        sums.merge(push.keys[i], push.values[i], Float::sum);
                      }
                    }));
    float divisor = combine == Consistency.Combine.MEAN ? clock.size() : 1;
    sums.forEach((key, sum) -> apply(key, sum / divisor));
  }

  private void apply(long key, float g) {
    float[] row = rows.computeIfAbsent(key, absent -> new float[3]);
    RuleSpec rule = spec.rule();
    switch (rule.name()) {
      case "ftrl" -> ftrl(row, g, rule);
      case "adagrad" -> {
        row[1] += g * g;
        row[0] -= (float) (rule.parameter("learning_rate", 1) * g / (Math.sqrt(row[1]) + 1e-8));
      }
      default -> throw new IllegalArgumentException(rule.name());
    }
  }

  /** McMahan et al., KDD '13, algorithm 1; row: w, z, n. */
  private static void ftrl(float[] row, float g, RuleSpec rule) {
    double alpha = rule.parameter("alpha", 1);
    double l1 = rule.parameter("l1", 0);
    double n = row[2] + (double) g * g;
    double sigma = (Math.sqrt(n) - Math.sqrt(row[2])) / alpha;
    double z = row[1] + g - sigma * row[0];
    row[1] = (float) z;
    row[2] = (float) n;
    row[0] =
        Math.abs(z) <= l1
            ? 0
            : (float)
                (-(z - Math.signum(z) * l1)
                    / ((rule.parameter("beta", 1) + Math.sqrt(n)) / alpha
                        + rule.parameter("l2", 0)));
  }

  private void answerOrWait(WaitingPull pull) {
    if (cluster.othersClock(pull.rank) < pull.needsOthersAt) {
      waiting.add(pull);
      return;
    }
    float[] values = new float[pull.keys.length];
    for (int i = 0; i < values.length; i++) {
      float[] row = rows.get(pull.keys[i]);
      values[i] = row == null ? 0 : row[0];
    }
    pull.answer.complete(new Answer(values, 0));
  }

  /** The table under one worker's clock, or under none (rank -1). */
  private final class View implements Table {
    private final int rank;

    View(int rank) {
      this.rank = rank;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Table latest() {
      return this;
    }

    @Override
    public CompletableFuture<Void> release() {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public TableSpec spec() {
      return spec;
    }

    @Override
    public CompletableFuture<Rows> pull(long[] keys) {
      synchronized (cluster) {
        if (spec.element() == ElementType.INT64) {
          long[] found = new long[keys.length * spec.width()];
          for (int i = 0; i < keys.length; i++) {
            long[] row = longRows.getOrDefault(keys[i], new long[spec.width()]);
            System.arraycopy(row, 0, found, i * spec.width(), spec.width());
          }
          return CompletableFuture.completedFuture(new LongAnswer(spec.width(), found));
        }
        int clock = cluster.clockOf(rank);
        int needed =
            switch (consistency) {
              case Consistency.Eventual eventual -> 0;
              case Consistency.Bounded bounded -> clock - bounded.staleness();
              case Consistency.Sequential sequential -> clock;
            };
        var answer = new CompletableFuture<Rows>();
        answerOrWait(new WaitingPull(rank, rank < 0 ? 0 : needed, keys, answer));
        return answer;
      }
    }

    @Override
    public CompletableFuture<PushReceipt> push(long[] keys, float[] values) {
      synchronized (cluster) {
        if (cluster.failsPush()) {
          return CompletableFuture.failedFuture(
              new HoldfastException(ErrorCode.STORE_FAILED, "the store has failed"));
        }
        if (spec.consistency() instanceof Consistency.Sequential && rank >= 0) {
          pending
              .computeIfAbsent(cluster.clockOf(rank), absent -> new TreeMap<>())
              .computeIfAbsent(rank, absent -> new ArrayList<>())
              .add(new Push(keys, values));
        } else {
          for (int i = 0; i < keys.length; i++) {
            apply(keys[i], values[i]);
          }
        }
        return CompletableFuture.completedFuture(new PushReceipt(1, 0));
      }
    }

    @Override
    public CompletableFuture<PushReceipt> replace(long[] keys, float[] values) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Rows> pull(long[] keys, float[] into) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Rows> pull(long[] keys, long[] into) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Rows> pull(KeyRange keys) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Rows> pull(KeyRange keys, float[] into) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Rows> pullAll() {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<PushReceipt> push(long[] keys, long[] values) {
      synchronized (cluster) {
        for (int i = 0; i < keys.length; i++) {
          int from = i * spec.width();
          longRows.put(keys[i], Arrays.copyOfRange(values, from, from + spec.width()));
        }
        return CompletableFuture.completedFuture(new PushReceipt(1, 0));
      }
    }

    @Override
    public CompletableFuture<PushReceipt> push(KeyRange keys, float[] values) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<PushReceipt> push(KeyRange keys, long[] values) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<PushReceipt> pushAll(float[] values) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Rows> pushPull(long[] keys, float[] values) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Rows> pushPull(long[] keys, long[] values) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Table after(CompletionStage<?>... earlier) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<RangeFunction.Result> evaluate(RuleSpec function) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CachedTable cached(CacheSettings settings) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Consistency consistency() {
      synchronized (cluster) {
        return consistency;
      }
    }

    @Override
    public void setConsistency(Consistency changed) {
      synchronized (cluster) {
        consistency = changed;
        clocksChanged();
      }
    }
  }
}
