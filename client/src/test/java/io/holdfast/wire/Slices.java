package io.holdfast.wire;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Frames cut into buffers as a transport might cut them. */
final class Slices {
  private Slices() {}

  static byte[] bytes(OutboundFrame frame) {
    var out = new ByteArrayOutputStream();
    try {
      frame.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /**
   * Slices of one byte, of a few, of hundreds, or one; on the heap and off it, at odd addresses.
   */
  static InboundFrame cut(byte[] bytes, Random random) {
    return InboundFrame.of(buffers(bytes, random).toArray(ByteBuffer[]::new));
  }

  static List<ByteBuffer> buffers(byte[] bytes, Random random) {
    int longest =
        switch (random.nextInt(4)) {
          case 0 -> 1;
          case 1 -> 13;
          case 2 -> 500;
          default -> Math.max(1, bytes.length);
        };
    var parts = new ArrayList<ByteBuffer>();
    for (int at = 0; at < bytes.length; ) {
      int length = Math.min(bytes.length - at, 1 + random.nextInt(longest));
      int pad = random.nextInt(8);
      ByteBuffer part =
          random.nextBoolean()
              ? ByteBuffer.allocateDirect(pad + length)
              : ByteBuffer.allocate(pad + length);
      part.position(pad);
      part.put(bytes, at, length).position(pad);
      parts.add(part);
      at += length;
    }
    return parts;
  }
}
