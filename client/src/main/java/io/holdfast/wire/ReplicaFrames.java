package io.holdfast.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import io.holdfast.v1.ReplicaFrame;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * Frames between nodes: all but the body, which is large, is read and written by the generated
 * classes; the body stays where it is.
 */
public final class ReplicaFrames {
  private static final int BODY = ReplicaFrame.BODY_FIELD_NUMBER;
  private static final int BODY_TAG = BODY << 3 | FrameCursor.BYTES;

  private ReplicaFrames() {}

  /**
   * A frame that arrived, without its body.
   *
   * @param head all fields but the body
   * @param bodyAt where in the frame the body begins
   * @param bodyLength its bytes; 0 where there is none
   */
  public record Read(ReplicaFrame head, int bodyAt, int bodyLength) {}

  /** A frame without a body. */
  public static OutboundFrame of(ReplicaFrame head) {
    return new MessageFrame(head);
  }

  /**
   * A frame with a body, which is copied out of {@code body}, from its position to its limit, when
   * the frame is written: within {@code onNext}, on its thread.
   */
  public static OutboundFrame of(ReplicaFrame head, ByteBuffer body) {
    return new BodyFrame(head, body.slice());
  }

  /**
   * Reads a frame of ours or of any other protobuf writer; of several bodies the last counts.
   *
   * @throws io.holdfast.model.HoldfastException MALFORMED_FRAME
   */
  public static Read read(InboundFrame frame) {
    var cursor = new FrameCursor(frame);
    var head = ByteBuffer.allocate(headLength(frame));
    int bodyAt = 0;
    int bodyLength = 0;
    while (cursor.hasNext()) {
      int start = cursor.at();
      int tag = cursor.tag();
      if (tag == BODY_TAG) {
        bodyLength = cursor.length();
        bodyAt = cursor.at();
        cursor.pass(bodyLength);
      } else {
        cursor.skip(tag);
        frame.copyTo(start, cursor.at() - start, head);
      }
    }
    try {
      return new Read(
          ReplicaFrame.parser().parseFrom(head.array(), 0, head.position()), bodyAt, bodyLength);
    } catch (InvalidProtocolBufferException e) {
      throw InboundFrame.malformed("a replica's frame cannot be read: " + e.getMessage());
    }
  }

  // Bytes of all fields but the body.
  private static int headLength(InboundFrame frame) {
    var cursor = new FrameCursor(frame);
    int length = 0;
    while (cursor.hasNext()) {
      int start = cursor.at();
      int tag = cursor.tag();
      cursor.skip(tag);
      length += tag == BODY_TAG ? 0 : cursor.at() - start;
    }
    return length;
  }

  private static final class BodyFrame extends OutboundFrame {
    private final ReplicaFrame head;
    private final ByteBuffer body;

    BodyFrame(ReplicaFrame head, ByteBuffer body) {
      this.head = head;
      this.body = body;
    }

    @Override
    public int length() {
      return Math.addExact(
          head.getSerializedSize(),
          body.hasRemaining() ? FrameWriter.bytesSize(body.remaining()) : 0);
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
      var writer = new FrameWriter(out);
      byte[] fields = head.toByteArray();
      writer.bytes(fields, 0, fields.length);
      if (body.hasRemaining()) {
        writer.head(BODY, body.remaining());
        writer.bytes(body);
      }
      writer.finish(length());
    }
  }
}
