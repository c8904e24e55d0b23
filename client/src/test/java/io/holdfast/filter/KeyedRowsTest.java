package io.holdfast.filter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class KeyedRowsTest {
  @Test
  void holdsWhatAMapWouldHold() {
    for (int seed = 0; seed < 20; seed++) {
      var random = new SplittableRandom(seed);
      var rows = new KeyedRows(3);
      var expected = new HashMap<Long, float[]>();
      int keys = 1 + random.nextInt(400);
      for (int i = 0; i < 4_000; i++) {
        // Neighbours, which collide, and keys from everywhere.
        long key = random.nextBoolean() ? random.nextInt(keys) : -random.nextInt(keys) * 0x1234567L;
        switch (random.nextInt(3)) {
          case 0 -> {
            float[] row = {i, i + 0.5f, -i};
            rows.put(key, row, 0);
            expected.put(key, row);
          }
          case 1 -> {
            rows.remove(key);
            expected.remove(key);
          }
          default -> {
            float[] sum = {1, 2, 3, 4};
            rows.takeInto(key, sum, 1);
            float[] row = expected.remove(key);
            assertArrayEquals(
                row == null
                    ? new float[] {1, 2, 3, 4}
                    : new float[] {1, 2 + row[0], 3 + row[1], 4 + row[2]},
                sum,
                "seed " + seed);
          }
        }
        assertEquals(expected.size(), rows.size(), "seed " + seed);
      }
      float[] row = new float[3];
      expected.forEach(
          (key, value) -> {
            assertTrue(rows.copy(key, row, 0));
            assertArrayEquals(value, row);
          });
      long[] sorted =
          expected.keySet().stream()
              .sorted(Long::compareUnsigned)
              .mapToLong(Long::longValue)
              .toArray();
      assertArrayEquals(sorted, rows.sortedKeys());
    }
  }

  @Test
  void isASetOfKeysWithoutWidth() {
    var set = new KeyedRows(0);
    set.put(7);
    set.put(7);
    assertTrue(set.contains(7));
    assertFalse(set.contains(8));
    assertEquals(1, set.size());
    set.remove(7);
    assertFalse(set.contains(7));
  }
}
