package io.holdfast.client;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.time.Duration;

/** What a worker that is lost means for its group. */
public enum LostWorkers {
  /** Clocks wait until its rank has joined again. */
  WAIT,
  /** It is given up, and the others go on. It may join again later. */
  LEAVE;

  static final Duration MIN_AFTER = Duration.ofMillis(100);
  static final Duration MAX_AFTER = Duration.ofDays(1);

  static int millis(Duration lostAfter) {
    if (lostAfter.compareTo(MIN_AFTER) < 0 || lostAfter.compareTo(MAX_AFTER) > 0) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "a worker counts as lost after 100 ms to a day without a word, not " + lostAfter);
    }
    return (int) lostAfter.toMillis();
  }
}
