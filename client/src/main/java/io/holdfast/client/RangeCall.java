package io.holdfast.client;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.wire.InboundFrame;
import io.holdfast.wire.OutboundKeys;
import io.holdfast.wire.OutboundRequest;
import io.holdfast.wire.OutboundValues;
import io.holdfast.wire.Reply;
import io.holdfast.wire.Request;
import org.jspecify.annotations.Nullable;

/**
 * One request to one range, kept until it has an answer; sent again as often as it takes, a
 * sequenced one under the same seq (P10). Its mutable state belongs to the session's lock.
 */
abstract class RangeCall {
  private final CallGroup<?> group;
  private final Window window;
  private final int acquired;
  final long deadlineNanos;

  /** Number on the stream since it was last sent; 0 while it waits. */
  long id;

  /** Waits for its range's {@link RangeLink#resume}. */
  boolean held;

  /** Where it is queued or sent. */
  @Nullable NodeStream stream;

  @Nullable RangeLink link;

  RangeCall(CallGroup<?> group, Window window, int acquired, long deadlineNanos) {
    this.group = group;
    this.window = window;
    this.acquired = acquired;
    this.deadlineNanos = deadlineNanos;
    group.add();
  }

  RangeLink link() {
    return java.util.Objects.requireNonNull(link);
  }

  /** Whether it takes a seq. */
  boolean isSequenced() {
    return this instanceof Sequenced;
  }

  /** Takes on what the session and the range say at the moment of submission. */
  abstract void admit(Session session, RangeLink range);

  abstract OutboundRequest request(Request.Header header);

  /** Takes what the reply says; false where it answers something else. */
  abstract boolean accept(Reply reply, InboundFrame frame);

  /** Called once, outside of the session's lock, by whoever took it off its range. */
  final void complete(Reply reply, InboundFrame frame) {
    try {
      if (!accept(reply, frame)) {
        group.fail(
            new HoldfastException(
                ErrorCode.MALFORMED_FRAME,
                "the server answered a " + getClass().getSimpleName() + " with " + reply));
      }
    } catch (RuntimeException e) {
      group.fail(new HoldfastException(ErrorCode.INTERNAL, "cannot take the answer " + reply, e));
    }
    finish();
  }

  final void fail(HoldfastException error) {
    group.fail(error);
    finish();
  }

  private void finish() {
    window.release(acquired);
    group.done();
  }

  final CallGroup<?> group() {
    return group;
  }

  /** A call that takes the range's next seq. */
  abstract static class Sequenced extends RangeCall {
    long seq;
    int incarnation;
    int clock;

    Sequenced(CallGroup<?> group, Window window, int acquired, long deadlineNanos) {
      super(group, window, acquired, deadlineNanos);
    }

    @Override
    void admit(Session session, RangeLink range) {
      incarnation = session.incarnation();
      clock = session.clock();
      seq = range.nextSeq();
    }
  }

  static final class Push extends Sequenced {
    private final OutboundKeys keys;
    private final OutboundValues values;
    final boolean isFiller;

    Push(
        CallGroup<?> group,
        Window window,
        int acquired,
        long deadlineNanos,
        OutboundKeys keys,
        OutboundValues values) {
      super(group, window, acquired, deadlineNanos);
      this.keys = keys;
      this.values = values;
      this.isFiller = false;
    }

    private Push(CallGroup<?> group, Window window, Sequenced refused) {
      super(group, window, 0, refused.deadlineNanos);
      this.keys = OutboundKeys.raw(new long[0], 0, 0);
      this.values = OutboundValues.NONE;
      this.isFiller = true;
      this.seq = refused.seq;
      this.incarnation = refused.incarnation;
      this.clock = refused.clock;
      this.link = refused.link;
    }

    /**
     * A push of nothing under the seq of one that was refused for good, so that the seqs behind it
     * have no gap before them and never come to mean anything else.
     */
    static Push filling(Sequenced refused, Window window) {
      var unheard = new CallGroup<Boolean>(Runnable::run, done -> true);
      return new Push(unheard, window, refused);
    }

    @Override
    OutboundRequest request(Request.Header header) {
      return new OutboundRequest.Push(header, incarnation, seq, clock, keys, values);
    }

