package io.holdfast.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class AdaptiveStalenessTest {
  private final AdaptiveStaleness policy = new AdaptiveStaleness(0, 20);

  private int look(int times, double waitShare, int spread) {
    for (int i = 0; i < times; i++) {
      policy.look(waitShare, spread);
    }
    return policy.bound();
  }

  @Test
  void risesWhereTheBoundIsWhatWorkersWaitFor() {
    assertEquals(0, look(1, 0.5, 0));
    assertEquals(1, look(1, 0.5, 0));
    assertEquals(2, look(2, 0.5, 1));
    assertEquals(4, look(2, 0.5, 3));
    assertEquals(8, look(2, 0.5, 4));
    assertEquals(16, look(2, 0.5, 9));
    assertEquals(20, look(2, 0.5, 17));
    assertEquals(20, look(10, 0.9, 21));
  }

  @Test
  void staysWhereTheyWaitForSomethingElse() {
    look(4, 0.5, 1);
    assertEquals(2, look(20, 0.9, 1));
  }

  @Test
  void fallsSlowlyWhereItCostsNothing() {
    look(8, 0.5, 100);
    assertEquals(8, policy.bound());
    assertEquals(8, look(4, 0.01, 2));
    assertEquals(6, look(1, 0.01, 2));
    assertEquals(5, look(5, 0.01, 2));
    assertEquals(5, look(50, 0.01, 5)); // the spread would not fit
    assertEquals(0, look(50, 0, 0));
    assertEquals(0, look(50, 0, 0));
  }

  @Test
  void betweenTheTwoNothingChanges() {
    look(6, 0.5, 100);
    assertEquals(4, look(50, 0.05, 4));
    // One look that asks for the other, or for nothing, begins the count anew.
    for (int i = 0; i < 20; i++) {
      look(1, 0.5, 10);
      assertEquals(4, look(1, 0.05, 4));
      look(4, 0, 0);
      assertEquals(4, look(1, 0.05, 0));
    }
  }

  @Test
  void refusesLimitsThatAreNone() {
    assertThrows(IllegalArgumentException.class, () -> new AdaptiveStaleness(-1, 3));
    assertThrows(IllegalArgumentException.class, () -> new AdaptiveStaleness(4, 3));
    assertEquals(3, new AdaptiveStaleness(3, 3).look(1, 9));
  }
}
