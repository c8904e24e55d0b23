package io.holdfast.tools.train;

import io.holdfast.client.AdaptiveStaleness;
import io.holdfast.client.Table;
import io.holdfast.model.Consistency;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Lets an {@link AdaptiveStaleness} look at a run now and then, and does what it says. */
final class BoundControl {
  private static final double LOOK_SECONDS = 0.25;

  private final AdaptiveStaleness policy;
  private final Table table;
  private final int batchesInClock;
  private final List<Change> changes = new ArrayList<>();
  private Map<Integer, ProgressBoard.Spent> before = Map.of();
  private double lookedAt;

  /**
   * The bound of the table from a moment on.
   *
   * @param seconds since the run began
   * @param bound in clocks
   */
  record Change(double seconds, int bound) {}

  BoundControl(AdaptiveStaleness policy, Table table, int batchesInClock) {
    this.policy = policy;
    this.table = table;
    this.batchesInClock = batchesInClock;
    changes.add(new Change(0, policy.bound()));
  }

  /** May be called often. Blocks for one round trip where the bound changes. */
  void look(ProgressBoard board) {
    double now = board.seconds();
    Map<Integer, ProgressBoard.Spent> spent = board.spent();
    if (now - lookedAt < LOOK_SECONDS || spent.isEmpty()) {
      return;
    }
    lookedAt = now;
    long least = Long.MAX_VALUE;
    long most = 0;
    long waited = 0;
    long passed = 0;
    for (var worker : spent.entrySet()) {
      var total = worker.getValue();
      var since = total.since(before.getOrDefault(worker.getKey(), ProgressBoard.Spent.NONE));
      least = Math.min(least, total.batches());
      most = Math.max(most, total.batches());
      waited += since.waitedNanos();
      passed += since.passedNanos();
    }
    before = spent;
    int old = policy.bound();
    int spread = (int) Math.min(Integer.MAX_VALUE, (most - least) / batchesInClock);
    int bound = policy.look(passed == 0 ? 0 : (double) waited / passed, spread);
    if (bound != old) {
      table.setConsistency(Consistency.bounded(bound));
      changes.add(new Change(now, bound));
    }
  }

  /** The bounds so far, beginning with the first. */
  List<Change> changes() {
    return List.copyOf(changes);
  }
}
