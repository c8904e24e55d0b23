package io.holdfast.store.rows;

/** Where a range's cells are in memory, by key (sparse) or page number (dense). One thread. */
sealed interface CellIndex permits KeyIndex, PageTable {
  /** The cell, or -1. */
  int find(long key);

  /** Adds a key that is not there. {@link #growthBytes} must have been 0 for it, or grown. */
  void put(long key, int cell);

  /** Changes the cell of a key that is there. */
  void move(long key, int cell);

  /** Removes a key that is there. */
  void remove(long key);

  int size();

  long bytes();

  /** Bytes to be allocated before {@code more} keys can be added; 0: none. */
  long growthBytes(int more);

  /** Makes place for {@code more} keys. */
  void grow(int more);

  /** Gives back memory that is far from needed. */
  void trim();
}
