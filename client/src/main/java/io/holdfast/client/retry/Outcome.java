package io.holdfast.client.retry;

import io.holdfast.model.HoldfastException;
import io.holdfast.wire.InboundFrame;
import io.holdfast.wire.Reply;
import org.jspecify.annotations.Nullable;

/** Who waits for a call. Where a range is split, a call ends when all of its parts have. */
public interface Outcome {
  /** Nobody waits. */
  Outcome NONE =
      new Outcome() {
        @Override
        public void answered(RangeCall part, Reply reply, @Nullable InboundFrame frame) {}

        @Override
        public void failed(HoldfastException error) {}

        @Override
        public void ended() {}
      };

  /**
   * The reply to the call or to a part of it, of the kind that it asked for. Not under the lock.
   *
   * @param frame that holds the values of a pull; valid until this returns
   */
  void answered(RangeCall part, Reply reply, @Nullable InboundFrame frame);

  /** The call or a part of it failed. May be called under the lock. */
  void failed(HoldfastException error);

  /** Called once, last: nothing refers to the caller's arrays any more. May be under the lock. */
  void ended();
}
