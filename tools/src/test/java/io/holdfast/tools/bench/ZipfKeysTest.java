package io.holdfast.tools.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import org.junit.jupiter.api.Test;

class ZipfKeysTest {
  private static final long SEED = 3;

  @Test
  void ranksAreAsFrequentAsTheLawSays() {
    int count = 1_000;
    int draws = 200_000;
    var keys = new ZipfKeys(count, SEED);
    int[] seen = new int[count];
    for (int i = 0; i < draws; i++) {
      seen[(int) keys.rank()]++;
    }
    for (int rank : new int[] {0, 1, 9, 99}) {
      double expected = draws * Math.log((rank + 2.0) / (rank + 1)) / Math.log(count + 1.0);
      assertEquals(
          expected, seen[rank], 5 * Math.sqrt(expected), "rank " + rank + ", seed " + SEED);
    }
  }

  @Test
  void keysAreScatteredWithoutCollision() {
    var keys = new ZipfKeys(50, SEED);
    var seen = new HashSet<Long>();
    for (int i = 0; i < 20_000; i++) {
      long key = keys.next();
      assertTrue(key >= 0 && key < 50, "key " + key);
      seen.add(key);
    }
    assertEquals(50, seen.size(), "seed " + SEED);
  }
}
