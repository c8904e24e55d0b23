package io.holdfast.tools.train;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/** Sums what all workers report. Any thread may add and read. */
final class ProgressBoard implements TrainingProgress {
  private final LongAdder examples = new LongAdder();
  private final LongAdder resumed = new LongAdder();
  private final Set<Integer> begun = ConcurrentHashMap.newKeySet();
  private final DoubleAdder lossSum = new DoubleAdder();
  private final Map<Integer, Spent> spent = new ConcurrentHashMap<>();
  private final long startNanos = System.nanoTime();

  /** What one worker did with its time, and how many batches it has done. */
  record Spent(long batches, long waitedNanos, long passedNanos) {
    static final Spent NONE = new Spent(0, 0, 0);

    private Spent and(Spent more) {
      return new Spent(
          Math.max(batches, more.batches),
          waitedNanos + more.waitedNanos,
          passedNanos + more.passedNanos);
    }

    Spent since(Spent before) {
      return new Spent(batches, waitedNanos - before.waitedNanos, passedNanos - before.passedNanos);
    }

    double idleShare() {
      return passedNanos == 0 ? 0 : (double) waitedNanos / passedNanos;
    }
  }

  @Override
  public void resumed(int rank, long count) {
    resumed.add(count);
    begun.add(rank);
  }

  /** Workers that have said where they begin. */
  int begun() {
    return begun.size();
  }

  @Override
  public void batchDone(int rank, long batches, int count, double loss) {
    examples.add(count);
    lossSum.add(loss);
    spent(rank, new Spent(batches, 0, 0));
  }

  @Override
  public void time(int rank, long waitedNanos, long passedNanos) {
    spent(rank, new Spent(0, waitedNanos, passedNanos));
  }

  private void spent(int rank, Spent more) {
    var unused = spent.merge(rank, more, Spent::and);
  }

  /** What each worker has spent so far, by rank. */
  Map<Integer, Spent> spent() {
    return new TreeMap<>(spent);
  }

  /** Share of the time of all workers that they waited in pulls; 0 before there is any. */
  double idleShare() {
    return spent.values().stream().reduce(Spent.NONE, Spent::and).idleShare();
  }

  /** Examples that are behind all workers, over all passes: of this run, and of the one resumed. */
  long behind() {
    return resumed.sum() + examples.sum();
  }

  /** Those of them that earlier lives of the run have done. */
  long resumed() {
    return resumed.sum();
  }

  /** Examples done in this run, over all passes and workers. */
  long examples() {
    return examples.sum();
  }

  /** Sum of their log-losses, each before its gradient was pushed. */
  double lossSum() {
    return lossSum.sum();
  }

  double seconds() {
    return (System.nanoTime() - startNanos) / 1e9;
  }
}
