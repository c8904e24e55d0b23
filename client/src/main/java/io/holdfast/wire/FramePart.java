package io.holdfast.wire;

import java.io.IOException;

/** What a frame is made of: one request or reply, or several as one. */
interface FramePart {
  /** Bytes in the frame, with tag and length. */
  int size();

  void write(FrameWriter writer) throws IOException;
}
