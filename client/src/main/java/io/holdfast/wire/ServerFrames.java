package io.holdfast.wire;

import io.holdfast.model.HoldfastException;
import io.holdfast.v1.Welcome;
import java.util.List;

/** Frames from server to client: made by the server, read by the client. */
public final class ServerFrames {
  /** A frame with more replies is refused. */
  public static final int MAX_REPLIES = 65_536;

  private ServerFrames() {}

  /** The first frame of a stream. */
  public static OutboundFrame welcome(Welcome welcome) {
    return new MessageFrame(io.holdfast.v1.ServerFrame.newBuilder().setWelcome(welcome).build());
  }

  /** The last frame of a stream that is of no use any more. */
  public static OutboundFrame failure(HoldfastException error) {
    return new MessageFrame(
        io.holdfast.v1.ServerFrame.newBuilder().setFailure(Failures.toProto(error)).build());
  }

  /**
   * A frame of one or more replies. The values of pulls are copied out of their sources when the
   * frame is written: within {@code onNext}, on its thread.
   */
  public static OutboundFrame replies(List<OutboundReply> replies) {
    return new PartsFrame(replies.stream().map(ReplyWriter::new).toList());
  }

  /** Likewise, to a client that reads the answers to many ticks as one. */
  public static OutboundFrame repliesWithTickGroups(List<OutboundReply> replies) {
    return new PartsFrame(TicksDone.parts(replies));
  }

  /**
   * Reads a frame of ours or of any other protobuf writer. The result refers to the frame by
   * offsets.
   *
   * @throws HoldfastException MALFORMED_FRAME
   */
  public static ServerFrame read(InboundFrame frame) {
    return new ReplyReader(frame).read();
  }
}
