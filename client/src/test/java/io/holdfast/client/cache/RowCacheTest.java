package io.holdfast.client.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.Consistency;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RowCacheTest {
  private static final Freshness ANY = new Freshness(Integer.MIN_VALUE, Integer.MIN_VALUE);
  private static final TableSpec SUMS = TableSpec.sparse().width(2).build();

  private static void store(RowCache cache, int minClock, long[] keys, float... values) {
    cache.store(cache.begin(keys, 0), minClock, values, null);
  }

  /** The row of a key; empty where there is none. */
  private static float[] row(RowCache cache, long key) {
    float[] row = new float[2];
    return cache.read(new long[] {key}, ANY, row, null, new int[1]).missing() == 0
        ? row
        : new float[0];
  }

  @Test
  void findsWhatIsFreshEnoughAndNamesTheRest() {
    var cache = new RowCache(SUMS, true, 1 << 16);
    store(cache, 3, new long[] {9, -5}, 1, 2, 3, 4);
    store(cache, 5, new long[] {7}, 5, 6);
    float[] into = new float[8];
    int[] missing = new int[4];
    var found = cache.read(new long[] {7, 8, -5, 9}, new Freshness(3, 0), into, null, missing);
    assertEquals(new RowCache.Found(1, 3), found);
    assertEquals(1, missing[0]);
    assertArrayEquals(new float[] {5, 6, 0, 0, 3, 4, 1, 2}, into);
    found = cache.read(new long[] {7, 8, -5, 9}, new Freshness(4, 0), into, null, missing);
    assertEquals(new RowCache.Found(3, 5), found);
    assertArrayEquals(new int[] {1, 2, 3, 0}, missing);
  }

  @Test
  void aSumShowsOwnPushesAndAnyOtherRuleGivesTheRowUp() {
    var sums = new RowCache(SUMS, true, 1 << 16);
    var other = new RowCache(TableSpec.sparse().width(2).rule(Rules.sgd(1)).build(), true, 1 << 16);
    var filtered = new RowCache(SUMS, false, 1 << 16);
    var sequential =
        new RowCache(
            TableSpec.sparse()
                .width(2)
                .consistency(Consistency.sequential(Consistency.Combine.SUM))
                .build(),
            true,
            1 << 16);
    for (RowCache cache : new RowCache[] {sums, other, filtered, sequential}) {
      store(cache, 0, new long[] {1, 2}, 1, 2, 3, 4);
      long mark = cache.pushing(new long[] {2, 3}, new float[] {10, 20, 30, 40}, null);
      cache.pushed(new long[] {2, 3}, mark);
      assertArrayEquals(new float[] {1, 2}, row(cache, 1));
    }
    assertArrayEquals(new float[] {13, 24}, row(sums, 2));
    assertArrayEquals(new float[0], row(other, 2));
    assertArrayEquals(new float[0], row(filtered, 2));
    assertArrayEquals(new float[] {3, 4}, row(sequential, 2));
    sums.forget(new long[] {2});
    assertArrayEquals(new float[0], row(sums, 2));
  }

  @Test
  void whatIsNotANumberIsLeftToTheServer() {
    var cache = new RowCache(SUMS, true, 1 << 16);
    store(cache, 0, new long[] {1}, 1, 2);
    long mark = cache.pushing(new long[] {1}, new float[] {1, Float.NaN}, null);
    cache.pushed(new long[] {1}, mark);
    assertArrayEquals(new float[0], row(cache, 1));
  }

  @Test
  void rowsThatArePushedToWhileTheyComeAreNotKept() {
    var cache = new RowCache(SUMS, true, 1 << 16);
    var fetch = cache.begin(new long[] {3, 1, 2}, 0);
    long mark = cache.pushing(new long[] {1}, new float[] {1, 1}, null);
    cache.pushed(new long[] {1}, mark);
    cache.store(fetch, 0, new float[] {3, 3, 1, 1, 2, 2}, null);
    assertArrayEquals(new float[] {3, 3}, row(cache, 3));
    assertArrayEquals(new float[0], row(cache, 1));
    assertArrayEquals(new float[] {2, 2}, row(cache, 2));
  }

  @Test
  void soAreThoseThatWereAskedForWhileThePushWasMade() {
    var cache = new RowCache(SUMS, true, 1 << 16);
    long[] pushed = {1};
    long mark = cache.pushing(pushed, new float[] {1, 1}, null);
    var late = cache.begin(new long[] {1, 2}, 0);
    cache.pushed(pushed, mark);
    cache.store(late, 0, new float[] {1, 1, 2, 2}, null);
    assertArrayEquals(new float[0], row(cache, 1));
    assertArrayEquals(new float[] {2, 2}, row(cache, 2));
    mark = cache.pushing(pushed, new float[] {1, 1}, null);
    store(cache, 0, new long[] {1}, 7, 7); // asked for and there before the push was sent
    cache.pushed(pushed, mark);
    assertArrayEquals(new float[0], row(cache, 1));
  }

  @Test
  void anAnswerOfALaggingReplicaDoesNotReplaceAFresherRow() {
    var cache = new RowCache(SUMS, true, 1 << 16);
    store(cache, 5, new long[] {1}, 5, 5);
    store(cache, 4, new long[] {1}, 4, 4);
    assertArrayEquals(new float[] {5, 5}, row(cache, 1));
    store(cache, 6, new long[] {1}, 6, 6);
    assertArrayEquals(new float[] {6, 6}, row(cache, 1));
  }

  @Test
  void rowsThatAreReadOutliveThoseThatAreNot() {
    var cache = new RowCache(SUMS, true, 1 << 16);
    int capacity = cache.capacity();
    assertTrue(capacity > 1_000 && cache.capacity() < 2_000, "" + capacity);
    long[] read = {0, 1, 2, 3};
    store(cache, 0, read, 0, 0, 1, 1, 2, 2, 3, 3);
    for (long key = 4; key < 10L * capacity; key++) {
      store(cache, 0, new long[] {key}, key, key);
      if (key % 100 == 0) {
        cache.read(read, ANY, null, null, new int[4]);
      }
    }
    for (long key : read) {
      assertArrayEquals(new float[] {key, key}, row(cache, key));
    }
    assertEquals(capacity, cache.rows());
    assertEquals(9L * capacity, cache.evicted());
    assertTrue(cache.bytes() <= 1 << 16, "" + cache.bytes());
  }

  /** Against a map that knows no room: what is there is right, and what is read is there. */
  @Test
  void isAMapWhateverIsDoneToIt() {
    var random = new Random(1);
    for (int round = 0; round < 20; round++) {
      boolean isLong = random.nextBoolean();
      var spec = (isLong ? TableSpec.sparse().int64() : TableSpec.sparse()).build();
      var cache = new RowCache(spec, true, 1 << 16);
      Map<Long, Long> model = new HashMap<>();
      for (int step = 0; step < 3_000; step++) {
        long[] keys = keys(random);
        long[] values = random.longs(keys.length, 0, 1_000).toArray();
        switch (random.nextInt(3)) {
          case 0 -> {
            var fetch = cache.begin(keys, 0);
            cache.store(fetch, step, isLong ? null : floats(values), isLong ? values : null);
            for (int i = 0; i < keys.length; i++) {
              model.put(keys[i], values[i]);
            }
          }
          case 1 -> {
            long mark = cache.pushing(keys, isLong ? null : floats(values), isLong ? values : null);
            cache.pushed(keys, mark);
            for (int i = 0; i < keys.length; i++) {
              long add = values[i];
              model.computeIfPresent(keys[i], (key, value) -> value + add);
            }
          }
          default -> cache.forget(Arrays.copyOf(keys, keys.length / 4));
        }
        check(cache, model, isLong, keys(random));
      }
      assertTrue(cache.evicted() > 0);
      cache.clear();
      assertEquals(0, cache.rows());
    }
  }

  private static void check(RowCache cache, Map<Long, Long> model, boolean isLong, long[] keys) {
    float[] floats = new float[keys.length];
    long[] longs = new long[keys.length];
    int[] missing = new int[keys.length];
    var found = cache.read(keys, ANY, isLong ? null : floats, isLong ? longs : null, missing);
    int absent = 0;
    for (int i = 0; i < keys.length; i++) {
      if (absent < found.missing() && missing[absent] == i) {
        absent++;
      } else {
        long value = isLong ? longs[i] : (long) floats[i];
        assertEquals(model.get(keys[i]), value, "key " + keys[i]);
      }
    }
    assertEquals(found.missing(), absent);
  }

  private static long[] keys(Random random) {
    var keys = new LinkedHashSet<Long>();
    for (int i = random.nextInt(20); i >= 0; i--) {
      keys.add((random.nextInt(4_000) - 2_000L) << random.nextInt(3) * 16);
    }
    return keys.stream().mapToLong(Long::longValue).toArray();
  }

  private static float[] floats(long[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = values[i];
    }
    return floats;
  }
}
