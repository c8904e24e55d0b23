package io.holdfast.client;

import io.grpc.ManagedChannel;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Calls of the Control service to whichever of the nodes answers. All of them may be repeated, so
 * they are, on the next node, until the time is up. Calls block.
 */
final class ControlPlane {
  // A node that is there but does not answer must not hold up the others.
  private static final long ATTEMPT_MILLIS = 30_000;

  private final List<String> addresses;
  private final Function<String, ManagedChannel> channels;
  private final Duration pause;
  private final AtomicInteger preferred = new AtomicInteger();

  ControlPlane(List<String> addresses, Function<String, ManagedChannel> channels, Duration pause) {
    this.addresses = addresses;
    this.channels = channels;
    this.pause = pause;
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
    while (true) {
      try {
        return attempt(deadline, method);
      } catch (HoldfastException e) {
        if (e.retry() == Retry.NEVER) {
          throw e;
        }
        preferred.incrementAndGet();
        if (deadline - System.nanoTime() <= pause.toNanos()) {
          throw e.code() == ErrorCode.UNAVAILABLE
              ? new HoldfastException(
                  ErrorCode.UNAVAILABLE,
                  "no answer from " + String.join(", ", addresses) + " within " + timeout,
                  e)
              : e;
        }
        rest();
      }
    }
  }

  /** Tries each node once. */
  <T> T callOnce(Duration timeout, Function<ControlBlockingStub, T> method) {
    HoldfastException last = null;
    for (int i = 0; i < addresses.size(); i++) {
      try {
        return attempt(System.nanoTime() + timeout.toNanos(), method);
      } catch (HoldfastException e) {
        if (e.retry() == Retry.NEVER) {
          throw e;
        }
        preferred.incrementAndGet();
        last = e;
      }
    }
    throw last == null ? new HoldfastException(ErrorCode.UNAVAILABLE, "no address") : last;
  }

  private <T> T attempt(long deadline, Function<ControlBlockingStub, T> method) {
    String address = addresses.get(Math.floorMod(preferred.get(), addresses.size()));
    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    try {
      ManagedChannel channel = channels.apply(address);
      channel.resetConnectBackoff();
      return method.apply(
          ControlGrpc.newBlockingStub(channel)
              .withMaxInboundMessageSize(RemoteCluster.MAX_MESSAGE_BYTES)
              .withDeadlineAfter(
                  Math.max(1, Math.min(ATTEMPT_MILLIS, left)), TimeUnit.MILLISECONDS));
    } catch (io.grpc.StatusRuntimeException e) {
      throw Statuses.fromThrowable(e);
    }
  }

  private void rest() {
    try {
      TimeUnit.NANOSECONDS.sleep(pause.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HoldfastException(ErrorCode.CLOSED, "the thread was interrupted", e);
    }
  }
}
