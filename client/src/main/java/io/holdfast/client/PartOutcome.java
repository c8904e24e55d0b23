package io.holdfast.client;

import io.holdfast.client.retry.Outcome;
import io.holdfast.client.retry.PullCall;
import io.holdfast.client.retry.RangeCall;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.QueueReply;
import io.holdfast.wire.InboundFrame;
import io.holdfast.wire.Reply;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One part of a caller's call: tells its group, and gives back its room in the window. */
class PartOutcome implements Outcome {
  private final CallGroup<?> group;
  private final Window window;
  private volatile int acquired;

  PartOutcome(CallGroup<?> group, Window window) {
    this.group = group;
    this.window = window;
    group.add();
  }

  /** Units of the window that it gives back when it ends. */
  void acquired(int units) {
    acquired = units;
  }

  CallGroup<?> group() {
    return group;
  }

  @Override
  public void answered(RangeCall part, Reply reply, @Nullable InboundFrame frame) {}

  @Override
  public final void failed(HoldfastException error) {
    group.fail(error);
  }

  @Override
  public void ended() {
    window.release(acquired);
    group.done();
  }

  /** Of a push: whether the range had it already, all of it where the range was split. */
  static final class Pushed extends PartOutcome {
    private volatile boolean isNew;
    private volatile boolean isAnswered;

    Pushed(CallGroup<?> group, Window window) {
      super(group, window);
    }

    @Override
    public void answered(RangeCall part, Reply reply, @Nullable InboundFrame frame) {
      isAnswered = true;
      if (reply instanceof Reply.Pushed pushed && !pushed.duplicate()) {
        isNew = true;
      }
    }

    @Override
    public void ended() {
      if (isAnswered && !isNew) {
        group().duplicate();
      }
      super.ended();
    }
  }

  /** Of a pull: its rows. */
  static final class Pulled extends PartOutcome {
    private final PullTarget target;

    Pulled(CallGroup<?> group, Window window, PullTarget target) {
      super(group, window);
      this.target = target;
    }

    @Override
    public void answered(RangeCall part, Reply reply, @Nullable InboundFrame frame) {
      if (part instanceof PullCall pull && reply instanceof Reply.Pulled pulled && frame != null) {
        if (!pulled.shape().isPlain()) {
          target.takeEncoded(frame, pulled, pull.from(), pull.count());
        } else if (pulled.valuesLength() == target.byteLength(pull.count())) {
          target.take(frame, pulled.valuesAt(), pull.from(), pull.count());
        } else {
          throw new HoldfastException(
              ErrorCode.MALFORMED_FRAME,
              "the server answered a pull of " + pull.count() + " rows with " + pulled);
        }
        group().pulledAt(pulled.minClock());
      }
    }
  }

  /** Of a call about a work queue: what the range said. */
  static final class Queued extends PartOutcome {
    private final Consumer<QueueReply> to;

    Queued(CallGroup<?> group, Window window, Consumer<QueueReply> to) {
      super(group, window);
      this.to = to;
    }

    @Override
    public void answered(RangeCall part, Reply reply, @Nullable InboundFrame frame) {
      if (reply instanceof Reply.Queue queue) {
        to.accept(queue.message());
      }
    }
  }

  /** Of a join: what the range said. */
  static final class Joined extends PartOutcome {
    private volatile Reply.@Nullable Joined answer;

    Joined(CallGroup<?> group, Window window) {
      super(group, window);
    }

    Reply.Joined answer() {
      return java.util.Objects.requireNonNull(answer);
    }

    @Override
    public void answered(RangeCall part, Reply reply, @Nullable InboundFrame frame) {
      if (reply instanceof Reply.Joined joined) {
        answer = joined;
      }
    }
  }
}
