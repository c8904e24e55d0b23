package io.holdfast.tools.command;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.Retry;
import io.holdfast.v1.ControlGrpc;
import io.holdfast.v1.ControlGrpc.ControlBlockingStub;
import io.holdfast.wire.Statuses;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Calls of the Control service, to the first node of a list that answers. For calls that may be
 * repeated: a node that dies in the middle of one has perhaps done it, and the next is asked again.
 * Calls block. For one thread.
 */
public final class ControlCalls implements AutoCloseable {
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  private final String addresses;
  private final Duration perNode;
  private final List<ManagedChannel> channels = new ArrayList<>();
  private int preferred;

  /**
   * Connects lazily.
   *
   * @param addresses {@code host:port}, several separated by commas
   * @param perNode how long one node may take to answer
   * @throws HoldfastException INVALID_ARGUMENT where one is no address
   */
  public ControlCalls(String addresses, Duration perNode) {
    this.addresses = addresses;
    this.perNode = perNode;
    for (String address : addresses.split(",", -1)) {
      channels.add(channel(address.strip()));
    }
  }

  static ManagedChannel channel(String address) {
    try {
      return ManagedChannelBuilder.forTarget(address)
          .usePlaintext()
          .maxInboundMessageSize(MAX_MESSAGE_BYTES)
          .build();
    } catch (IllegalArgumentException e) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "'" + address + "' is no host:port", e);
    }
  }

  /**
   * Asks each node once, until one answers.
   *
   * @throws HoldfastException what a node refused it with, or UNAVAILABLE where none answers
   */
  public <T> T call(Function<ControlBlockingStub, T> method) {
    return ask(
        channel ->
            method.apply(
                ControlGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(perNode.toMillis(), TimeUnit.MILLISECONDS)));
  }

  /** As {@link #call}, of another service; {@code method} sees to it that it ends. */
  public <T> T ask(Function<ManagedChannel, T> method) {
    HoldfastException last = null;
    for (int i = 0; i < channels.size(); i++) {
      try {
        return attempt(channels.get(preferred), method);
      } catch (HoldfastException e) {
        if (e.retry() == Retry.NEVER) {
          throw e;
        }
        // What a node says in words is worth more than that another one is dead.
        last = last == null || !isSilence(e) ? e : last;
        preferred = (preferred + 1) % channels.size();
      }
    }
    if (last != null && !isSilence(last)) {
      throw last;
    }
    throw new HoldfastException(
        ErrorCode.UNAVAILABLE,
        "no node answers at "
            + addresses
            + "; start one with 'holdfast server', or name another by --server",
        last);
  }

  private static <T> T attempt(ManagedChannel channel, Function<ManagedChannel, T> method) {
    channel.resetConnectBackoff();
    try {
      return method.apply(channel);
    } catch (StatusRuntimeException e) {
      throw Statuses.fromThrowable(e);
    }
  }

  private static boolean isSilence(HoldfastException e) {
    return e.code() == ErrorCode.UNAVAILABLE || e.code() == ErrorCode.DEADLINE_EXCEEDED;
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
  }
}
