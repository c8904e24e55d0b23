package io.holdfast.replication.chain;

/**
 * What a range knows of a worker beside its seq, in one number: bits 32 to 63 incarnation plus 1,
 * 31 whether it has left, 0 to 30 clocks finished. 0 for nothing.
 */
final class Life {
  private static final long LEFT = 1L << 31;

  private Life() {}

  static long of(int incarnation, int clock, boolean left) {
    if (incarnation < 0 || clock < 0) {
      throw new IllegalStateException("incarnation " + incarnation + ", clock " + clock);
    }
    return (incarnation + 1L) << 32 | (left ? LEFT : 0) | clock;
  }

  static int incarnation(long life) {
    return life == 0 ? 0 : (int) ((life >>> 32) - 1);
  }

  static int clock(long life) {
    return (int) life & Integer.MAX_VALUE;
  }

  static boolean hasLeft(long life) {
    return (life & LEFT) != 0;
  }

  static long withClock(long life, int clock) {
    return of(incarnation(life), clock, hasLeft(life));
  }

  static long withIncarnation(long life, int incarnation) {
    return of(incarnation, clock(life), hasLeft(life));
  }

  static long leaving(long life) {
    return life | LEFT;
  }
}
