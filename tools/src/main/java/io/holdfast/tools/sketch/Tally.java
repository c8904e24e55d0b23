package io.holdfast.tools.sketch;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What all inserters have done. Any thread may call. */
final class Tally {
  private final LongAdder items = new LongAdder();
  private final LongAdder counters = new LongAdder();
  private final LongAdder resumed = new LongAdder();
  private final AtomicInteger begun = new AtomicInteger();

  /** An inserter begins, after so many items of earlier lives. */
  void begins(long before) {
    resumed.add(before);
    items.add(before);
    begun.incrementAndGet();
  }

  /** A push is acknowledged: so many items, in so many different counters. */
  void acknowledged(int count, int cells) {
    items.add(count);
    counters.add(cells);
  }

  /** Inserters that have begun. */
  int begun() {
    return begun.get();
  }

  /** Items whose counts are acknowledged, over all lives. */
  long items() {
    return items.sum();
  }

  /** Those of earlier lives. */
  long resumed() {
    return resumed.sum();
  }

  /** Counters that were pushed in this life, each once in a push. */
  long counters() {
    return counters.sum();
  }
}
