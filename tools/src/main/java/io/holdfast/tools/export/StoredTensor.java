package io.holdfast.tools.export;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;

/**
 * A tensor of a file that has all of its bytes.
 *
 * @param type as the file names it
 * @param at of its first byte in the file
 */
record StoredTensor(String name, String type, List<Long> shape, Path file, long at) {
  /**
   * Rows of it, the first dimension of which is rows.
   *
   * @throws HoldfastException INVALID_ARGUMENT where it has no dimension at all
   */
  long rows() {
    if (shape.isEmpty()) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          this + " is a single number, not rows: save it as [rows, width]");
    }
    return shape.get(0);
  }

  /** Reads bytes of it. Blocks. */
  static ByteBuffer read(FileChannel channel, Path file, long from, int count) {
    var bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    try {
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, from + bytes.position()) < 0) {
          throw new HoldfastException(
              ErrorCode.INVALID_ARGUMENT, file + " has become shorter while it was read");
        }
      }
    } catch (IOException e) {
      throw FileTrouble.reading(file, e);
    }
    return bytes.flip();
  }

  @Override
  public String toString() {
    return "tensor '" + name + "' of " + file + " (" + type + shape + ")";
  }
}
