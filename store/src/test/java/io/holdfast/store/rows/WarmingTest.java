package io.holdfast.store.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmingTest {
  private static final TableSpec TABLE = TableSpec.sparse().width(16).build();
  private static final int ROWS = 20_000;
  private static final int ROW_BYTES = 64;

  @TempDir Path directory;
  private final SplittableRandom random = new SplittableRandom(5);
  private final ModelRows model = new ModelRows(TABLE);
  private final KeyBatch keys = new KeyBatch();

  @BeforeEach
  void storeRows() {
    try (RocksRowStore store = open(64 << 20);
        RangeRows rows = store.open(1, KeyRange.ALL, TABLE)) {
      keys.setContiguous(0, ROWS);
      model.push(random, keys, rows);
      checkpoint(rows);
    }
  }

  private RocksRowStore open(long budget) {
    return RocksRowStore.open(directory, RowStoreOptions.ofBudget(budget), AddingRule.BOOK);
  }

  private static void checkpoint(RangeRows rows) {
    Checkpoint checkpoint = rows.beginCheckpoint();
    while (!checkpoint.copy(1 << 20)) {
      // goes on
    }
    checkpoint.write(new byte[1]);
    checkpoint.complete();
  }

  @Test
  void bringsTheRowsThatAreWantedAndNoOthers() {
    try (RocksRowStore store = open(64 << 20);
        RangeRows rows = store.open(1, KeyRange.ALL, TABLE)) {
      long[] wanted = new long[ROWS / 4 + 2];
      for (int i = 0; i < ROWS / 4; i++) {
        wanted[i] = 4L * i;
      }
      wanted[ROWS / 4] = ROWS + 5L; // there is no such row
      wanted[ROWS / 4 + 1] = -1L;
      rows.bring(wanted, wanted.length);
      CellCache cache = ((CellRows) rows).cache;
      for (long key = 0; key < ROWS + 8; key++) {
        assertEquals(key < ROWS && key % 4 == 0, cache.find(key) >= 0, "row " + key);
      }
      assertEquals(0, rows.dirtyBytes());
      keys.setContiguous(0, ROWS);
      model.push(random, keys, rows);
      model.checkAll(rows, "after bringing");
    }
  }

  @Test
  void bringsNothingWhereFewRowsAreWanted() {
    try (RocksRowStore store = open(64 << 20);
        RangeRows rows = store.open(1, KeyRange.ALL, TABLE)) {
      rows.bring(new long[] {1, 2, 3}, 3);
      assertTrue(rows.cachedBytes() < 10_000, rows.cachedBytes() + " bytes");
    }
  }

  @Test
  void openingReadsNothingAndWarmingReadsAll() {
    try (RocksRowStore store = open(64 << 20);
        RangeRows rows = store.open(1, KeyRange.ALL, TABLE)) {
      assertTrue(rows.cachedBytes() < 10_000, rows.cachedBytes() + " bytes");
      int steps = 1;
      while (rows.warm()) {
        steps++;
      }
      assertTrue(steps > 4, "in steps: " + steps);
      assertTrue(rows.cachedBytes() >= ROWS * ROW_BYTES, rows.cachedBytes() + " bytes");
      assertTrue(((CellRows) rows).cache.isComplete(), "an absent row is known to be new");
      assertEquals(0, rows.dirtyBytes());
      model.checkAll(rows, "warm");
    }
  }

  @Test
  void changedRowsAreNotOverwrittenByOlderOnesFromDisk() {
    try (RocksRowStore store = open(64 << 20);
        RangeRows rows = store.open(1, KeyRange.ALL, TABLE)) {
      int step = 0;
      do {
        keys.setContiguous(random.nextInt(ROWS + 500), 300);
        model.push(random, keys, rows);
        if (step++ % 3 == 0) {
          checkpoint(rows);
        }
      } while (rows.warm());
      assertTrue(((CellRows) rows).cache.isComplete());
      keys.setContiguous(0, ROWS + 1_000);
      model.checkPull(random, keys, rows, "warm and changed");
      model.checkAll(rows, "warm and changed");
    }
  }

  @Test
  void warmingStopsWhereTheShareIsUsed() {
    long budget = 512 << 10;
    try (RocksRowStore store = open(budget);
        RangeRows rows = store.open(1, KeyRange.ALL, TABLE)) {
      while (rows.warm()) {
        assertTrue(rows.cachedBytes() <= budget, rows.cachedBytes() + " bytes");
      }
      assertTrue(rows.cachedBytes() > budget / 4, rows.cachedBytes() + " bytes");
      assertFalse(((CellRows) rows).cache.isComplete());
      model.checkAll(rows, "partly warm");
    }
  }
}
