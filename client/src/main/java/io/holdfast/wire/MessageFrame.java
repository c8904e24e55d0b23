package io.holdfast.wire;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.io.OutputStream;

/** A small frame that a generated class writes. */
final class MessageFrame extends OutboundFrame {
  private final MessageLite message;

  MessageFrame(MessageLite message) {
    this.message = message;
  }

  @Override
  public int length() {
    return message.getSerializedSize();
  }

  @Override
  public void writeTo(OutputStream out) throws IOException {
    message.writeTo(out);
  }
}
