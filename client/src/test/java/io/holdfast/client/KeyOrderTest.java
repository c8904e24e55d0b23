package io.holdfast.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.KeyHash;
import io.holdfast.model.KeyRange;
import io.holdfast.model.Placement;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyOrderTest {
  @Test
  void keysComeInPlacedOrderWithTheCallersRows() {
    for (long seed = 0; seed < 500; seed++) {
      var random = new Random(seed);
      int shift = random.nextInt(50);
      long[] keys =
          random.longs(1 + random.nextInt(300)).map(k -> k >>> shift).distinct().toArray();
      for (Placement placement : Placement.values()) {
        KeyOrder order = KeyOrder.of(keys, placement);
        int[] rows = order.rows();
        for (int i = 0; i < order.count(); i++) {
          long key = rows == null ? keys[i] : keys[rows[i]];
          long placed = placement == Placement.HASHED ? KeyHash.place(key) : key;
          assertEquals(placed, order.key(i), "seed " + seed);
          if (i > 0) {
            assertEquals(
                -1, Long.compareUnsigned(order.key(i - 1), placed), "seed " + seed + " at " + i);
          }
        }
      }
    }
  }

  @Test
  void ascendingKeysAreTakenAsTheyAre() {
    assertNull(KeyOrder.of(new long[] {1, 2, -1}, Placement.ORDERED).rows());
    assertNotNull(KeyOrder.of(new long[] {-1, 1}, Placement.ORDERED).rows());
    assertNull(KeyOrder.of(new long[0], Placement.HASHED).rows());
  }

  @Test
  void aKeyThatIsThereTwiceIsRefused() {
    for (Placement placement : Placement.values()) {
      assertEquals(
          ErrorCode.KEYS_NOT_ASCENDING,
          Settings.failure(() -> KeyOrder.of(new long[] {5, 1, 5}, placement)));
    }
  }

  @Test
  void theEndOfARangeIsFoundAmongTheKeys() {
    for (long seed = 0; seed < 300; seed++) {
      var random = new Random(seed);
      long[] keys =
          random.longs(50).map(k -> k >>> random.nextInt(8)).distinct().sorted().toArray();
      KeyOrder order = KeyOrder.of(keys, Placement.ORDERED);
      long end = random.nextInt(5) == 0 ? 0 : random.nextLong() | 1;
      var range = new KeyRange(0, end);
      int expected = 0;
      while (expected < order.count() && range.isBeforeEnd(order.key(expected))) {
        expected++;
      }
      assertEquals(expected, order.endOf(range, 0), "seed " + seed + Arrays.toString(keys));
    }
  }
}
