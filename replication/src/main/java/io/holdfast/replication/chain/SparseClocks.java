package io.holdfast.replication.chain;

import java.util.Arrays;

/** The part of a {@link ClockTable} whose ranks lie far apart: few, in one sorted array. */
final class SparseClocks {
  private static final int[] NO_RANKS = {};
  private static final long[] NO_VALUES = {};

  private int[] ranks = NO_RANKS;
  // Seq and life of each.
  private long[] values = NO_VALUES;
  private int size;

  int size() {
    return size;
  }

  long seq(int rank) {
    int at = find(rank);
    return at < 0 ? 0 : values[2 * at];
  }

  long life(int rank) {
    int at = find(rank);
    return at < 0 ? 0 : values[2 * at + 1];
  }

  void seq(int rank, long seq) {
    values[2 * find(rank)] = seq;
  }

  void life(int rank, long life) {
    int at = find(rank);
    if (at < 0) {
      at = -at - 1;
      insert(at, rank);
    }
    values[2 * at + 1] = life;
  }

  void remove(int rank) {
    int at = find(rank);
    if (at >= 0) {
      size--;
      System.arraycopy(ranks, at + 1, ranks, at, size - at);
      System.arraycopy(values, 2 * at + 2, values, 2 * at, 2 * (size - at));
      if (size == 0) {
        ranks = NO_RANKS;
        values = NO_VALUES;
      }
    }
  }

  /** Place of the first whose rank is not below this one. */
  int firstFrom(int rank) {
    int at = find(rank);
    return at < 0 ? -at - 1 : at;
  }

  void visit(int from, int to, ClockTable.Visitor visitor) {
    for (int i = from; i < to; i++) {
      visitor.visit(ranks[i], values[2 * i], values[2 * i + 1]);
    }
  }

  private int find(int rank) {
    return Arrays.binarySearch(ranks, 0, size, rank);
  }

  private void insert(int at, int rank) {
    if (size == ranks.length) {
      int capacity = size + size / 2 + 1;
      ranks = Arrays.copyOf(ranks, capacity);
      values = Arrays.copyOf(values, 2 * capacity);
    }
    System.arraycopy(ranks, at, ranks, at + 1, size - at);
    System.arraycopy(values, 2 * at, values, 2 * at + 2, 2 * (size - at));
    ranks[at] = rank;
    values[2 * at] = 0;
    size++;
  }
}
