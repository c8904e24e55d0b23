package io.holdfast.client.retry;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.v1.SavedWork;
import io.holdfast.wire.InboundFrame;
import io.holdfast.wire.KeyLists;
import io.holdfast.wire.OutboundRequest;
import io.holdfast.wire.Reply;
import io.holdfast.wire.Request;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One request to one range, kept until it has an answer; sent again as often as it takes, a
 * sequenced one under the same seq (P10).
 */
public abstract class RangeCall {
  private static final long MAX_PARKED_MILLIS = 60_000;

  private final Parts parts;
  private final long deadlineNanos;
  private long number;

  /** Waits for its range's {@link RangeLink#resume}. */
  boolean held;

  /** The node that the host has it for. */
  @Nullable String address;

  @Nullable RangeLink link;

  RangeCall(Outcome outcome, long deadlineNanos) {
    this(new Parts(outcome), deadlineNanos);
  }

  RangeCall(Parts parts, long deadlineNanos) {
    this.parts = parts;
    this.deadlineNanos = deadlineNanos;
  }

  /** What became of a call whose range was split; they end together. */
  static final class Parts {
    private final Outcome outcome;
    private final AtomicInteger open = new AtomicInteger(1);

    Parts(Outcome outcome) {
      this.outcome = outcome;
    }
  }

  /** The range that it is for now. */
  public final RangeLink link() {
    return Objects.requireNonNull(link);
  }

  /** The host's own number for this sending; 0 while there is none. */
  public final long number() {
    return number;
  }

  public final void number(long assigned) {
    number = assigned;
  }

  public final long deadlineNanos() {
    return deadlineNanos;
  }

  /** As it is to be written now, with all its keys. */
  public final OutboundRequest request(long call, long nowNanos) {
    return request(call, nowNanos, null);
  }

