package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.holdfast.v1.ClientFrame;
import io.holdfast.v1.ControlGrpc;
import io.holdfast.v1.ExchangeGrpc;
import io.holdfast.v1.Hello;
import io.holdfast.v1.Join;
import io.holdfast.v1.Pull;
import io.holdfast.v1.Push;
import io.holdfast.v1.Range;
import io.holdfast.v1.Reply;
import io.holdfast.v1.Request;
import io.holdfast.v1.ServerFrame;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A client as another language would have it: nothing but what protoc generates. It sends what it
 * is told to, however wrong, and waits for each answer.
 */
final class ForeignClient implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 10;

  private final ManagedChannel channel;
  private final LinkedBlockingQueue<Object> arrived = new LinkedBlockingQueue<>();
  private final StreamObserver<ClientFrame> out;
  private long calls;

  /** Connects, and says nothing yet. */
  ForeignClient(String address) {
    int colon = address.lastIndexOf(':');
    channel =
        NettyChannelBuilder.forAddress(
                address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)))
            .usePlaintext()
            .maxInboundMessageSize(64 << 20)
            .build();
    out =
        ExchangeGrpc.newStub(channel)
            .open(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ServerFrame frame) {
                    arrived.add(frame);
                  }

                  @Override
                  public void onError(Throwable thrown) {
                    arrived.add(Status.fromThrowable(thrown));
                  }

                  @Override
                  public void onCompleted() {
                    arrived.add(Status.OK);
                  }
                });
  }

  /** Connects and is welcomed as that rank. */
  static ForeignClient greeted(String address, int rank) {
    var client = new ForeignClient(address);
    client.send(ClientFrame.newBuilder().setHello(hello(1, rank)).build());
    assertEquals(1, client.frame().getWelcome().getProtocol());
    return client;
  }

  static Hello hello(int protocol, int rank) {
    return Hello.newBuilder().setProtocol(protocol).setClient("foreign/1").setRank(rank).build();
  }

  ControlGrpc.ControlBlockingStub control() {
    return ControlGrpc.newBlockingStub(channel);
  }

  void send(ClientFrame frame) {
    out.onNext(frame);
  }

  /** What the server sends next. */
  ServerFrame frame() {
    return assertInstance(ServerFrame.class, next());
  }

  /** How the stream ended, which it must have now. */
  Status end() {
    return assertInstance(Status.class, next());
  }

  private Object next() {
    try {
      Object next = arrived.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertNotNull(next, "the server has not answered within " + PATIENCE_SECONDS + " s");
      return next;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static <T> T assertInstance(Class<T> type, Object found) {
    assertTrue(type.isInstance(found), () -> "wanted " + type.getSimpleName() + ", came " + found);
    return type.cast(found);
  }

  /** Sends one request alone and returns its answer. */
  Reply ask(Request.Builder request) {
    request.setCall(++calls);
    send(ClientFrame.newBuilder().addRequests(request).build());
    var frame = frame();
    assertEquals(1, frame.getRepliesCount(), frame::toString);
    assertEquals(calls, frame.getReplies(0).getCall());
    return frame.getReplies(0);
  }

  /** Joins a range; incarnation 0 is for a home range. */
  Reply join(Range range, int incarnation) {
    return ask(to(range).setJoin(Join.newBuilder().setIncarnation(incarnation).setGroupSize(1)));
  }

  Reply push(Range range, Push.Builder push) {
    return ask(to(range).setPush(push));
  }

  /** The rows of the keys {@code 0 .. count - 1}. */
  ByteString rows(Range range, int count) {
    var reply =
        ask(
            to(range)
                .setPull(Pull.newBuilder().setKeyCount(count).setFirstKey(0).setAnyClock(true)));
    assertTrue(reply.hasPulled(), reply::toString);
    return reply.getPulled().getValues();
  }

  static Request.Builder to(Range range) {
    return Request.newBuilder().setRange(range.getId()).setEpoch(range.getEpoch());
  }

  static ByteString floats(float... values) {
    var bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return ByteString.copyFrom(bytes.flip());
  }

  static ByteString raw(long... keys) {
    var bytes = ByteBuffer.allocate(8 * keys.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long key : keys) {
      bytes.putLong(key);
    }
    return ByteString.copyFrom(bytes.flip());
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      channel.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
