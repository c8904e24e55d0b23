package io.holdfast.model;

/**
 * A table's consistency as somebody knows it: it may be changed while the table is in use, and not
 * everybody hears of it at once.
 *
 * @param version how often it had been changed
 */
public record KnownConsistency(Consistency consistency, int version) {
  /** Of a table whose consistency has not been changed. */
  public static KnownConsistency first(Consistency consistency) {
    return new KnownConsistency(consistency, 0);
  }

  /** Clocks that all workers must have finished before a worker of this clock is answered. */
  public int neededClocks(int clock) {
    return consistency.neededClocks(clock);
  }

  /**
   * The same for a worker that has stated what it needs: what was changed since it knew is in
   * force, what it knew counts where this is older.
   *
   * @param stated clocks that the worker said it needs
   * @param statedVersion of the consistency that it knew then
   */
  public int neededClocks(int clock, int stated, int statedVersion) {
    int needed = neededClocks(clock);
    return statedVersion > version ? Math.max(needed, stated) : needed;
  }
}
