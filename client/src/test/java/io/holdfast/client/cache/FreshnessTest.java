package io.holdfast.client.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.Consistency;
import org.junit.jupiter.api.Test;

class FreshnessTest {
  @Test
  void aBoundedRowAnswersWhereTheServerWould() {
    for (int staleness = 0; staleness < 4; staleness++) {
      for (int clock = 0; clock < 10; clock++) {
        for (int minClock = 0; minClock <= clock + 1; minClock++) {
          // RangeReplica.canAnswer
          boolean server = minClock >= clock - staleness;
          var needed = Freshness.needed(Consistency.bounded(staleness), clock, 7);
          assertEquals(server, needed.isMetBy(minClock, 0), staleness + " " + clock);
        }
      }
    }
  }

  @Test
  void aSequentialRowLastsForItsClock() {
    var sequential = Consistency.sequential(Consistency.Combine.SUM);
    assertTrue(Freshness.needed(sequential, 3, 7).isMetBy(3, 3));
    assertFalse(Freshness.needed(sequential, 4, 7).isMetBy(3, 4));
  }

  @Test
  void anEventualRowLastsForAsLongAsTheCallerSays() {
    var eventual = Consistency.eventual();
    assertTrue(Freshness.needed(eventual, 5, 0).isMetBy(0, 5));
    assertFalse(Freshness.needed(eventual, 6, 0).isMetBy(9, 5));
    assertTrue(Freshness.needed(eventual, 8, 3).isMetBy(0, 5));
    assertFalse(Freshness.needed(eventual, 9, 3).isMetBy(9, 5));
  }
}
