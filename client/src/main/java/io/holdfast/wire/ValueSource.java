package io.holdfast.wire;

import java.nio.ByteBuffer;

/**
 * The values of a pull's answer, copied out of the rows while the frame is written. Called on the
 * thread that hands the frame to gRPC, within that call.
 */
public interface ValueSource {
  /** All bytes that {@link #fill} will give. */
  int byteLength();

  /**
   * Writes the next bytes, at least one and as many whole rows as fit.
   *
   * @param target empty, backed by an array, little-endian, of 64 KiB at least
   */
  void fill(ByteBuffer target);
}
