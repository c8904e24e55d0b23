package io.holdfast.tools.train;

import java.util.SplittableRandom;

/**
 * The examples of one worker: every {@code step}-th row from {@code first} on, cut into
 * mini-batches in an order that depends on seed, rank and pass alone, or not on the pass either.
 * Every worker of a job has the same number of batches in a pass - a shorter stripe ends with an
 * empty one - so that all of them tick equally often and nobody waits for a clock that never comes.
 */
final class Stripe {
  private final Examples examples;
  private final int first;
  private final int step;
  private final int batch;
  private final int batchesPerPass;
  private final long seed;
  private final boolean sameBatches;
  private final int[] order;
  private long shuffledPass = -1;

  private Stripe(
      Examples examples, int first, int step, LrSettings settings, int rank, long totalExamples) {
    this.examples = examples;
    this.first = first;
    this.step = step;
    this.batch = settings.batch();
    this.batchesPerPass = settings.batchesPerPass(totalExamples);
    this.sameBatches = settings.traffic().sameBatches();
    this.seed = new SplittableRandom(settings.seed() * 1_000_003 + rank).nextLong();
    this.order = new int[(examples.count() - first + step - 1) / step];
  }

  /** The stripe of one rank where all workers share the data; or one shard of a work queue. */
  static Stripe ofShared(Examples all, LrSettings settings, int rank) {
    return new Stripe(all, rank, settings.pieces(), settings, rank, all.count());
  }

  /** The stripe of one rank that has loaded its own examples only, out of so many. */
  static Stripe ofOwn(Examples own, LrSettings settings, int rank, long totalExamples) {
    return new Stripe(own, 0, 1, settings, rank, totalExamples);
  }

  Examples examples() {
    return examples;
  }

  /** How often each column occurs in this stripe. */
  int[] occurrences() {
    int[] counts = new int[examples.columns()];
    for (int row = first; row < examples.count(); row += step) {
      for (int i = examples.start(row); i < examples.end(row); i++) {
        counts[examples.column(i)]++;
      }
    }
    return counts;
  }

  /** Same for every worker of the job. */
  int batchesPerPass() {
    return batchesPerPass;
  }

  /** Number of examples in this batch, counted over all passes; 0 at the end of a short stripe. */
  int size(long batchNumber) {
    long from = batchNumber % batchesPerPass * batch;
    return (int) Math.max(0, Math.min(batch, order.length - from));
  }

  /** Number of examples in all batches before this one. */
  long examplesBefore(long batchNumber) {
    long inPass = Math.min(order.length, batchNumber % batchesPerPass * batch);
    return batchNumber / batchesPerPass * order.length + inPass;
  }

  /** The {@code i}-th row of this batch. Batches of the same pass share one shuffling. */
  int row(long batchNumber, int i) {
    shuffle(batchNumber / batchesPerPass);
    return first + step * order[(int) (batchNumber % batchesPerPass * batch) + i];
  }

  private void shuffle(long pass) {
    if (pass == shuffledPass) {
      return;
    }
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    var random = new SplittableRandom(sameBatches ? seed : seed + pass);
    for (int i = order.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int kept = order[i];
      order[i] = order[other];
      order[other] = kept;
    }
    shuffledPass = pass;
  }
}
