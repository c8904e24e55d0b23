package io.holdfast.tools.sketch;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyHash;

/**
 * Which counters stand for an item (Cormode and Muthukrishnan, "An improved data stream summary:
 * the count-min sketch and its applications", J. Algorithms 55, 2005): one in each of {@code depth}
 * rows of {@code width} counters. The least of them is never below the item's count, and above it
 * by more than {@code epsilon} times the number of all items with a probability of at most {@code
 * delta}.
 *
 * @param depth rows, {@code ceil(ln(1 / delta))}
 * @param width counters of a row, {@code ceil(e / epsilon)}
 * @param seed of the rows' hash functions
 */
record CountMin(int depth, long width, long seed) {
  /** More counters than this are refused: 8 GiB of them. */
  private static final long MAX_CELLS = 1L << 30;

  /**
   * @param epsilon above 0, below 1
   * @param delta above 0, below 1
   * @throws HoldfastException INVALID_ARGUMENT
   */
  static CountMin of(double epsilon, double delta, long seed) {
    if (!(epsilon > 0 && epsilon < 1)) {
      throw invalid("--epsilon must be above 0 and below 1, not " + epsilon);
    }
    if (!(delta > 0 && delta < 1)) {
      throw invalid("--delta must be above 0 and below 1, not " + delta);
    }
    int depth = (int) Math.ceil(Math.log(1 / delta));
    double width = Math.ceil(Math.E / epsilon);
    if (width * depth > MAX_CELLS) {
      throw invalid(
          String.format(
              "%.0f counters are more than the %,d that a sketch may have: choose a larger"
                  + " --epsilon or --delta",
              width * depth, MAX_CELLS));
    }
    return new CountMin(depth, (long) width, seed);
  }

  /** Counters of all rows. */
  long cells() {
    return depth * width;
  }

  /** Writes the item's {@link #depth} counters, one of each row. */
  void cells(long item, long[] into, int at) {
    for (int row = 0; row < depth; row++) {
      // Another seed makes another member of the family; the high product maps without a bias.
      long hash = KeyHash.place(item ^ KeyHash.place(seed + row));
      into[at + row] = row * width + Math.unsignedMultiplyHigh(hash, width);
    }
  }

  private static HoldfastException invalid(String message) {
    return new HoldfastException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
