package io.holdfast.tools.faults;

import java.time.Duration;
import java.util.Arrays;

/**
 * The longest time that no push of a lane was acknowledged, from a fault on: a gap counts from the
 * fault or from the acknowledgement before it, whichever is later. Any thread may call.
 */
final class OutageMeter {
  private final long[] last;
  private final long[] longest;
  private long armedAt;
  private boolean armed;

  OutageMeter(int lanes) {
    last = new long[lanes];
    longest = new long[lanes];
  }

  /** The fault is injected now, by {@code System.nanoTime()}. */
  synchronized void arm(long now) {
    armed = true;
    armedAt = now;
    Arrays.fill(longest, 0);
    Arrays.fill(last, now);
  }

  synchronized void acknowledged(int lane, long now) {
    if (armed && now > last[lane]) {
      longest[lane] = Math.max(longest[lane], now - last[lane]);
    }
    last[lane] = Math.max(last[lane], now);
  }

  /** Whether every lane has had an acknowledgement since {@code then}. */
  synchronized boolean flowsSince(long then) {
    return Arrays.stream(last).allMatch(at -> at - then > 0);
  }

  /** Ends the measurement: the longest gap of all lanes. */
  synchronized Duration disarm(long now) {
    armed = false;
    long found = 0;
    for (int lane = 0; lane < last.length; lane++) {
      boolean never = last[lane] == armedAt;
      found = Math.max(found, never ? now - armedAt : longest[lane]);
    }
    return Duration.ofNanos(found);
  }
}
