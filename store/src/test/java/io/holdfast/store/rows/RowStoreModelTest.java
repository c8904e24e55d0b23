package io.holdfast.store.rows;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.holdfast.model.KeyRange;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random pushes, rows written over, pulls, walks, checkpoints, failed checkpoints and restarts
 * against a sorted map.
 */
class RowStoreModelTest {
  private static final int RANGE = 7;
  private static final int STEPS = 100;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64, 4096})
  void sparseFloatRowsAreWhatWasPushed(int width) {
    for (int seed = 0; seed < 3; seed++) {
      new Run(TableSpec.sparse().width(width).build(), KeyRange.ALL, seed).go();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64, 2048})
  void sparseRowsKeepTheirState(int width) {
    RuleSpec rule = RuleSpec.of("add").with("state", width + 1);
    for (int seed = 10; seed < 12; seed++) {
      new Run(TableSpec.sparse().width(width).rule(rule).build(), KeyRange.ALL, seed).go();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64, 4096})
  void sparseLongRowsAreWhatWasPushed(int width) {
    for (int seed = 20; seed < 22; seed++) {
      new Run(TableSpec.sparse().width(width).int64().build(), KeyRange.ALL, seed).go();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64, 4096})
  void denseFloatRowsAreWhatWasPushed(int width) {
    KeyRange keys = new KeyRange(1_000, 1_000 + 400_000 / width);
    for (int seed = 30; seed < 32; seed++) {
      new Run(TableSpec.dense(2_000_000).width(width).build(), keys, seed).go();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64})
  void denseRowsKeepTheirState(int width) {
    RuleSpec rule = RuleSpec.of("add").with("state", 2);
    KeyRange keys = new KeyRange(77_777, 77_777 + 200_000 / width);
    for (int seed = 40; seed < 42; seed++) {
      new Run(TableSpec.dense(2_000_000).width(width).rule(rule).build(), keys, seed).go();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 64})
  void denseLongRowsAreWhatWasPushed(int width) {
    for (int seed = 50; seed < 52; seed++) {
      TableSpec table = TableSpec.dense(100_000 / width).width(width).int64().build();
      new Run(table, table.keys(), seed).go();
    }
  }

  @Test
  void tinyRangesWork() {
    for (int seed = 60; seed < 62; seed++) {
      new Run(TableSpec.dense(3).build(), new KeyRange(0, 3), seed).go();
      new Run(TableSpec.dense(9).width(5).build(), new KeyRange(5, 6), seed).go();
    }
  }

  /** One random history. */
  private final class Run {
    private final TableSpec table;
    private final KeyRange keyRange;
    private final SplittableRandom random;
    private final String where;
    private final Path home;
    private final KeyBatch keys = new KeyBatch();
    private final long keySpan;
    private final RowStoreOptions options;
    private ModelRows model;
    private ModelRows durable;
    private byte[] durableMetadata = {};
    private RocksRowStore store;
    private RangeRows rows;

    Run(TableSpec table, KeyRange keyRange, int seed) {
      this.table = table;
      this.keyRange = keyRange;
      this.random = new SplittableRandom(seed);
      this.where = "seed " + seed + " " + table;
      this.home = directory.resolve(table.width() + "-" + seed + "-" + keyRange.start());
      this.keySpan = table.isDense() ? keyRange.size() : 300_000L / table.width() + 50;
      this.options = RowStoreOptions.ofBudget(64L << (10 + random.nextInt(5)));
      this.model = new ModelRows(table);
      this.durable = model.copy();
      this.store = RocksRowStore.open(home, options, AddingRule.BOOK);
      this.rows = store.open(RANGE, keyRange, table);
    }

    void go() {
      for (int step = 0; step < STEPS; step++) {
        switch (random.nextInt(random.nextBoolean() ? 13 : 12)) {
          case 11 -> model.replace(random, nextKeys(), rows);
          case 0, 1, 2, 3, 4 -> model.push(random, nextKeys(), rows);
          case 5, 6, 7 -> model.checkPull(random, nextKeys(), rows, where);
          case 8 -> model.checkAll(rows, where);
          case 9 -> checkpoint();
          case 10 -> warm();
          default -> restart();
        }
      }
      model.checkAll(rows, where);
      rows.close();
      store.close();
    }

    private KeyBatch nextKeys() {
      int count = 1 + random.nextInt(random.nextInt(8) == 0 ? 3_000 : 100);
      count = (int) Math.min(count, keySpan);
      if (table.width() >= 1024) {
        count = Math.min(count, 20);
      }
      if (random.nextInt(3) == 0) {
        keys.setContiguous(key(random.nextLong(keySpan - count + 1)), count);
        return keys;
      }
      long[] chosen = random.longs(count, 0, keySpan).map(this::key).sorted().distinct().toArray();
      if (!table.isDense()) {
        chosen = sortUnsigned(chosen);
      }
      System.arraycopy(chosen, 0, keys.setListed(chosen.length), 0, chosen.length);
      return keys;
    }

    /** Sparse keys lie at both ends of the unsigned order, and around its middle. */
    private long key(long index) {
      return table.isDense() ? keyRange.start() + index : index - keySpan / 2;
    }

    private long[] sortUnsigned(long[] chosen) {
      return Arrays.stream(chosen)
          .map(k -> k ^ Long.MIN_VALUE)
          .sorted()
          .map(k -> k ^ Long.MIN_VALUE)
          .toArray();
    }

    private void checkpoint() {
      ModelRows cut = model.copy();
      Checkpoint checkpoint = rows.beginCheckpoint();
      byte[] metadata = new byte[random.nextInt(100)];
      Arrays.fill(metadata, (byte) random.nextInt());
      work();
      while (!checkpoint.copy(1 + random.nextInt(100_000))) {
        work();
      }
      if (random.nextInt(4) == 0) {
        checkpoint.abandon();
        return;
      }
      checkpoint.write(metadata);
      work();
      checkpoint.complete();
      durable = cut;
      durableMetadata = metadata;
    }

    /** What goes on while a checkpoint runs. */
    private void work() {
      if (random.nextBoolean()) {
        model.push(random, nextKeys(), rows);
      }
      if (random.nextInt(8) == 0) {
        model.replace(random, nextKeys(), rows);
      }
      if (random.nextInt(4) == 0) {
        model.checkPull(random, nextKeys(), rows, where);
      }
      if (random.nextInt(8) == 0) {
        model.checkAll(rows, where);
      }
    }

    private void warm() {
      for (int i = random.nextInt(20); i > 0 && rows.warm(); i--) {
        if (random.nextInt(3) == 0) {
          model.push(random, nextKeys(), rows);
        }
      }
    }

    private void restart() {
      rows.close();
      store.close();
      store = RocksRowStore.open(home, options, AddingRule.BOOK);
      rows = store.open(RANGE, keyRange, table);
      model = durable.copy();
      assertArrayEquals(durableMetadata, store.metadata(RANGE).orElse(new byte[0]), where);
    }
  }
}
