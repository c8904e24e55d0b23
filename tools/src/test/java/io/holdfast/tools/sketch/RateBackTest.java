package io.holdfast.tools.sketch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RateBackTest {
  private static final double STEP = 0.02;

  private final RateBack rate = new RateBack();
  private double now;
  private double items;

  private void pass(double seconds, double perSecond) {
    for (double end = now + seconds; now + STEP / 2 < end; ) {
      now += STEP;
      items += perSecond * STEP;
      rate.look(now, (long) items);
    }
  }

  @Test
  void aRateThatIsGoneForASecondIsBackOnceAWindowIsFull() {
    pass(1, 100_000); // long before it does not count
    pass(3, 10_000);
    rate.strike(now, (long) items);
    assertEquals(10_000, rate.rateBefore(), 100);
    pass(1.2, 0);
    pass(0.4, 10_000);
    assertTrue(rate.back().isEmpty());
    pass(5, 10_000);
    pass(2, 0); // later silence is another's
    pass(1, 10_000);
    assertEquals(1.2, rate.longestSilence(), 2 * STEP);
    assertEquals(1.7, rate.back().orElseThrow(), 0.1);
  }

  @Test
  void aRateThatStaysLowIsNotBack() {
    pass(3, 10_000);
    rate.strike(now, (long) items);
    pass(4, 8_000);
    assertTrue(rate.back().isEmpty());
    assertEquals(STEP, rate.longestSilence(), STEP / 2);
  }

  @Test
  void whatWasBeforeIsNoPartOfTheFirstWindow() {
    pass(3, 10_000);
    rate.strike(now, (long) items);
    pass(0.3, 10_000);
    assertTrue(rate.back().isEmpty());
    pass(0.3, 10_000);
    assertEquals(0.5, rate.back().orElseThrow(), 2 * STEP);
  }
}
