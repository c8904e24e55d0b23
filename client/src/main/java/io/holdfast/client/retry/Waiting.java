package io.holdfast.client.retry;

import io.holdfast.model.ErrorCode;

/** When the held calls of a range are sent again: after a pause, or when the map was asked. */
final class Waiting {
  /** What a held call waits for. */
  enum For {
    /** Some time, and the same node. */
    PAUSE,
    /** The map, some time from now. */
    MAP,
    /** The map, asked now where that has not just been done. */
    MAP_NOW;

    static For after(ErrorCode code) {
      return switch (code) {
        case STALE_EPOCH, UNKNOWN_RANGE -> MAP_NOW;
        case DISK_FULL, OVERLOADED, DEADLINE_EXCEEDED -> PAUSE;
        default -> MAP;
      };
    }
  }

  private final LinkHost host;
  private final RangeSet set;
  private final Runnable resume;
  private final Backoff delay;
  private final Backoff reroute;
  private boolean waits;
  private boolean forMap;
  private boolean askedAtOnce;

  /**
   * @param resume sends what is held
   */
  Waiting(WorkerLinks worker, RangeSet set, Runnable resume) {
    RetryPolicy policy = worker.policy();
    this.host = worker.host();
    this.set = set;
    this.resume = resume;
    this.delay = new Backoff(policy.delayNanos(), policy.maxDelayNanos());
    this.reroute = new Backoff(policy.rerouteNanos(), policy.maxRerouteNanos());
  }

  boolean isOn() {
    return waits;
  }

  boolean isForMap() {
    return forMap;
  }

  /** Has the held calls resumed some time. */
  void begin(For what) {
    boolean atOnce = what == For.MAP_NOW && !askedAtOnce;
    if (waits && !atOnce) {
      return;
    }
    waits = true;
    if (what == For.PAUSE) {
      host.later(
          delay.nextNanos(),
          () -> {
            if (waits) {
              resume.run();
            }
          });
      return;
    }
    forMap = true;
    askedAtOnce |= atOnce;
    set.ask(atOnce ? 0 : reroute.nextNanos());
  }

  /** Has the map asked although nothing is held. */
  void look() {
    if (!forMap && !askedAtOnce) {
      askedAtOnce = true;
      set.ask(0);
    }
  }

  /** The held calls are sent now. */
  void end() {
    waits = false;
    forMap = false;
  }

  /** The range has taken something: the next pauses are short again. */
  void succeeded() {
    delay.reset();
    reroute.reset();
    askedAtOnce = false;
  }
}
