package io.holdfast.filter;

import java.util.Arrays;

/**
 * The rows of one push on their way through a table's filters, with what earlier pushes carried
 * over for their keys already added. A filter decides for each row that is still {@link #isKept
 * kept}; it may change the row's values too, which are no longer the caller's own.
 */
public final class PushedRows implements RowView {
  private static final byte KEPT = 0;
  private static final byte HELD = 1;
  private static final byte DROPPED = 2;

  private final PlacedKeys keys;
  private final int width;
  private final float[] values;
  private final byte[] fates;
  private int kept;

  PushedRows(PlacedKeys keys, int width, float[] values) {
    this.keys = keys;
    this.width = width;
    this.values = values;
    this.fates = new byte[keys.count()];
    this.kept = keys.count();
  }

  @Override
  public int count() {
    return fates.length;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public long key(int row) {
    return keys.key(row);
  }

  @Override
  public float[] values() {
    return values;
  }

  @Override
  public int offset(int row) {
    return row * width;
  }

  /** Whether no filter has held it back or dropped it so far. */
  public boolean isKept(int row) {
    return fates[row] == KEPT;
  }

  /** Rows that are still kept. */
  public int kept() {
    return kept;
  }

  /**
   * Does not send the row now: it is carried over, and added to the next push of its key or sent
   * when the table is released. A row that is not finite cannot be carried, and stays kept.
   */
  public void hold(int row) {
    if (fates[row] == KEPT && isFinite(row)) {
      fates[row] = HELD;
      kept--;
    }
  }

  /** Does not send the row, now or later: for filters that make up for it, or mean to lose it. */
  public void drop(int row) {
    if (fates[row] == KEPT) {
      fates[row] = DROPPED;
      kept--;
    }
  }

  boolean isHeld(int row) {
    return fates[row] == HELD;
  }

  /** Rows that are kept, ascending. */
  int[] keptRows() {
    int[] rows = new int[kept];
    int count = 0;
    for (int row = 0; row < fates.length; row++) {
      if (fates[row] == KEPT) {
        rows[count++] = row;
      }
    }
    return Arrays.copyOf(rows, count);
  }

  /** Whether it has neither NaN nor infinity. */
  boolean isFinite(int row) {
    for (int i = row * width; i < (row + 1) * width; i++) {
      if (!Float.isFinite(values[i])) {
        return false;
      }
    }
    return true;
  }
}
