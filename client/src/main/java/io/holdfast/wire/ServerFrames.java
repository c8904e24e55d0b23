package io.holdfast.wire;

import io.holdfast.model.HoldfastException;
import io.holdfast.v1.Welcome;
import java.io.IOException;
import java.io.OutputStream;
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
    return new RepliesFrame(replies);
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

  private static final class RepliesFrame extends OutboundFrame {
    private final List<ReplyWriter> replies;
    private final int length;

    RepliesFrame(List<OutboundReply> replies) {
      this.replies = replies.stream().map(ReplyWriter::new).toList();
      int sum = 0;
      for (ReplyWriter reply : this.replies) {
        sum = Math.addExact(sum, reply.size());
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
      for (ReplyWriter reply : replies) {
        reply.write(writer);
      }
      writer.finish(length);
    }
  }
}