    @Override
    boolean accept(Reply reply, InboundFrame frame) {
      if (!(reply instanceof Reply.Pushed pushed)) {
        return false;
      }
      if (pushed.duplicate()) {
        group().duplicate();
      }
      return true;
    }
  }

  static final class Tick extends Sequenced {
    Tick(CallGroup<?> group, Window window, long deadlineNanos) {
      super(group, window, 0, deadlineNanos);
    }

    @Override
    OutboundRequest request(Request.Header header) {
      return new OutboundRequest.Tick(header, incarnation, seq, clock);
    }

    @Override
    boolean accept(Reply reply, InboundFrame frame) {
      return reply instanceof Reply.Ticked;
    }
  }

  static final class Pull extends RangeCall {
    private final OutboundKeys keys;
    private final PullTarget target;
    private final int from;
    private int incarnation;
    private int clock;
    private long ownSeq;
    private boolean anyClock;

    Pull(
        CallGroup<?> group,
        Window window,
        int acquired,
        long deadlineNanos,
        OutboundKeys keys,
        PullTarget target,
        int from) {
      super(group, window, acquired, deadlineNanos);
      this.keys = keys;
      this.target = target;
      this.from = from;
    }

    @Override
    void admit(Session session, RangeLink range) {
      anyClock = session.isAnonymous();
      if (range.isJoined()) {
        incarnation = session.incarnation();
        clock = session.clock();
        ownSeq = range.readableSeq();
      }
    }

    @Override
    OutboundRequest request(Request.Header header) {
      return new OutboundRequest.Pull(header, incarnation, clock, ownSeq, keys, anyClock);
    }

    @Override
    boolean accept(Reply reply, InboundFrame frame) {
      if (!(reply instanceof Reply.Pulled pulled)
          || pulled.valuesLength() != target.byteLength(keys.count())) {
        return false;
      }
      target.take(frame, pulled.valuesAt(), from, keys.count());
      group().pulledAt(pulled.minClock());
      return true;
    }
  }

  static final class Join extends RangeCall {
    private final int groupSize;
    private final int incarnation;
    Reply.@Nullable Joined joined;

    private int clock;

    Join(CallGroup<?> group, Window window, long deadlineNanos, int incarnation, int groupSize) {
      super(group, window, 0, deadlineNanos);
      this.incarnation = incarnation;
      this.groupSize = groupSize;
    }

    Reply.Joined joined() {
      return java.util.Objects.requireNonNull(joined);
    }

    @Override
    void admit(Session session, RangeLink range) {
      clock = session.clock();
    }

    @Override
    OutboundRequest request(Request.Header header) {
      return new OutboundRequest.Join(header, incarnation, groupSize, clock);
    }

    @Override
    boolean accept(Reply reply, InboundFrame frame) {
      if (reply instanceof Reply.Joined answer) {
        joined = answer;
      }
      return joined != null;
    }
  }

  static final class Save extends RangeCall {
    private final int incarnation;
    private final int clock;
    private final byte[] state;

    Save(
        CallGroup<?> group,
        Window window,
        long deadlineNanos,
        int incarnation,
        int clock,
        byte[] state) {
      super(group, window, 0, deadlineNanos);
      this.incarnation = incarnation;
      this.clock = clock;
      this.state = state;
    }

    @Override
    void admit(Session session, RangeLink range) {}

    @Override
    OutboundRequest request(Request.Header header) {
      return new OutboundRequest.Save(header, incarnation, clock, state);
    }

    @Override
    boolean accept(Reply reply, InboundFrame frame) {
      return reply instanceof Reply.Saved;
    }
  }

  static final class Leave extends RangeCall {
    private final int incarnation;

    Leave(CallGroup<?> group, Window window, long deadlineNanos, int incarnation) {
      super(group, window, 0, deadlineNanos);
      this.incarnation = incarnation;
    }

    @Override
    void admit(Session session, RangeLink range) {}

    @Override
    OutboundRequest request(Request.Header header) {
      return new OutboundRequest.Leave(header, incarnation);
    }

    @Override
    boolean accept(Reply reply, InboundFrame frame) {
      return reply instanceof Reply.Left;
    }
  }
}
