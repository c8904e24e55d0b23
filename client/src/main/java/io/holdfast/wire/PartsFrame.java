package io.holdfast.wire;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** A frame of requests or of replies. */
final class PartsFrame extends OutboundFrame {
  private final List<? extends FramePart> parts;
  private final int length;

  PartsFrame(List<? extends FramePart> parts) {
    this.parts = parts;
    int sum = 0;
    for (FramePart part : parts) {
      sum = Math.addExact(sum, part.size());
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
    for (FramePart part : parts) {
      part.write(writer);
    }
    writer.finish(length);
  }
}
