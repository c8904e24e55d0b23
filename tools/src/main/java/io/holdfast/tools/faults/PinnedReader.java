package io.holdfast.tools.faults;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.ClientFrame;
import io.holdfast.v1.ExchangeGrpc;
import io.holdfast.v1.Hello;
import io.holdfast.v1.Pull;
import io.holdfast.v1.Pulled;
import io.holdfast.v1.Range;
import io.holdfast.v1.Reply;
import io.holdfast.v1.Request;
import io.holdfast.v1.ServerFrame;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Asks one node for the latest values of a range in the epoch of a chain whose tail it was, as a
 * client may do that has not heard of another chain. The client library turns away from a node that
 * is gone, so that it would not see what such a node answers when it comes back.
 */
final class PinnedReader implements AutoCloseable {
  /** A rank as callers outside any group have it. */
  private static final int OUTSIDER = 0xF000_0001;

  private final Range chain;
  private final long[] keys;
  private final Ledger ledger;
  private final ManagedChannel channel;
  private final StreamObserver<ClientFrame> out;
  private final Map<Long, long[]> floors = new ConcurrentHashMap<>();
  private final CountDownLatch first = new CountDownLatch(1);
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private long calls;

  /**
   * @param keys of the range, all that lie between the first and the last
   * @param ledger judges the answers
   */
  PinnedReader(String address, Range chain, long[] keys, Ledger ledger) {
    this.chain = chain;
    this.keys = keys;
    this.ledger = ledger;
    channel = ManagedChannelBuilder.forTarget(address).usePlaintext().build();
    out = ExchangeGrpc.newStub(channel).open(new Answers());
    out.onNext(
        ClientFrame.newBuilder()
            .setHello(Hello.newBuilder().setProtocol(1).setClient("faults").setRank(OUTSIDER))
            .build());
  }

  /** Sends a pull, which must see all that is acknowledged by now. Does not block. */
  void ask() {
    long call = ++calls;
    floors.put(call, ledger.floor());
    out.onNext(
        ClientFrame.newBuilder()
            .addRequests(
                Request.newBuilder()
                    .setCall(call)
                    .setRange(chain.getId())
                    .setEpoch(chain.getEpoch())
                    .setDeadlineMillis(1)
                    .setPull(
                        Pull.newBuilder()
                            .setFirstKey(keys[0])
                            .setKeyCount(keys.length)
                            .setAnyClock(true)
                            .setLatest(true)))
            .build());
  }

  /**
   * Blocks until the node has answered something.
   *
   * @throws HoldfastException DEADLINE_EXCEEDED
   */
  void awaitFirst(Duration atMost) throws InterruptedException {
    if (!first.await(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new HoldfastException(
          ErrorCode.DEADLINE_EXCEEDED, "the tail does not answer a latest pull");
    }
  }

  /** Pulls that were answered with values. */
  int answered() {
    return answered.get();
  }

  /** Pulls that the node did not answer for a reason that it gave. */
  int refused() {
    return refused.get();
  }

  private void take(Reply reply) {
    long[] floor = floors.remove(reply.getCall());
    if (floor == null) {
      return;
    }
    if (reply.hasPulled()) {
      ledger.judgeLatest(keys, values(reply.getPulled()), floor);
      answered.incrementAndGet();
    } else {
      refused.incrementAndGet();
    }
    first.countDown();
  }

  private static long[] values(Pulled pulled) {
    var bytes =
        pulled.getValues().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
    long[] values = new long[bytes.remaining()];
    bytes.get(values);
    return values;
  }

  private final class Answers implements StreamObserver<ServerFrame> {
    @Override
    public void onNext(ServerFrame frame) {
      frame.getRepliesList().forEach(PinnedReader.this::take);
    }

    @Override
    public void onError(Throwable thrown) {
      // Nothing more comes from the node, which is what it may do.
    }

    @Override
    public void onCompleted() {}
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
