package io.holdfast.client.cache;

import io.holdfast.model.Consistency;

/**
 * How recent a kept row has to be.
 *
 * <p>A row is as fresh as the answer that it came with: {@code minClock} is what the answer said of
 * itself (clocks that every worker had finished in it), {@code ownClock} the clock of the worker
 * that the pull was made for. Where a server asks whether its state may answer a pull, the same
 * question is put to the row, with the same numbers:
 *
 * <ul>
 *   <li>bounded, staleness s: the server answers a pull of clock c when {@code minClock >= c - s};
 *       the row does when the minClock that it came with is {@code >= c - s}.
 *   <li>sequential: the server answers when it has completed c clocks; the row does when it came
 *       with {@code minClock >= c}, so only within the clock for which it was pulled.
 *   <li>eventual: a server answers with whatever is there. How old a kept row may be is the
 *       caller's choice, in clocks of its own: {@code ownClock >= c - staleness}.
 * </ul>
 *
 * @param minClock clocks of every worker that the row has to hold
 * @param ownClock clock of this worker for which it was pulled, at the least
 */
public record Freshness(int minClock, int ownClock) {
  /** What a pull needs that is made now. */
  public static Freshness needed(Consistency table, int clock, int eventualStaleness) {
    return table instanceof Consistency.Eventual
        ? new Freshness(Integer.MIN_VALUE, clock - eventualStaleness)
        : new Freshness(table.neededClocks(clock), Integer.MIN_VALUE);
  }

  /** Whether a row that came with these may answer. */
  public boolean isMetBy(int rowMinClock, int rowOwnClock) {
    return rowMinClock >= minClock && rowOwnClock >= ownClock;
  }
}
