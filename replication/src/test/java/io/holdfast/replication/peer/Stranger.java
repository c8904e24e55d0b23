package io.holdfast.replication.peer;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.holdfast.wire.ReplicaMethod;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Opens a stream to a node, and sends any bytes. */
final class Stranger extends ClientCall.Listener<byte[]> implements AutoCloseable {
  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  private final ManagedChannel channel;
  private final ClientCall<byte[], byte[]> call;
  private volatile boolean closed;

  Stranger(int port) {
    channel = NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    call =
        channel.newCall(
            MethodDescriptor.newBuilder(BYTES, BYTES)
                .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                .setFullMethodName(ReplicaMethod.CLIENT.getFullMethodName())
                .build(),
            CallOptions.DEFAULT);
    call.start(this, new Metadata());
    call.request(10);
  }

  void send(byte[]... frames) {
    for (byte[] frame : frames) {
      call.sendMessage(frame);
    }
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    closed = true;
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
