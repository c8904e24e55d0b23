package io.holdfast.model;

/**
 * What a worker's pull sees of the other workers' pushes; the job's choice, per table (Li et al.,
 * OSDI '14, section 3.4).
 */
public sealed interface Consistency {
  /**
   * Clocks that all workers must have finished before a pull of a worker that has finished {@code
   * clock} of them is answered; 0 or less for none. In a sequential table their combined updates
   * are then applied.
   */
  int neededClocks(int clock);

  /** Whatever is committed: fully asynchronous. */
  record Eventual() implements Consistency {
    @Override
    public int neededClocks(int clock) {
      return 0;
    }
  }

  /**
   * Stale synchronous parallel (Ho et al., NIPS '13): a worker that has finished {@code c} clocks
   * sees every push that the others made in their first {@code c - staleness} clocks; a pull waits
   * on the server until that is so.
   */
  record Bounded(int staleness) implements Consistency {
    public Bounded {
      if (staleness < 0) {
        throw new IllegalArgumentException("staleness " + staleness + " is negative");
      }
    }

    @Override
    public int neededClocks(int clock) {
      return clock - staleness;
    }
  }

  /**
   * Bulk synchronous: all pushes of a clock are combined and applied once, in worker order, when
   * the clock has ended for everyone; a pull waits for that.
   *
   * @param combine how the pushes of one clock to one row are combined
   * @param backupWorkers a clock ends without the slowest so many workers, whose late pushes for it
   *     are dropped (Chen et al., 2016, "Revisiting distributed synchronous SGD")
   */
  record Sequential(Combine combine, int backupWorkers) implements Consistency {
    public Sequential {
      if (backupWorkers < 0) {
        throw new IllegalArgumentException("backup workers: " + backupWorkers + " is negative");
      }
    }

    @Override
    public int neededClocks(int clock) {
      return clock;
    }
  }

  /** How the pushes of one clock are combined. */
  enum Combine {
    SUM,
    /** The sum divided by the number of workers that had finished the clock when it was applied. */
    MEAN
  }

  static Consistency eventual() {
    return new Eventual();
  }

  static Consistency bounded(int staleness) {
    return new Bounded(staleness);
  }

  static Consistency sequential(Combine combine) {
    return new Sequential(combine, 0);
  }
}
