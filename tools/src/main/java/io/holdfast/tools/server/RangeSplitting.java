package io.holdfast.tools.server;

import io.holdfast.coordination.Chains;
import io.holdfast.coordination.Splits;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Range;
import io.holdfast.v1.SplitRangeReply;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Has a range split (rule P24) and waits until that is done. Calls block. */
final class RangeSplitting {
  /** Looked at so often at the least: to be woken is only a hint. */
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Node node;
  private final Duration patience;

  /**
   * @param patience how long a caller waits; the split goes on after that
   */
  RangeSplitting(Node node, Duration patience) {
    this.node = node;
    this.patience = patience;
  }

  /**
   * May be repeated, also once the halves are there.
   *
   * @param key first key of the right half; 0: in the middle
   * @throws HoldfastException as {@link Splits#begin}; DEADLINE_EXCEEDED: it goes on after that
   */
  SplitRangeReply split(int range, long key) {
    long deadline = System.nanoTime() + patience.toNanos();
    var authority = node.authority();
    var woken = new Semaphore(0);
    var watch = authority.watch(woken::release);
    try {
      var state = authority.refresh();
      if (Splits.halves(state, range, key).isEmpty()) {
        state = authority.change(s -> Splits.begin(s, range, key));
      }
      while (true) {
        var halves = Splits.halves(state, range, key);
        if (!halves.isEmpty() && halves.stream().allMatch(Chains::isActivated)) {
          return reply(state, halves);
        }
        if (halves.isEmpty()) {
          Chains.existing(state, range); // or its table was dropped meanwhile
        }
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          throw late(range);
        }
        var unused = woken.tryAcquire(Math.min(left, LOOK_NANOS), TimeUnit.NANOSECONDS);
        woken.drainPermits();
        state = authority.refresh();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HoldfastException(ErrorCode.UNAVAILABLE, "the node is stopping", e);
    } finally {
      watch.close();
    }
  }

  private SplitRangeReply reply(CatalogState state, List<Range> halves) {
    return SplitRangeReply.newBuilder()
        .setLeft(node.here(state, halves.getFirst()))
        .setRight(node.here(state, halves.getLast()))
        .build();
  }

  private HoldfastException late(int range) {
    return new HoldfastException(
        ErrorCode.DEADLINE_EXCEEDED,
        "range "
            + range
            + " is not split after "
            + patience.toSeconds()
            + " s; it goes on once the chain does: 'range list' shows what it waits for");
  }
}
