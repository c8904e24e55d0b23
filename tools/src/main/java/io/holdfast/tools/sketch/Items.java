package io.holdfast.tools.sketch;

/** What one inserter counts, as 64-bit numbers, in an order that never changes. */
interface Items extends AutoCloseable {
  /**
   * The next items.
   *
   * @return how many; 0 at the end
   */
  int next(long[] into);

  /** Leaves out so many. */
  default void skip(long count) {
    long[] dropped = new long[8_192];
    for (long left = count; left > 0; ) {
      long[] into = left < dropped.length ? new long[(int) left] : dropped;
      int taken = next(into);
      if (taken == 0) {
        return;
      }
      left -= taken;
    }
  }

  @Override
  default void close() {}

  /** Opens the part of each inserter, as often as it is asked for. */
  interface Source {
    /** The part of inserter {@code rank} of {@code workers}. */
    Items open(int rank, int workers);

    /** Items of all parts; 0 where that is not known before they are read. */
    long total();

    /** For people, such as {@code 1,000,000 generated numbers}. */
    String description();

    /** The same for the same items alone. May read all of them. */
    default String summary() {
      return description();
    }
  }
}
