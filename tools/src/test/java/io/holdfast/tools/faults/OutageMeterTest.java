package io.holdfast.tools.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class OutageMeterTest {
  private final OutageMeter meter = new OutageMeter(2);

  @Test
  void theLongestGapOfAnyLaneCounts() {
    meter.arm(100);
    meter.acknowledged(0, 110);
    meter.acknowledged(1, 150);
    meter.acknowledged(0, 120);
    meter.acknowledged(0, 145);
    assertEquals(Duration.ofNanos(50), meter.disarm(200));
  }

  @Test
  void aGapCountsFromTheFaultOn() {
    meter.acknowledged(0, 10);
    meter.acknowledged(1, 10);
    meter.arm(100);
    meter.acknowledged(0, 105);
    meter.acknowledged(1, 103);
    assertEquals(Duration.ofNanos(5), meter.disarm(106));
  }

  @Test
  void aLaneThatNeverComesBackIsOutUntilTheEnd() {
    meter.arm(100);
    meter.acknowledged(0, 105);
    assertEquals(Duration.ofNanos(400), meter.disarm(500));
  }

  @Test
  void pushesFlowOnceEveryLaneHasOne() {
    meter.arm(100);
    meter.acknowledged(0, 105);
    assertFalse(meter.flowsSince(102));
    meter.acknowledged(1, 106);
    assertTrue(meter.flowsSince(102));
    assertFalse(meter.flowsSince(105));
  }
}
