package io.holdfast.client.cache;

/**
 * From keys to slots: open addressing with linear probing over an int array twice as large as there
 * are slots, at the least. The keys are the caller's, by slot.
 */
final class KeyIndex {
  private static final long MIX = 0x9E3779B97F4A7C15L;

  // Slot + 1; 0: free.
  private final int[] places;
  private final int shift;

  KeyIndex(int slots) {
    int bits = Math.max(3, Long.SIZE - Long.numberOfLeadingZeros(2L * slots - 1));
    this.places = new int[1 << bits];
    this.shift = Long.SIZE - bits;
  }

  /** The key's slot; -1 where there is none. */
  int find(long key, long[] keys) {
    for (int at = home(key); places[at] != 0; at = next(at)) {
      int slot = places[at] - 1;
      if (keys[slot] == key) {
        return slot;
      }
    }
    return -1;
  }

  /** Of a key that is not there. */
  void add(long key, int slot) {
    int at = home(key);
    while (places[at] != 0) {
      at = next(at);
    }
    places[at] = slot + 1;
  }

  /** Of a key that is there. Those behind it move up, so that no search ends too early. */
  void remove(long key, long[] keys) {
    int hole = home(key);
    while (keys[places[hole] - 1] != key) {
      hole = next(hole);
    }
    for (int at = next(hole); places[at] != 0; at = next(at)) {
      int home = home(keys[places[at] - 1]);
      if (distance(home, at) >= distance(hole, at)) {
        places[hole] = places[at];
        hole = at;
      }
    }
    places[hole] = 0;
  }

  private int home(long key) {
    return (int) (key * MIX >>> shift);
  }

  private int next(int at) {
    return at + 1 & places.length - 1;
  }

  private int distance(int from, int to) {
    return to - from & places.length - 1;
  }
}
