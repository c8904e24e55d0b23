package io.holdfast.tools.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.tools.train.WatchedTraining.Measured;
import java.util.List;
import org.junit.jupiter.api.Test;

class VerdictTest {
  private static final String ONE = "1".repeat(64);
  private static final String OTHER = "1".repeat(63) + "2";
  private static final Counting.Count GOOD = new Counting.Count(100, 0, 0, 0);
  private static final List<String> ALL = List.of("node 1", "worker 2", "everything");

  @Test
  void allIsKeptWhereNothingDiffers() {
    var verdict = verdict(ONE, GOOD, 6, 0, ALL);
    assertTrue(verdict.isKept() && verdict.isComplete());
    assertEquals(true, verdict.document().get("verified"));
    assertTrue(verdict.lines().get(1).contains("100 pushes"), verdict.lines().get(1));
  }

  @Test
  void anyDifferenceBreaksIt() {
    assertFalse(verdict(OTHER, GOOD, 6, 0, ALL).isKept());
    assertFalse(verdict(ONE, new Counting.Count(100, 1, 0, 0), 6, 0, ALL).isKept());
    assertFalse(verdict(ONE, new Counting.Count(100, 0, 1, 0), 6, 0, ALL).isKept());
    assertFalse(verdict(ONE, new Counting.Count(100, 0, 0, 1), 6, 0, ALL).isKept());
    assertFalse(verdict(ONE, GOOD, 6, 1, ALL).isKept());
    assertTrue(verdict(OTHER, GOOD, 6, 0, ALL).lines().get(0).contains("NOT"));
  }

  @Test
  void whatWasNotTriedIsNotKept() {
    assertFalse(verdict(ONE, new Counting.Count(0, 0, 0, 0), 6, 0, ALL).isKept());
    assertFalse(verdict(ONE, GOOD, 0, 0, ALL).isKept());
    var early = verdict(ONE, GOOD, 6, 0, List.of("node 1"));
    assertTrue(early.isKept());
    assertFalse(early.isComplete());
    assertEquals(false, early.document().get("verified"));
  }

  private static Verdict verdict(
      String digest, Counting.Count counted, int ranges, int differing, List<String> killed) {
    return new Verdict(
        new Measured(0.75, 0.5, ONE),
        new Measured(0.75, 0.5, digest),
        counted,
        ranges,
        differing,
        killed,
        60);
  }
}
