package io.holdfast.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyHashTest {
  @Test
  void everyKeyComesBackFromItsPlace() {
    var random = new Random(7);
    for (int i = 0; i < 100_000; i++) {
      long key = random.nextLong() >>> random.nextInt(64);
      assertEquals(key, KeyHash.unplace(KeyHash.place(key)));
      assertEquals(key, KeyHash.place(KeyHash.unplace(key)));
    }
    assertNotEquals(1, KeyHash.place(1));
  }

  @Test
  void neighbouringKeysSpreadOverAllRanges() {
    int[] counts = new int[16];
    for (long key = 0; key < 160_000; key++) {
      counts[(int) (KeyHash.place(key) >>> 60)]++;
    }
    for (int count : counts) {
      assertTrue(Math.abs(count - 10_000) < 500, "a sixteenth has " + count);
    }
  }
}
