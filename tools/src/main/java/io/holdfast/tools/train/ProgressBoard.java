package io.holdfast.tools.train;

import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/** Sums what all workers report. Any thread may add and read. */
final class ProgressBoard implements TrainingProgress {
  private final LongAdder examples = new LongAdder();
  private final DoubleAdder lossSum = new DoubleAdder();
  private final long startNanos = System.nanoTime();

  @Override
  public void batchDone(int rank, long batches, int count, double loss) {
    examples.add(count);
    lossSum.add(loss);
  }

  /** Examples done, over all passes and workers. */
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
