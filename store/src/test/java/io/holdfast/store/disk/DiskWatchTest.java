package io.holdfast.store.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class DiskWatchTest {
  @Test
  void refusesBelowTheLowMarkAndTakesAgainOnlyAboveTheHighOne() {
    long[] free = {600};
    DiskWatch watch = new DiskWatch(() -> free[0], 256, 512);
    assertTrue(watch.accepting());
    long[] frees = {600, 256, 255, 300, 512, 513, 300, 255, 513};
    boolean[] accepting = {true, true, false, false, false, true, true, false, true};
    for (int i = 0; i < frees.length; i++) {
      free[0] = frees[i];
      boolean before = watch.accepting();
      assertEquals(before != accepting[i], watch.check(), "step " + i);
      assertEquals(accepting[i], watch.accepting(), "step " + i);
    }
  }

  @Test
  void marksThatCrossAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new DiskWatch(() -> 0, 2, 1));
  }

  @Test
  void defaultMarksAreAQuarterAndAHalfGibibyte() {
    assertEquals(268_435_456, DiskWatch.DEFAULT_LOW_BYTES);
    assertEquals(536_870_912, DiskWatch.DEFAULT_HIGH_BYTES);
  }
}
