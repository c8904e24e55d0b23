package io.holdfast.tools.train;

import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/** Sums what all workers report. Any thread may add and read. */
final class ProgressBoard implements TrainingProgress {
  private final LongAdder examples = new LongAdder();
  private final LongAdder resumed = new LongAdder();
  private final DoubleAdder lossSum = new DoubleAdder();
  private final long startNanos = System.nanoTime();

  @Override
  public void resumed(int rank, long count) {
    resumed.add(count);
  }

  @Override
  public void batchDone(int rank, long batches, int count, double loss) {
    examples.add(count);
    lossSum.add(loss);
  }

  /** Examples that are behind all workers, over all passes: of this run, and of the one resumed. */
  long behind() {
    return resumed.sum() + examples.sum();
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
