package io.holdfast.store.rows;

import java.util.SplittableRandom;

/**
 * Open addressing from any 64-bit key to a cell number: linear probing over pairs (key, cell + 1)
 * in one array, so that a lookup meets one cache line; backward-shift deletion (Knuth, TAOCP 3,
 * 6.4, algorithm R), so that no tombstones gather under eviction. At most three fifths full.
 *
 * <p>The hash is salted per index: whoever chooses the keys cannot choose the collisions.
 */
final class KeyIndex implements CellIndex {
  /** Lookups in flight: enough to hide memory latency, few enough to stay in the first cache. */
  private static final int BLOCK = 256;

  private static final int MIN_SLOTS = 16;
  private static final int MAX_SLOTS = 1 << 29;
  private static final SplittableRandom SALTS = new SplittableRandom(System.nanoTime());

  private final long salt;
  private final int[] positions = new int[BLOCK];
  private long[] table = new long[2 * MIN_SLOTS];
  private int mask = MIN_SLOTS - 1;
  private int shift = 64 - Integer.numberOfTrailingZeros(MIN_SLOTS);
  private int size;

  /** Keeps the first pass of {@link #resolve} from being removed as dead code. */
  private long touched;

  KeyIndex() {
    this(nextSalt());
  }

  KeyIndex(long salt) {
    this.salt = salt;
  }

  private static long nextSalt() {
    synchronized (SALTS) {
      return SALTS.nextLong();
    }
  }

  /** Where a table of so many slots would begin to look for a key. */
  int slotAmong(int slots, long key) {
    return (int) (hash(key) >>> (64 - Integer.numberOfTrailingZeros(slots)));
  }

  private int slot(long key) {
    return (int) (hash(key) >>> shift);
  }

  private long hash(long key) {
    long mixed = (key ^ salt) * 0x9E3779B97F4A7C15L;
    mixed ^= mixed >>> 32;
    return mixed * 0xD6E8FEB86659FD93L;
  }

  /**
   * Looks up {@code count} keys from index {@code from} on. A first pass touches the slots of a
   * block of keys, whose cache misses overlap since no branch depends on them; the second finds its
   * slots in the cache.
   *
   * @param cells receives the cell of each, or -1
   * @return how many were not found
   */
  int resolve(long[] keys, int from, int count, int[] cells) {
    int missing = 0;
    for (int block = 0; block < count; block += BLOCK) {
      int length = Math.min(BLOCK, count - block);
      touch(keys, from + block, length);
      missing += resolveTouched(keys, from + block, length, cells, block);
    }
    return missing;
  }

  private void touch(long[] keys, int from, int length) {
    long[] slots = table;
    int[] starts = positions;
    long sum = 0;
    for (int i = 0; i < length; i++) {
      int position = slot(keys[from + i]);
      starts[i] = position;
      sum += slots[2 * position];
    }
    touched += sum;
  }

  private int resolveTouched(long[] keys, int from, int length, int[] cells, int to) {
    long[] slots = table;
    int wrap = mask;
    int missing = 0;
    for (int i = 0; i < length; i++) {
      long key = keys[from + i];
      int position = positions[i];
      int found = (int) slots[2 * position + 1];
      while (found != 0 && slots[2 * position] != key) {
        position = (position + 1) & wrap;
        found = (int) slots[2 * position + 1];
      }
      cells[to + i] = found - 1;
      missing += found == 0 ? 1 : 0;
    }
    return missing;
  }

  private int position(long key) {
    int position = slot(key);
    while (table[2 * position + 1] != 0) {
      if (table[2 * position] == key) {
        return position;
      }
      position = (position + 1) & mask;
    }
    return -1;
  }

  @Override
  public int find(long key) {
    int position = position(key);
    return position < 0 ? -1 : (int) table[2 * position + 1] - 1;
  }

  @Override
  public void put(long key, int cell) {
    if (size >= limit(mask + 1)) {
      throw new IllegalStateException("key index is full at " + size);
    }
    insert(key, cell + 1L);
    size++;
  }

  private void insert(long key, long value) {
    int position = slot(key);
    while (table[2 * position + 1] != 0) {
      position = (position + 1) & mask;
    }
    table[2 * position] = key;
    table[2 * position + 1] = value;
  }

  @Override
  public void move(long key, int cell) {
    table[2 * position(key) + 1] = cell + 1L;
  }

  @Override
  public void remove(long key) {
    int hole = position(key);
    if (hole < 0) {
      throw new IllegalStateException("key " + Long.toUnsignedString(key) + " is not in the index");
    }
    for (int next = (hole + 1) & mask; table[2 * next + 1] != 0; next = (next + 1) & mask) {
      int home = slot(table[2 * next]);
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        table[2 * hole] = table[2 * next];
        table[2 * hole + 1] = table[2 * next + 1];
        hole = next;
      }
    }
    table[2 * hole + 1] = 0;
    size--;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public long bytes() {
    return 16L * (mask + 1) + 4 * BLOCK;
  }

  private static int limit(int slots) {
    return (int) (slots * 3L / 5);
  }

  private int slotsFor(int more) {
    long wanted = size + (long) more;
    int slots = mask + 1;
    while (limit(slots) < wanted && slots < MAX_SLOTS) {
      slots *= 2;
    }
    return slots;
  }

  @Override
  public long growthBytes(int more) {
    if (size + (long) more > limit(MAX_SLOTS)) {
      return Long.MAX_VALUE / 2;
    }
    int slots = slotsFor(more);
    return slots == mask + 1 ? 0 : 16L * slots;
  }

  @Override
  public void grow(int more) {
    int slots = slotsFor(more);
    if (slots != mask + 1) {
      rehash(slots);
    }
  }

  @Override
  public void trim() {
    int slots = mask + 1;
    while (slots > MIN_SLOTS && limit(slots) > 4L * size) {
      slots /= 2;
    }
    if (slots != mask + 1) {
      rehash(slots);
    }
  }

  private void rehash(int slots) {
    long[] old = table;
    table = new long[2 * slots];
    mask = slots - 1;
    shift = 64 - Integer.numberOfTrailingZeros(slots);
    for (int i = 0; i < old.length; i += 2) {
      if (old[i + 1] != 0) {
        insert(old[i], old[i + 1]);
      }
    }
  }

  /** A value that depends on what {@link #resolve} touched; of no meaning. */
  long touched() {
    return touched;
  }
}
