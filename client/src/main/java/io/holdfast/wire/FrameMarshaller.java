package io.holdfast.wire;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.Marshaller;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** Puts frames into gRPC's buffers, and takes them out, without a copy of the whole. */
final class FrameMarshaller {
  static final Marshaller<InboundFrame> INBOUND =
      new Marshaller<>() {
        @Override
        public InputStream stream(InboundFrame frame) {
          throw new UnsupportedOperationException("an inbound frame is not sent");
        }

        @Override
        public InboundFrame parse(InputStream stream) {
          return InboundFrame.parse(stream);
        }
      };

  static final Marshaller<OutboundFrame> OUTBOUND =
      new Marshaller<>() {
        @Override
        public InputStream stream(OutboundFrame frame) {
          return new FrameStream(frame);
        }

        @Override
        public OutboundFrame parse(InputStream stream) {
          throw new UnsupportedOperationException("an outbound frame is not received");
        }
      };

  private FrameMarshaller() {}

  // gRPC drains it; read() serves transports that do not know Drainable.
  private static final class FrameStream extends InputStream implements KnownLength, Drainable {
    private final OutboundFrame frame;
    private @Nullable InputStream copy;
    private boolean drained;

    FrameStream(OutboundFrame frame) {
      this.frame = frame;
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      if (drained) {
        return 0;
      }
      drained = true;
      frame.writeTo(target);
      return frame.length();
    }

    @Override
    public int available() throws IOException {
      if (copy != null) {
        return copy.available();
      }
      return drained ? 0 : frame.length();
    }

    @Override
    public int read() throws IOException {
      return copy().read();
    }

    @Override
    public int read(byte[] target, int from, int count) throws IOException {
      return copy().read(target, from, count);
    }

    private InputStream copy() throws IOException {
      if (copy == null) {
        var bytes = new ByteArrayOutputStream(frame.length());
        drainTo(bytes);
        copy = new ByteArrayInputStream(bytes.toByteArray());
      }
      return copy;
    }
  }
}
