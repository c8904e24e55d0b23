package io.holdfast.client;

import io.grpc.ManagedChannel;
import io.holdfast.client.retry.Backoff;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.Retry;
import io.holdfast.v1.ControlGrpc;
import io.holdfast.v1.ControlGrpc.ControlBlockingStub;
import io.holdfast.v1.StatusRequest;
import io.holdfast.wire.Statuses;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Calls of the Control service to whichever of the nodes answers. All of them may be repeated, so
 * they are, on the next node, until the time is up. Calls block.
 */
final class ControlPlane {
  // A node that is there but does not answer must not hold up the others.
  private static final long ATTEMPT_MILLIS = 30_000;
  // Where a range is can be said at once, or by another node.
  private static final long LOOK_UP_MILLIS = 1_000;

  private final Nodes nodes;
  private final Function<String, ManagedChannel> channels;
  private final Duration firstPause;

  ControlPlane(Nodes nodes, Function<String, ManagedChannel> channels, Duration firstPause) {
    this.nodes = nodes;
    this.channels = channels;
    this.firstPause = firstPause;
  }

  /** Blocks until a node answers. */
  void connect(Duration timeout) {
    call(timeout, stub -> stub.status(StatusRequest.getDefaultInstance()));
  }

  /**
   * Calls until a node takes it.
   *
   * @throws HoldfastException what a node refused it with, or UNAVAILABLE in the end
   */
  <T> T call(Duration timeout, Function<ControlBlockingStub, T> method) {
    long deadline = System.nanoTime() + timeout.toNanos();
    Backoff pauses = RemoteCluster.rerouting(firstPause);
    HoldfastException last = null;
    while (true) {
      List<String> addresses = nodes.inOrder();
      for (String address : addresses) {
        try {
          return attempt(address, deadline, ATTEMPT_MILLIS, method);
        } catch (HoldfastException e) {
          last = next(e, last);
        }
        if (deadline - System.nanoTime() <= 0) {
          break;
        }
      }
      long pause = pauses.nextNanos();
      if (deadline - System.nanoTime() <= pause) {
        throw last != null && last.code() != ErrorCode.UNAVAILABLE
            ? last
            : new HoldfastException(
                ErrorCode.UNAVAILABLE,
                "no answer from " + String.join(", ", addresses) + " within " + timeout,
                last);
      }
      rest(pause);
    }
  }

  /** Tries each node once, none for long. */
  <T> T lookUp(Function<ControlBlockingStub, T> method) {
    HoldfastException last = null;
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ATTEMPT_MILLIS);
    for (String address : nodes.inOrder()) {
      try {
        return attempt(address, deadline, LOOK_UP_MILLIS, method);
      } catch (HoldfastException e) {
        last = next(e, last);
      }
    }
    throw last == null ? new HoldfastException(ErrorCode.UNAVAILABLE, "no address") : last;
  }

  // A node that answers says more than one that is away, or than the end of the time.
  private static HoldfastException next(HoldfastException error, @Nullable HoldfastException last) {
    if (error.retry() == Retry.NEVER) {
      throw error;
    }
    return last == null || isAnswer(error) || !isAnswer(last) ? error : last;
  }

  private static boolean isAnswer(HoldfastException error) {
    return error.code() != ErrorCode.UNAVAILABLE && error.code() != ErrorCode.DEADLINE_EXCEEDED;
  }

  private <T> T attempt(
      String address, long deadline, long atMostMillis, Function<ControlBlockingStub, T> method) {
    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    try {
      ManagedChannel channel = channels.apply(address);
      channel.resetConnectBackoff();
      T answer =
          method.apply(
              ControlGrpc.newBlockingStub(channel)
                  .withMaxInboundMessageSize(RemoteCluster.MAX_MESSAGE_BYTES)
                  .withDeadlineAfter(
                      Math.max(1, Math.min(atMostMillis, left)), TimeUnit.MILLISECONDS));
      nodes.worked(address);
      return answer;
    } catch (io.grpc.StatusRuntimeException e) {
      HoldfastException error = Statuses.fromThrowable(e);
      if (error.retry() != Retry.NEVER) {
        nodes.failed(address);
      }
      throw error;
    }
  }

  private static void rest(long nanos) {
    try {
      TimeUnit.NANOSECONDS.sleep(nanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HoldfastException(ErrorCode.CLOSED, "the thread was interrupted", e);
    }
  }
}
