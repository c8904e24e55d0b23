package io.holdfast.replication.chain;

import org.jspecify.annotations.Nullable;

/**
 * What the log says of workers beyond what is committed: seq and {@link Life} by rank, of those
 * alone that have pending records. An open-addressing table, small again once nothing is pending.
 */
final class PendingClocks {
  private static final int FIRST_SLOTS = 8;

  // Rank, mark and number of departures; seq; life.
  private static final int STRIDE = 3;
  private static final long USED = 1L << 32;
  private static final long DEPARTURE = 1L << 33;
  private static final long KEY = DEPARTURE - 1;

  private long @Nullable [] slots;
  private int mask;
  private int size;

  /** Where the rank is, until the next change; negative where it is not. */
  int find(int rank) {
    long[] table = slots;
    if (size == 0 || table == null) {
      return -1;
    }
    long key = key(rank);
    for (int slot = home(rank); ; slot = slot + 1 & mask) {
      long at = table[slot * STRIDE];
      if ((at & KEY) == key) {
        return slot;
      }
      if (at == 0) {
        return -1;
      }
    }
  }

  long seq(int at) {
    return table()[at * STRIDE + 1];
  }

  long life(int at) {
    return table()[at * STRIDE + 2];
  }

  void seq(int at, long seq) {
    table()[at * STRIDE + 1] = seq;
  }

  void life(int at, long life) {
    table()[at * STRIDE + 2] = life;
  }

  /**
   * Of the pending records some end the worker's membership, which a later one may begin again just
   * as it was: that the log says the same as is committed does not mean that nothing is pending.
   */
  boolean hasDepartures(int at) {
    return table()[at * STRIDE] >= DEPARTURE;
  }

  /** A departure is logged. */
  void departs(int rank) {
    table()[find(rank) * STRIDE] += DEPARTURE;
  }

  /** A departure is committed. */
  void departed(int at) {
    if (hasDepartures(at)) {
      table()[at * STRIDE] -= DEPARTURE;
    }
  }

  /** Of a rank that is not there. */
  void add(int rank, long seq, long life) {
    if (slots == null) {
      allocate(FIRST_SLOTS);
    } else if (size * 2 > mask) {
      grow();
    }
    insert(key(rank), seq, life);
  }

  private void insert(long key, long seq, long life) {
    long[] table = table();
    int slot = home((int) key);
    while (table[slot * STRIDE] != 0) {
      slot = slot + 1 & mask;
    }
    table[slot * STRIDE] = key;
    table[slot * STRIDE + 1] = seq;
    table[slot * STRIDE + 2] = life;
    size++;
  }

  /** Empties a place, and moves up what had been pushed on by it. */
  void remove(int at) {
    size--;
    if (size == 0 && mask >= FIRST_SLOTS) {
      slots = null; // Many records were pending at once; that memory is not kept.
      return;
    }
    long[] table = table();
    int hole = at;
    for (int next = hole + 1 & mask; table[next * STRIDE] != 0; next = next + 1 & mask) {
      int home = home((int) table[next * STRIDE]);
      if ((next - home & mask) >= (next - hole & mask)) {
        System.arraycopy(table, next * STRIDE, table, hole * STRIDE, STRIDE);
        hole = next;
      }
    }
    table[hole * STRIDE] = 0;
  }

  void clear() {
    slots = null;
    size = 0;
  }

  private void grow() {
    long[] before = table();
    allocate(2 * (mask + 1));
    size = 0;
    for (int i = 0; i < before.length; i += STRIDE) {
      if (before[i] != 0) {
        insert(before[i], before[i + 1], before[i + 2]);
      }
    }
  }

  private void allocate(int count) {
    slots = new long[count * STRIDE];
    mask = count - 1;
  }

  private long[] table() {
    if (slots == null) {
      throw new IllegalStateException("nothing is pending");
    }
    return slots;
  }

  private int home(int rank) {
    int mixed = rank * 0x9e3779b9;
    return (mixed ^ mixed >>> 15) & mask;
  }

  private static long key(int rank) {
    return USED | Integer.toUnsignedLong(rank);
  }
}
