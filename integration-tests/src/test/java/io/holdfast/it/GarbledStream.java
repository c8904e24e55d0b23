package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.holdfast.v1.ClientFrame;
import io.holdfast.v1.ExchangeGrpc;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A stream whose frame after the hello is any bytes at all. */
final class GarbledStream implements AutoCloseable {
  private final ManagedChannel channel;
  private final LinkedBlockingQueue<Status> ends = new LinkedBlockingQueue<>();

  private GarbledStream(ManagedChannel channel) {
    this.channel = channel;
  }

  static GarbledStream open(String address, byte[] frame) {
    int colon = address.lastIndexOf(':');
    var channel =
        NettyChannelBuilder.forAddress(
                address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)))
            .usePlaintext()
            .build();
    var stream = new GarbledStream(channel);
    ClientCall<byte[], byte[]> call = channel.newCall(method(), CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            stream.ends.add(status);
          }
        },
        new Metadata());
    call.request(10);
    call.sendMessage(
        ClientFrame.newBuilder().setHello(ForeignClient.hello(1, 9)).build().toByteArray());
    call.sendMessage(frame);
    call.halfClose();
    return stream;
  }

  private static MethodDescriptor<byte[], byte[]> method() {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
        .setFullMethodName(ExchangeGrpc.getOpenMethod().getFullMethodName())
        .setRequestMarshaller(new Bytes())
        .setResponseMarshaller(new Bytes())
        .build();
  }

  /** The server ends the stream in order, whatever came. */
  void awaitEnd(String what) {
    try {
      Status end = ends.poll(10, TimeUnit.SECONDS);
      assertNotNull(end, "the stream goes on: " + what);
      if (!end.isOk()) {
        throw new AssertionError(what + ": " + end);
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try (stream) {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
