package io.holdfast.wire;

import static io.holdfast.wire.FrameWriter.bytesSize;
import static io.holdfast.wire.FrameWriter.fieldSize;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** One reply in the form of {@code exchange.proto}; fields with their default are left out. */
final class ReplyWriter implements FramePart {
  private static final int REPLIES = 2;
  private static final int QUEUE = 20;

  private final OutboundReply reply;
  // Bodies that a generated class writes.
  private final @Nullable ByteString message;
  private final int body;

  ReplyWriter(OutboundReply reply) {
    this.reply = reply;
    MessageLite generated = generated(reply);
    this.message = generated == null ? null : generated.toByteString();
    this.body = message == null ? bodySize(reply) : message.size();
  }

  private static @Nullable MessageLite generated(OutboundReply reply) {
    if (reply instanceof OutboundReply.Failed failed) {
      return Failures.toProto(failed.error());
    }
    if (reply instanceof OutboundReply.Joined joined) {
      return joined.joined();
    }
    return reply instanceof OutboundReply.Queue queue ? queue.message() : null;
  }

  /** Bytes in the frame, with tag and length. */
  @Override
  public int size() {
    return bytesSize(messageSize());
  }

  @Override
  public void write(FrameWriter writer) throws IOException {
    writer.head(REPLIES, messageSize());
    writer.field(1, reply.call());
    if (message != null) {
      int field = reply instanceof OutboundReply.Failed ? 7 : 8;
      writer.head(reply instanceof OutboundReply.Queue ? QUEUE : field, body);
      byte[] bytes = message.toByteArray();
      writer.bytes(bytes, 0, bytes.length);
    } else if (reply instanceof OutboundReply.Pushed pushed) {
      writer.head(9, body);
      writer.field(1, pushed.lsn());
      writer.field(2, pushed.duplicate());
    } else if (reply instanceof OutboundReply.Pulled pulled) {
      writer.head(10, body);
      write(pulled, writer);
    } else if (reply instanceof OutboundReply.Ticked ticked) {
      writer.head(11, body);
      writer.field(1, ticked.lsn());
      writer.field(2, ticked.duplicate());
    } else if (reply instanceof OutboundReply.Saved saved) {
      writer.head(12, body);
      writer.field(1, saved.lsn());
    } else if (reply instanceof OutboundReply.Left left) {
      writer.head(13, body);
      writer.field(1, left.lsn());
    }
  }

  private static void write(OutboundReply.Pulled pulled, FrameWriter writer) throws IOException {
    writer.field(1, pulled.epoch());
    writer.field(2, pulled.lsn());
    writer.field(3, pulled.minClock());
    pulled.shape().write(writer);
    int values = pulled.values().byteLength();
    if (values > 0) {
      writer.head(15, values);
      writer.values(pulled.values(), values);
    }
  }

  private int messageSize() {
    int longTag = reply instanceof OutboundReply.Queue ? 1 : 0;
    return Math.addExact(fieldSize(reply.call()) + longTag, bytesSize(body));
  }

  private static int bodySize(OutboundReply reply) {
    if (reply instanceof OutboundReply.Pulled pulled) {
      int values = pulled.values().byteLength();
      return Math.addExact(
          fieldSize(pulled.epoch())
              + fieldSize(pulled.lsn())
              + fieldSize(pulled.minClock())
              + pulled.shape().size(),
          values == 0 ? 0 : bytesSize(values));
    }
    if (reply instanceof OutboundReply.Pushed pushed) {
      return fieldSize(pushed.lsn()) + fieldSize(pushed.duplicate());
    }
    if (reply instanceof OutboundReply.Ticked ticked) {
      return fieldSize(ticked.lsn()) + fieldSize(ticked.duplicate());
    }
    if (reply instanceof OutboundReply.Saved saved) {
      return fieldSize(saved.lsn());
    }
    return reply instanceof OutboundReply.Left left ? fieldSize(left.lsn()) : 0;
  }
}
