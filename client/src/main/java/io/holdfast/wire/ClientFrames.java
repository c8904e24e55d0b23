package io.holdfast.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import io.holdfast.v1.Hello;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** Frames from client to server: made by the client, read by the server. */
public final class ClientFrames {
  /** A frame with more requests is refused. */
  public static final int MAX_REQUESTS = 65_536;

  private ClientFrames() {}

  /** The first frame of a stream. */
  public static OutboundFrame hello(Hello hello) {
    return new MessageFrame(io.holdfast.v1.ClientFrame.newBuilder().setHello(hello).build());
  }

  /** A frame of one or more requests, taken by the server in this order. */
  public static OutboundFrame requests(List<OutboundRequest> requests) {
    return new RequestsFrame(List.copyOf(requests));
  }

  /** Bytes that a request adds to a frame. */
  public static int length(OutboundRequest request) {
    return RequestWriter.size(request);
  }

  /**
   * Reads a frame of ours or of any other protobuf writer. The result refers to the frame by
   * offsets.
   *
   * @throws io.holdfast.model.HoldfastException MALFORMED_FRAME
   */
  public static ClientFrame read(InboundFrame frame) {
    return new RequestReader(frame).read();
  }

  static Hello parseHello(byte[] bytes) {
    try {
      return Hello.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw InboundFrame.malformed("a hello that cannot be read: " + e.getMessage());
    }
  }

  private static final class RequestsFrame extends OutboundFrame {
    private final List<OutboundRequest> requests;
    private final int length;

    RequestsFrame(List<OutboundRequest> requests) {
      this.requests = requests;
      int sum = 0;
      for (OutboundRequest request : requests) {
        sum = Math.addExact(sum, RequestWriter.size(request));
      }
      this.length = sum;
    }

    @Override
    public int length() {
      return length;
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
      var writer = new FrameWriter(out);
      for (OutboundRequest request : requests) {
        RequestWriter.write(request, writer);
      }
      writer.finish(length);
    }
  }
}
