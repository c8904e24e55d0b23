package io.holdfast.tools.lda;

import java.util.List;

/** How far the workers are, and how likely their documents' topics are. Safe for many threads. */
final class PassBoard implements LdaWorker.Listener {
  private final List<Corpus> parts;
  private final LogLikelihood likelihood;
  private final int[] passes;
  private final double[] ofDocuments;
  private int resumed;
  private int begun;

  PassBoard(int workers, List<Corpus> parts, LogLikelihood likelihood) {
    this.parts = parts;
    this.likelihood = likelihood;
    this.passes = new int[workers];
    this.ofDocuments = new double[workers];
  }

  @Override
  public void resumed(int rank, int done, short[] topics) {
    passDone(rank, done, topics);
    synchronized (this) {
      resumed = Math.max(resumed, done);
      begun++;
    }
  }

  /** Whether each worker has said where it begins. */
  synchronized boolean allBegun() {
    return begun == passes.length;
  }

  @Override
  public void passDone(int rank, int done, short[] topics) {
    double reached = likelihood.ofDocuments(parts.get(rank), topics);
    synchronized (this) {
      passes[rank] = done;
      ofDocuments[rank] = reached;
    }
  }

  /** Passes that every worker has done, over all lives of the run. */
  synchronized int passesOfAll() {
    int least = Integer.MAX_VALUE;
    for (int done : passes) {
      least = Math.min(least, done);
    }
    return least;
  }

  /** {@code log p(z)}, each worker's of its last pass. */
  synchronized double ofDocuments() {
    double sum = 0;
    for (double part : ofDocuments) {
      sum += part;
    }
    return sum;
  }

  /**
   * Passes that were done before this run, by the worker that was furthest; 0: it was not resumed.
   */
  synchronized int resumed() {
    return resumed;
  }
}
