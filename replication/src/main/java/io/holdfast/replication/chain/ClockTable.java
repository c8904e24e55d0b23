package io.holdfast.replication.chain;

import java.util.function.LongUnaryOperator;

/**
 * The seq and the {@link Life} of each worker. Ranks of a group are numbered from 0 on and in
 * columns; outsiders, and ranks beyond all groups, are in a sorted array of the range's own.
 */
final class ClockTable {
  /** Ranks below are in columns: 4 kB of references at most, in each range. */
  private static final int COLUMNS_END = 1 << 14;

  private final ClockColumn seqs = new ClockColumn();
  private final ClockColumn lives = new ClockColumn();
  private final SparseClocks others = new SparseClocks();
  private int inColumns;

  /** Takes a worker; in the order of ranks. */
  interface Visitor {
    void visit(int rank, long seq, long life);
  }

  long seq(int rank) {
    return isInColumns(rank) ? seqs.get(rank) : others.seq(rank);
  }

  /** 0 where it is not in the table. */
  long life(int rank) {
    return isInColumns(rank) ? lives.get(rank) : others.life(rank);
  }

  /** Of a worker that is in the table. */
  void seq(int rank, long seq) {
    if (isInColumns(rank)) {
      seqs.set(rank, seq);
    } else {
      others.seq(rank, seq);
    }
  }

  /** Takes the worker into the table where it is not yet, with seq 0. */
  void life(int rank, long life) {
    if (isInColumns(rank)) {
      inColumns += lives.get(rank) == 0 ? 1 : 0;
      lives.set(rank, life);
    } else {
      others.life(rank, life);
    }
  }

  /** Forgets an outsider. */
  void remove(int rank) {
    others.remove(rank);
  }

  int size() {
    return inColumns + others.size();
  }

  void visit(Visitor visitor) {
    int groups = others.firstFrom(0);
    others.visit(0, groups, visitor);
    for (int rank = 0; rank < lives.end(); rank++) {
      long life = lives.get(rank);
      if (life != 0) {
        visitor.visit(rank, seqs.get(rank), life);
      }
    }
    others.visit(groups, others.size(), visitor);
  }

  /** Changes the life of every worker that is in the table. */
  void replaceLives(LongUnaryOperator change) {
    int workers = size();
    int[] ranks = new int[workers];
    long[] changed = new long[workers];
    int[] count = new int[1];
    visit(
        (rank, seq, life) -> {
          ranks[count[0]] = rank;
          changed[count[0]++] = change.applyAsLong(life);
        });
    for (int i = 0; i < workers; i++) {
      life(ranks[i], changed[i]);
    }
  }

  void share(ClockPool pool) {
    seqs.share(pool.seqs());
    lives.share(pool.lives());
  }

  void join() {
    seqs.join();
    lives.join();
  }

  private static boolean isInColumns(int rank) {
    return rank >= 0 && rank < COLUMNS_END;
  }
}
