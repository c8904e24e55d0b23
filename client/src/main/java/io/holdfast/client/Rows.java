package io.holdfast.client;

/**
 * Rows that a pull returned, in the order of the keys that were asked for. One of the two arrays is
 * there, by the table's element type.
 */
public interface Rows {
  int width();

  /** Number of rows. */
  int count();

  /** {@code float32[count][width]}; the caller's own array where it gave one. */
  float[] floats();

  /** {@code int64[count][width]}; the caller's own array where it gave one. */
  long[] longs();

  /**
   * Clocks that every worker of the group had finished in this answer (the least over the ranges
   * asked), 0 without a group.
   */
  int minClock();
}
