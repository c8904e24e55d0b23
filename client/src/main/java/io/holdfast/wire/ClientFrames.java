package io.holdfast.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import io.holdfast.v1.Hello;
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
    return new PartsFrame(requests.stream().map(RequestWriter::part).toList());
  }

  /** Likewise, to a server that takes ticks of one worker to many ranges as one request. */
  public static OutboundFrame requestsWithTickGroups(List<OutboundRequest> requests) {
    return new PartsFrame(TickGroup.parts(requests));
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
}
