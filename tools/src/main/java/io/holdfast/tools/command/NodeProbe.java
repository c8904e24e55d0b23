package io.holdfast.tools.command;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.ControlGrpc;
import io.holdfast.v1.StatusReply;
import io.holdfast.v1.StatusRequest;
import io.holdfast.wire.Statuses;
import java.util.concurrent.TimeUnit;

/** Asks one node how it is. */
public final class NodeProbe {
  private static final int SECONDS = 10;

  private NodeProbe() {}

  /**
   * Blocks until the node answers, for 10 s at most.
   *
   * @param address {@code host:port}
   * @throws HoldfastException UNAVAILABLE where it does not answer
   */
  public static StatusReply status(String address) {
    ManagedChannel channel = ControlCalls.channel(address);
    try {
      return ControlGrpc.newBlockingStub(channel)
          .withDeadlineAfter(SECONDS, TimeUnit.SECONDS)
          .status(StatusRequest.getDefaultInstance());
    } catch (StatusRuntimeException e) {
      HoldfastException error = Statuses.fromThrowable(e);
      if (error.code() == ErrorCode.UNAVAILABLE || error.code() == ErrorCode.DEADLINE_EXCEEDED) {
        throw new HoldfastException(
            ErrorCode.UNAVAILABLE,
            "no node answers at "
                + address
                + "; start one with 'holdfast server', or name another by --server",
            e);
      }
      throw error;
    } finally {
      channel.shutdownNow();
    }
  }
}
