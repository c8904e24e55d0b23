package io.holdfast.store.rows;

/** Arrays for one piece of a batch; one per thread, whatever the number of ranges. */
final class Scratch {
  /** Rows, or pages, that are handled at once. */
  static final int PIECE = 1024;

  private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

  final long[] keys = new long[PIECE];
  final int[] cells = new int[PIECE];
  final int[] missing = new int[PIECE];
  final int[] slab = new int[PIECE];
  final int[] at = new int[PIECE];
  final int[] cellOfRow = new int[PIECE];

  /** Rows of the piece, where pages limit it. */
  int rows;

  private Scratch() {}

  static Scratch ofThread() {
    return OF_THREAD.get();
  }
}
