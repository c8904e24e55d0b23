package io.holdfast.replication.chain;

/**
 * The least and the greatest of the clocks of a group's members, and how many are there. When the
 * last one has gone from either end, all have to be looked at again: once for as many ticks as the
 * group has members.
 */
final class ClockSpan {
  private int members;
  private int least;
  private int atLeast;
  private int most;
  private int atMost;

  void clear() {
    members = 0;
    least = 0;
    most = 0;
  }

  void add(int clock) {
    if (members == 0 || clock < least) {
      least = clock;
      atLeast = 0;
    }
    if (members == 0 || clock > most) {
      most = clock;
      atMost = 0;
    }
    members++;
    atLeast += clock == least ? 1 : 0;
    atMost += clock == most ? 1 : 0;
  }

  /** Returns whether an end is not known any more, and all are to be added again. */
  boolean remove(int clock) {
    members--;
    atLeast -= clock == least ? 1 : 0;
    atMost -= clock == most ? 1 : 0;
    if (members == 0) {
      clear();
      return false;
    }
    return atLeast == 0 || atMost == 0;
  }

  int members() {
    return members;
  }

  int least() {
    return least;
  }

  int most() {
    return most;
  }

  /** How many have at least that clock; negative where that cannot be told from the ends alone. */
  int from(int clock) {
    if (clock <= least) {
      return members;
    }
    if (clock > most) {
      return 0;
    }
    return clock == least + 1 ? members - atLeast : -1;
  }
}
