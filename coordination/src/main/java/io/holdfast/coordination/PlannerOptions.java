package io.holdfast.coordination;

/**
 * @param graceOver where all replicas of a range were down: go on with those that are back (rule
 *     P22), instead of waiting for more
 * @param maxMovesAtOnce ranges that may be moving at a time to empty or to balance nodes; moves
 *     that an operator asked for count, but are not held back; 0 starts none
 */
public record PlannerOptions(boolean graceOver, int maxMovesAtOnce) {
  /** For a change beside the controller: what cannot wait, and nothing else. */
  public static final PlannerOptions URGENT = new PlannerOptions(false, 0);

  public PlannerOptions {
    if (maxMovesAtOnce < 0) {
      throw new IllegalArgumentException("maxMovesAtOnce " + maxMovesAtOnce + " is negative");
    }
  }
}
