package io.holdfast.tools.faults;

/**
 * How hard the workers push.
 *
 * @param pushesPerSecond of all workers together; 0: as fast as they can
 * @param inFlight pushes outstanding, of each worker in each lane
 * @param pushesPerClock of a worker
 * @param workers how many there are
 */
record LoadSettings(int pushesPerSecond, int inFlight, int pushesPerClock, int workers) {
  long nanosPerPush() {
    return pushesPerSecond == 0 ? 0 : 1_000_000_000L * workers / pushesPerSecond;
  }
}
