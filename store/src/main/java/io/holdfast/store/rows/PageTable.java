package io.holdfast.store.rows;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * From the page number of a dense table to its cell: plain arithmetic over leaves that are
 * allocated when a page in them is first cached.
 */
final class PageTable implements CellIndex {
  private static final int LEAF_SHIFT = 10;
  private static final int LEAF = 1 << LEAF_SHIFT;

  private final long firstPage;
  private final int leafLength;
  private int[] @Nullable [] leaves = new int[1][];
  private int leafCount;
  private int size;

  /**
   * @param firstPage of the range
   * @param pages in the range
   */
  PageTable(long firstPage, long pages) {
    this.firstPage = firstPage;
    this.leafLength = (int) Math.min(LEAF, pages);
  }

  @Override
  public int find(long page) {
    long index = page - firstPage;
    int high = (int) (index >>> LEAF_SHIFT);
    if (high >= leaves.length) {
      return -1;
    }
    int[] leaf = leaves[high];
    return leaf == null ? -1 : leaf[(int) index & (LEAF - 1)] - 1;
  }

  @Override
  public void put(long page, int cell) {
    long index = page - firstPage;
    int high = Math.toIntExact(index >>> LEAF_SHIFT);
    if (high >= leaves.length) {
      leaves = Arrays.copyOf(leaves, Math.max(high + 1, leaves.length * 2));
    }
    int[] leaf = leaves[high];
    if (leaf == null) {
      leaf = new int[leafLength];
      leaves[high] = leaf;
      leafCount++;
    }
    leaf[(int) index & (LEAF - 1)] = cell + 1;
    size++;
  }

  @Override
  public void move(long page, int cell) {
    set(page, cell + 1);
  }

  @Override
  public void remove(long page) {
    set(page, 0);
    size--;
  }

  private void set(long page, int value) {
    long index = page - firstPage;
    int[] leaf = leaves[(int) (index >>> LEAF_SHIFT)];
    if (leaf == null || leaf[(int) index & (LEAF - 1)] == 0) {
      throw new IllegalStateException("page " + page + " is not in the table");
    }
    leaf[(int) index & (LEAF - 1)] = value;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public long bytes() {
    return 8L * leaves.length + (16L + 4L * leafLength) * leafCount;
  }

  /** None: leaves are four bytes to a page of up to 64 KiB, and appear with the pages. */
  @Override
  public long growthBytes(int more) {
    return 0;
  }

  @Override
  public void grow(int more) {}

  @Override
  public void trim() {}
}
