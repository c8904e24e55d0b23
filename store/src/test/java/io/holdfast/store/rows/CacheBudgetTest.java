package io.holdfast.store.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.Initial;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CacheBudgetTest {
  private static final int MIB = 1 << 20;
  private static final int WIDTH = 64;
  private static final int ROW_BYTES = WIDTH * Float.BYTES;

  @TempDir Path directory;
  private final KeyBatch keys = new KeyBatch();
  private final ByteBuffer values = ByteBuffer.allocateDirect(MIB).order(ByteOrder.LITTLE_ENDIAN);

  private void push(RangeRows rows, long firstKey, int count, int width) {
    keys.setContiguous(firstKey, count);
    for (int i = 0; i < count * width; i++) {
      values.putFloat(i * Float.BYTES, (float) (firstKey + i / width));
    }
    rows.apply(keys, values.clear(), ModelRows.CONTEXT);
  }

  private float pull(RangeRows rows, long key) {
    keys.setContiguous(key, 1);
    values.clear();
    assertEquals(1, rows.gather(keys, 0, values));
    return values.getFloat(0);
  }

  private static void checkpoint(RangeRows rows) {
    Checkpoint checkpoint = rows.beginCheckpoint();
    while (!checkpoint.copy(MIB)) {
      // goes on
    }
    checkpoint.write(new byte[8]);
    checkpoint.complete();
  }

  private static long heapBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aTableOfTenTimesTheBudgetStaysWithinIt(boolean dense) {
    long budget = 16 * MIB;
    int rowCount = (int) (10 * budget / ROW_BYTES);
    TableSpec table = (dense ? TableSpec.dense(rowCount) : TableSpec.sparse()).width(WIDTH).build();
    long before = heapBytes();
    try (RocksRowStore store =
            RocksRowStore.open(directory, RowStoreOptions.ofBudget(budget), AddingRule.BOOK);
        RangeRows rows = store.open(1, table.keys(), table)) {
      long most = 0;
      for (int first = 0; first < rowCount; first += 1_000) {
        push(rows, first, Math.min(1_000, rowCount - first), WIDTH);
        if (rows.wantsCheckpoint()) {
          checkpoint(rows);
        }
        assertFalse(rows.isDirtyFull());
        most = Math.max(most, store.cachedBytes());
      }
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < 2_000; i++) {
        int key = random.nextInt(rowCount);
        assertEquals(key, pull(rows, key), "key " + key);
        most = Math.max(most, store.cachedBytes());
      }
      assertTrue(most <= budget * 5 / 4, "accounted " + most + " of " + budget);
      assertTrue(store.cachedBytes() >= budget / 2, "the budget is used");
      long grown = heapBytes() - before;
      assertTrue(grown <= budget * 5 / 4, "heap grew by " + grown + " with budget " + budget);
    }
  }

  @Test
  void aThousandTinyRangesCostLittle() {
    try (RocksRowStore store =
        RocksRowStore.open(directory, RowStoreOptions.ofBudget(64 * MIB), AddingRule.BOOK)) {
      List<RangeRows> ranges = new ArrayList<>();
      for (int range = 0; range < 1_000; range++) {
        TableSpec table = range % 2 == 0 ? TableSpec.dense(10).build() : TableSpec.sparse().build();
        ranges.add(store.open(range, table.keys(), table));
        push(ranges.get(range), 0, 10, 1);
      }
      assertTrue(store.cachedBytes() < 4 * MIB, store.cachedBytes() + " bytes");
      ranges.forEach(RangeRows::close);
      assertEquals(0, store.cachedBytes());
    }
  }

  @Test
  void aPullCreatesNothing() {
    try (RocksRowStore store =
        RocksRowStore.open(directory, RowStoreOptions.ofBudget(64 * MIB), AddingRule.BOOK)) {
      Initial initial = new Initial.Normal(0, 1, 3);
      int range = 0;
      for (TableSpec table :
          List.of(
              TableSpec.sparse().width(3).initial(initial).build(),
              TableSpec.dense(1_000_000).width(3).initial(initial).build())) {
        RangeRows rows = store.open(++range, table.keys(), table);
        long empty = rows.cachedBytes();
        float[] expected = new float[3];
        InitialRow.fill(initial, 77, expected, 0, 3);
        assertEquals(expected[0], pull(rows, 77));
        keys.setContiguous(5, 10_000);
        assertEquals(10_000, rows.gather(keys, 0, values.clear()));
        assertEquals(empty, rows.cachedBytes());
        assertEquals(0, rows.dirtyBytes());
        new ModelRows(table).checkAll(rows, "nothing exists");
        push(rows, 77, 1, 3);
        assertEquals(
            expected[0] + 77, pull(rows, 77), "the first push starts from the initial row");
        rows.close();
      }
    }
  }

  @Test
  void dirtyRowsAskForACheckpointAndThenStopPushes() {
    try (RocksRowStore store =
            RocksRowStore.open(directory, RowStoreOptions.ofBudget(8 * MIB), AddingRule.BOOK);
        RangeRows rows = store.open(1, KeyRange.ALL, TableSpec.sparse().width(WIDTH).build());
        RangeRows idle = store.open(2, KeyRange.ALL, TableSpec.sparse().build())) {
      push(rows, 0, 4_000, WIDTH);
      assertFalse(rows.wantsCheckpoint());
      push(rows, 4_000, 200, WIDTH);
      assertTrue(rows.wantsCheckpoint());
      assertFalse(idle.wantsCheckpoint());
      assertFalse(rows.isDirtyFull());
      for (int first = 5_000; first < 9_000; first += 1_000) {
        push(rows, first, 1_000, WIDTH);
      }
      assertTrue(rows.isDirtyFull());
      assertFalse(idle.isDirtyFull());
      checkpoint(rows);
      assertFalse(rows.isDirtyFull());
      assertFalse(rows.wantsCheckpoint());
      assertEquals(0, rows.dirtyBytes());
    }
  }

  @Test
  void aRangeAboveItsShareGivesBackToOneBelow() {
    TableSpec table = TableSpec.sparse().width(WIDTH).build();
    long budget = 16 * MIB;
    try (RocksRowStore store =
            RocksRowStore.open(directory, RowStoreOptions.ofBudget(budget), AddingRule.BOOK);
        RangeRows first = store.open(1, KeyRange.ALL, table);
        RangeRows second = store.open(2, KeyRange.ALL, table)) {
      fill(first, 80_000);
      assertTrue(first.cachedBytes() > budget * 3 / 4, first.cachedBytes() + " bytes");
      for (int i = 0; i < 4; i++) {
        fill(second, 80_000);
        for (int key = 0; key < 1_000; key++) {
          push(first, key * 80L, 1, WIDTH);
        }
        checkpoint(first);
        assertTrue(store.cachedBytes() <= budget * 5 / 4, store.cachedBytes() + " bytes");
      }
      assertTrue(second.cachedBytes() > budget / 4, second.cachedBytes() + " bytes");
      for (int key = 1; key < 80_000; key += 801) {
        assertEquals(key % 80 == 0 ? 5f * key : key, pull(first, key), "key " + key);
        assertEquals(4f * key, pull(second, key), "key " + key);
      }
    }
  }

  private void fill(RangeRows rows, int count) {
    for (int key = 0; key < count; key += 1_000) {
      push(rows, key, 1_000, WIDTH);
      if (rows.wantsCheckpoint()) {
        checkpoint(rows);
      }
    }
  }
}
