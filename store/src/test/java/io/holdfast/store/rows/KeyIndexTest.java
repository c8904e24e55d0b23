package io.holdfast.store.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class KeyIndexTest {
  private static final long SALT = 42;

  @Test
  void everyKeyIsLegal() {
    KeyIndex index = new KeyIndex();
    long[] keys = {0, -1, 1, Long.MIN_VALUE, Long.MAX_VALUE};
    for (long key : keys) {
      assertEquals(-1, index.find(key), "key " + key);
    }
    index.grow(keys.length);
    for (int i = 0; i < keys.length; i++) {
      index.put(keys[i], i);
    }
    for (int i = 0; i < keys.length; i++) {
      assertEquals(i, index.find(keys[i]), "key " + keys[i]);
    }
    index.remove(0);
    assertEquals(-1, index.find(0));
    assertEquals(1, index.find(-1));
  }

  @Test
  void holdsWhatAMapHoldsUnderRandomChanges() {
    for (int seed = 0; seed < 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int span = 1 + random.nextInt(3_000);
      check(seed, new KeyIndex(SALT), random, i -> (i - span / 2L) * 0x1000_0000_0001L, span);
    }
  }

  @Test
  void deletionKeepsChainsOfCollidingKeys() {
    List<Long> colliding = collidingKeys(60);
    for (int seed = 0; seed < 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      check(seed, new KeyIndex(SALT), random, colliding::get, colliding.size());
    }
  }

  /** Keys that an index of 128 slots with the salt above puts into its last two slots. */
  private static List<Long> collidingKeys(int count) {
    List<Long> keys = new ArrayList<>();
    for (long key = 0; keys.size() < count; key++) {
      KeyIndex probe = new KeyIndex(SALT);
      if (probe.slotAmong(128, key) >= 126) {
        keys.add(key);
      }
    }
    return keys;
  }

  private interface Keys {
    long key(int i);
  }

  private static void check(
      int seed, KeyIndex index, SplittableRandom random, Keys keys, int span) {
    Map<Long, Integer> model = new HashMap<>();
    for (int step = 0; step < 4_000; step++) {
      long key = keys.key(random.nextInt(span));
      if (model.containsKey(key)) {
        if (random.nextBoolean()) {
          index.remove(key);
          model.remove(key);
        } else {
          index.move(key, step);
          model.put(key, step);
        }
      } else {
        index.grow(1);
        index.put(key, step);
        model.put(key, step);
      }
      if (random.nextInt(500) == 0) {
        index.trim();
      }
    }
    assertEquals(model.size(), index.size(), "seed " + seed);
    long[] all = new long[span];
    int[] cells = new int[span];
    for (int i = 0; i < span; i++) {
      all[i] = keys.key(i);
    }
    int missing = index.resolve(all, 0, span, cells);
    assertEquals(span - model.size(), missing, "seed " + seed);
    for (int i = 0; i < span; i++) {
      int expected = model.getOrDefault(all[i], -1);
      assertEquals(expected, cells[i], "seed " + seed + " key " + all[i]);
      assertEquals(expected, index.find(all[i]), "seed " + seed + " key " + all[i]);
    }
  }
}
