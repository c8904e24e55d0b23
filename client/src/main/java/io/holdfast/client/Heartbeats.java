package io.holdfast.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Tells the job's home range that a worker lives, a few times within the time after which it would
 * count as lost; also while its caller computes or waits.
 */
final class Heartbeats {
  private static final int TIMES = 4;
  private static final long MIN_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(5);
  // Until the first answer says what the job has.
  private static final Duration UNKNOWN = Duration.ofMillis(400);

  private final Session session;
  private final ScheduledExecutorService timer;
  private volatile Duration lostAfter = UNKNOWN;
  private volatile boolean stopped;

  Heartbeats(Session session, ScheduledExecutorService timer) {
    this.session = session;
    this.timer = timer;
  }

  /** The first one is sent now. */
  void start() {
    beat();
  }

  void stop() {
    stopped = true;
  }

  /** Asks who is there. */
  CompletableFuture<Group> group() {
    return ask(session.deadline(), true);
  }

  private CompletableFuture<Group> ask(long deadlineNanos, boolean members) {
    var group = new CallGroup<Boolean>(session.executor(), done -> true);
    var outcome = new PartOutcome.Grouped(group, session.window());
    session.beat(outcome, deadlineNanos, members);
    group.done();
    return group.future().thenApply(done -> Group.of(outcome.answer()));
  }

  private void beat() {
    if (stopped) {
      return;
    }
    long pause = pauseNanos();
    // First, so that nothing that goes wrong below ends them.
    try {
      var unusedNext = timer.schedule(this::beat, pause, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      stopped = true; // the cluster is closed
    }
    // A newer one says the same: what has no answer by then is given up.
    var unused =
        ask(System.nanoTime() + pause, false)
            .whenComplete(
                (group, error) -> {
                  if (group != null) {
                    lostAfter = group.lostAfter();
                  }
                });
  }

  private long pauseNanos() {
    return Math.max(MIN_NANOS, Math.min(MAX_NANOS, lostAfter.toNanos() / TIMES));
  }
}
