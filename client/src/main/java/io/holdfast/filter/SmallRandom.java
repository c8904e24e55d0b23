package io.holdfast.filter;

/** SplitMix64 (Steele, Lea and Flood, OOPSLA '14), whose state can be saved. */
final class SmallRandom {
  private static final long GAMMA = 0x9E3779B97F4A7C15L;

  private long state;

  SmallRandom(long seed) {
    this.state = seed;
  }

  long state() {
    return state;
  }

  void state(long saved) {
    state = saved;
  }

  long nextLong() {
    state += GAMMA;
    long mixed = (state ^ (state >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return mixed ^ (mixed >>> 31);
  }

  /** From 0 to less than 1. */
  double nextDouble() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }
}
