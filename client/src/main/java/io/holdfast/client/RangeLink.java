package io.holdfast.client;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.Retry;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A session's dealings with one range: its seqs, and the calls that have no answer yet, in the
 * order of submission. All of it belongs to the session's lock.
 *
 * <p><b>Sending again.</b> A range takes pushes and ticks in the order of their seqs. Where one is
 * refused for a while, those sent behind it are refused for their gap, so all sequenced calls are
 * held, and after a pause all are sent again in order. Replies to what was sent before the pause
 * are ignored: each sending has a call number of its own. A pull is held alone.
 *
 * <p><b>A push that is refused for good</b> leaves a gap; a push of nothing takes its seq. Giving
 * the seq to the next push instead would be wrong: what an earlier, broken stream still has in
 * transit could then be taken under the same seq as something else.
 */
final class RangeLink {
  private static final long MAX_DELAY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Session session;
  private final RangeSet set;
  private Route route;
  private final LinkedHashSet<RangeCall> unanswered = new LinkedHashSet<>();
  private boolean joined;
  private long lastSeq;
  private long answeredSeq;
  private boolean sequencedHeld;
  private boolean resuming;
  private long delayNanos;
  private @Nullable HoldfastException lost;

  RangeLink(Session session, RangeSet set, Route route) {
    this.session = session;
    this.set = set;
    this.route = route;
  }

  Route route() {
    return route;
  }

  Set<RangeCall> unanswered() {
    return unanswered;
  }

  boolean isJoined() {
    return joined;
  }

  long lastSeq() {
    return lastSeq;
  }

  void joinedAt(long seq, long rangeSeq) {
    joined = true;
    lastSeq = seq;
    answeredSeq = Math.min(seq, rangeSeq);
  }

  long nextSeq() {
    return ++lastSeq;
  }

  /** The seq that a pull may wait for: own pushes that are not lost. */
  long readableSeq() {
    return lost == null ? lastSeq : answeredSeq;
  }

  /**
   * Takes a call for sending; its caller then drains the stream.
   *
   * @throws HoldfastException where the session or the range is of no use any more; the call is not
   *     taken
   */
  NodeStream submit(RangeCall call) {
    session.checkAlive();
    if (call.isSequenced()) {
      if (lost != null) {
        throw lost;
      }
      if (!joined) {
        throw new HoldfastException(ErrorCode.NOT_JOINED, "range " + route.range());
      }
    }
    call.link = this;
    call.admit(session, this);
    unanswered.add(call);
    if (call.isSequenced() && sequencedHeld) {
      call.held = true;
      return session.stream(route.address());
    }
    return send(call);
  }

  /** The call has its answer: nobody else completes it. */
  void answered(RangeCall call) {
    unanswered.remove(call);
    delayNanos = 0;
    if (call instanceof RangeCall.Sequenced sequenced) {
      answeredSeq = Math.max(answeredSeq, sequenced.seq);
    }
  }

  /** The range refused the call, which is not on its stream any more. */
  void refused(RangeCall call, HoldfastException error) {
    if (error.code() == ErrorCode.STALE_INCARNATION) {
      session.kill(error);
    } else if (error.code() == ErrorCode.SEQ_GAP && call.isSequenced()) {
      if (call.equals(firstSequenced())) {
        lose(error);
      } else {
        hold(call, /* reroute= */ false);
      }
    } else if (error.retry() != Retry.NEVER) {
      hold(call, error.retry() == Retry.AFTER_REROUTE);
    } else if (call instanceof RangeCall.Sequenced sequenced) {
      fill(sequenced, error);
    } else {
      unanswered.remove(call);
      call.fail(error);
    }
  }

  /** Nobody waits for the call any more. */
  void expire(RangeCall call) {
    if (call.isSequenced()) {
      lose(
          new HoldfastException(
              ErrorCode.OUTCOME_UNKNOWN,
              "no answer from range "
                  + route.range()
                  + " at "
                  + route.address()
                  + " in time: the push may be in or not; join again to go on (outside a group: open the"
                  + " table again)"));
      return;
    }
    abandon(
        call,
        new HoldfastException(
            ErrorCode.DEADLINE_EXCEEDED,
            "no answer from range " + route.range() + " at " + route.address() + " in time"));
  }

  /** No node will ever take the call. */
  void abandon(RangeCall call, HoldfastException error) {
    if (call.isSequenced()) {
      lose(error);
    } else {
      withdraw(call);
      unanswered.remove(call);
      call.fail(error);
    }
  }

  /** The range is gone. */
  void drop(HoldfastException error) {
    lost = error;
    failAll(error);
  }

  void failAll(HoldfastException error) {
    for (RangeCall call : List.copyOf(unanswered)) {
      withdraw(call);
      unanswered.remove(call);
      call.fail(error);
    }
  }

  /** The range is where this says; calls that went elsewhere are sent again. */
  void reroute(Route changed) {
    boolean moved = !changed.address().equals(route.address());
    route = changed;
    if (moved) {
      for (RangeCall call : unanswered) {
        withdraw(call);
        call.held = true;
      }
      resume();
    }
  }

  /** Sends what is held, in order. */
  void resume() {
    resuming = false;
    sequencedHeld = false;
    for (RangeCall call : unanswered) {
      if (call.held) {
        send(call);
      }
    }
  }

  private NodeStream send(RangeCall call) {
    NodeStream stream = session.stream(route.address());
    call.held = false;
    call.stream = stream;
    stream.enqueue(call);
    return stream;
  }

  private void hold(RangeCall refused, boolean reroute) {
    if (refused.isSequenced()) {
      holdSequenced();
    }
    refused.held = true;
    if (!resuming) {
      resuming = true;
      long first = Math.max(1, session.options().retryDelay().toNanos());
      delayNanos = delayNanos == 0 ? first : Math.min(MAX_DELAY_NANOS, 2 * delayNanos);
      session.resumeLater(this, set, reroute, delayNanos);
    }
  }

  private void holdSequenced() {
    sequencedHeld = true;
    for (RangeCall call : unanswered) {
      if (call.isSequenced()) {
        withdraw(call);
        call.held = true;
      }
    }
  }

  private void fill(RangeCall.Sequenced refused, HoldfastException error) {
    if (refused instanceof RangeCall.Push push && push.isFiller) {
      lose(error);
      return;
    }
    var filler = RangeCall.Push.filling(refused, session.window());
    var before = new ArrayList<>(unanswered);
    unanswered.clear();
    for (RangeCall call : before) {
      unanswered.add(call.equals(refused) ? filler : call);
    }
    holdSequenced();
    if (!resuming) {
      resume();
    }
    refused.fail(error);
  }

  // Sequenced calls cannot go on in this incarnation.
  private void lose(HoldfastException error) {
    lost = error;
    session.markDamaged();
    for (RangeCall call : List.copyOf(unanswered)) {
      if (call.isSequenced()) {
        withdraw(call);
        unanswered.remove(call);
        call.fail(error);
      }
    }
  }

  private static void withdraw(RangeCall call) {
    if (call.stream != null) {
      call.stream.withdraw(call);
      call.stream = null;
    }
  }

  private @Nullable RangeCall firstSequenced() {
    for (RangeCall call : unanswered) {
      if (call.isSequenced()) {
        return call;
      }
    }
    return null;
  }
}