  /**
   * As it is to be written now: with the epoch that is known now (P1).
   *
   * @param sent the lists of keys that the stream has sent; null where the server keeps none
   */
  public final OutboundRequest request(long call, long nowNanos, @Nullable KeyLists<Boolean> sent) {
    Route route = link().route();
    long left = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - nowNanos);
    int parked = (int) Math.max(1, Math.min(MAX_PARKED_MILLIS, left));
    return request(new Request.Header(call, route.range(), route.epoch(), parked), sent);
  }

  /** It has gone into a frame of a stream that has sent these lists. */
  public final void noteSent(KeyLists<Boolean> sent) {
    NamedKeys named = namedKeys();
    if (named != null) {
      named.sent(link().route().range(), sent);
    }
  }

  /** Its keys; null where it has none. */
  @Nullable NamedKeys namedKeys() {
    return null;
  }

  /** Called once, not under the lock, by whoever told the links of the answer. */
  public final void complete(Reply reply, @Nullable InboundFrame frame) {
    try {
      if (isAnswer(reply)) {
        parts.outcome.answered(this, reply, frame);
      } else {
        parts.outcome.failed(
            new HoldfastException(
                ErrorCode.MALFORMED_FRAME,
                "the server answered a " + getClass().getSimpleName() + " with " + reply));
      }
    } catch (HoldfastException e) {
      parts.outcome.failed(e);
    } catch (RuntimeException e) {
      parts.outcome.failed(
          new HoldfastException(ErrorCode.INTERNAL, "cannot take the answer " + reply, e));
    }
    end();
  }

  /** It is not, and will not be, at any node. Called once. */
  public final void fail(HoldfastException error) {
    parts.outcome.failed(error);
    end();
  }

  /** It is done without an answer. */
  final void end() {
    if (parts.open.decrementAndGet() == 0) {
      parts.outcome.ended();
    }
  }

  final Parts shared() {
    parts.open.incrementAndGet();
    return parts;
  }

  final Parts parts() {
    return parts;
  }

  /** Whether it takes a seq. */
  final boolean isSequenced() {
    return this instanceof Sequenced;
  }

  /** Takes on what the worker and the range say at the moment of submission. */
  abstract void admit(WorkerLinks worker, RangeLink range);

  abstract OutboundRequest request(Request.Header header, @Nullable KeyLists<Boolean> sent);

  abstract boolean isAnswer(Reply reply);

  /** Why nobody waits for it any more. */
  HoldfastException late(Route route) {
    return new HoldfastException(ErrorCode.DEADLINE_EXCEEDED, noAnswer(route));
  }

  private static String noAnswer(Route route) {
    return "no answer from range " + route.range() + " at " + route.head() + " in time";
  }

  /** What one of the ranges that came of a split takes of it; null where that is nothing. */
  abstract @Nullable RangeCall part(KeyRange heir);

  /** As {@link #part}, of a call that has been submitted: under the name that it has. */
  @Nullable RangeCall carried(KeyRange heir) {
    return part(heir);
  }

  /** A call that takes the range's next seq. */
  abstract static class Sequenced extends RangeCall {
    long seq;
    int incarnation;
    int clock;

    Sequenced(Parts parts, long deadlineNanos) {
      super(parts, deadlineNanos);
    }

    /** Takes on its name. */
    final void numbered(WorkerLinks worker, long as) {
      incarnation = worker.incarnation();
      clock = worker.clock();
      seq = as;
    }

    // It has all it needs by its number.
    @Override
    void admit(WorkerLinks worker, RangeLink range) {}

    @Override
    HoldfastException late(Route route) {
      return new HoldfastException(
          ErrorCode.OUTCOME_UNKNOWN,
          noAnswer(route)
              + ": the push may be in or not; join again to go on (outside a group: open the table"
              + " again)");
    }

    <T extends Sequenced> T numberedAs(Sequenced other, T self) {
      self.seq = other.seq;
      self.incarnation = other.incarnation;
      self.clock = other.clock;
      return self;
    }

    /** The seqs behind it have no gap before them, and never come to mean anything else. */
    abstract PushCall emptied(Parts of);
  }

  /** Makes itself known to a range. */
  public static final class Join extends RangeCall {
    private final int groupSize;
    private final int incarnation;
    private int clock;

    public Join(Outcome outcome, long deadlineNanos, int incarnation, int groupSize) {
      this(new Parts(outcome), deadlineNanos, incarnation, groupSize);
    }

    private Join(Parts parts, long deadlineNanos, int incarnation, int groupSize) {
      super(parts, deadlineNanos);
      this.incarnation = incarnation;
      this.groupSize = groupSize;
    }

    @Override
    void admit(WorkerLinks worker, RangeLink range) {
      clock = worker.clock();
    }

    @Override
    OutboundRequest request(Request.Header header, @Nullable KeyLists<Boolean> sent) {
      return new OutboundRequest.Join(header, incarnation, groupSize, clock);
    }

    @Override
    boolean isAnswer(Reply reply) {
      return reply instanceof Reply.Joined;
    }

    @Override
    RangeCall part(KeyRange heir) {
      var copy = new Join(shared(), deadlineNanos(), incarnation, groupSize);
      copy.clock = clock;
      return copy;
    }
  }

  /** Stores the worker's state in the home range. */
  public static final class Save extends RangeCall {
    private final int incarnation;
    private final int clock;
    private final byte[] state;
    private final @Nullable SavedWork work;

    public Save(
        Outcome outcome,
        long deadlineNanos,
        int incarnation,
        int clock,
        byte[] state,
        @Nullable SavedWork work) {
      this(new Parts(outcome), deadlineNanos, incarnation, clock, state, work);
    }

    private Save(
        Parts parts,
        long deadlineNanos,
        int incarnation,
        int clock,
        byte[] state,
        @Nullable SavedWork work) {
      super(parts, deadlineNanos);
      this.work = work;
      this.incarnation = incarnation;
      this.clock = clock;
      this.state = state;
    }

    @Override
    void admit(WorkerLinks worker, RangeLink range) {}

    @Override
    OutboundRequest request(Request.Header header, @Nullable KeyLists<Boolean> sent) {
      return new OutboundRequest.Save(header, incarnation, clock, state, work);
    }

    int clock() {
      return clock;
    }

    @Override
    boolean isAnswer(Reply reply) {
      return reply instanceof Reply.Saved;
    }

    @Override
    RangeCall part(KeyRange heir) {
      return new Save(shared(), deadlineNanos(), incarnation, clock, state, work);
    }
  }

  /** Ends the membership on a range. */
  public static final class Leave extends RangeCall {
    private final int incarnation;

    public Leave(Outcome outcome, long deadlineNanos, int incarnation) {
      this(new Parts(outcome), deadlineNanos, incarnation);
    }

    private Leave(Parts parts, long deadlineNanos, int incarnation) {
      super(parts, deadlineNanos);
      this.incarnation = incarnation;
    }

    @Override
    void admit(WorkerLinks worker, RangeLink range) {}

    @Override
    OutboundRequest request(Request.Header header, @Nullable KeyLists<Boolean> sent) {
      return new OutboundRequest.Leave(header, incarnation);
    }

    @Override
    boolean isAnswer(Reply reply) {
      return reply instanceof Reply.Left;
    }

    @Override
    RangeCall part(KeyRange heir) {
      return new Leave(shared(), deadlineNanos(), incarnation);
    }
  }
}
