package io.holdfast.client.retry;

import java.util.TreeMap;

/** How many pushes of each clock a worker has out, over all ranges. */
final class PushesByClock {
  private final TreeMap<Integer, Integer> counts = new TreeMap<>();
  private boolean oldestDone;

  void add(RangeCall call) {
    if (call instanceof PushCall push) {
      counts.merge(push.clock, 1, Integer::sum);
    }
  }

  void remove(RangeCall call) {
    if (call instanceof PushCall push) {
      boolean isOldest = counts.firstKey() == push.clock;
      boolean isLast =
          counts.computeIfPresent(push.clock, (clock, n) -> n == 1 ? null : n - 1) == null;
      oldestDone |= isOldest && isLast;
    }
  }

  /** Whether a push of a clock before that one has no answer. */
  boolean hasOlderThan(int clock) {
    return !counts.isEmpty() && counts.firstKey() < clock;
  }

  /** Whether, since this was asked last, all pushes of the oldest clock have ended. */
  boolean tookStep() {
    boolean took = oldestDone;
    oldestDone = false;
    return took;
  }
}
