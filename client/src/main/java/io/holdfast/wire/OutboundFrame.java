package io.holdfast.wire;

import java.io.IOException;
import java.io.OutputStream;

/**
 * A frame that writes itself when the transport takes it. It refers to its caller's arrays, which
 * must not change until then; writing it again writes the same.
 */
public abstract class OutboundFrame {
  OutboundFrame() {}

  /** Exact number of bytes that {@link #writeTo} writes. */
  public abstract int length();

  /** Writes the frame. Called on the thread that hands the frame to gRPC. */
  public abstract void writeTo(OutputStream out) throws IOException;
}
