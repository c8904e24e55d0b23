package io.holdfast.tools.capture;

/** Told how far a snapshot is, often, by one thread. */
interface CaptureDisplay {
  /**
   * How far it is.
   *
   * @param ranges in the target
   * @param allRanges that are wanted
   * @param bytes dealt with: sent, or found in the target
   * @param allBytes of what is captured so far
   * @param newBytes sent
   */
  record State(int ranges, int allRanges, long bytes, long allBytes, long newBytes) {}

  void show(State state);

  /** Something went wrong, and is tried again. */
  void warn(String what);
}
