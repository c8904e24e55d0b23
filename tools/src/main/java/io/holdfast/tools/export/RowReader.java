package io.holdfast.tools.export;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;

/** Reads rows of one tensor. For one thread. Calls block. */
final class RowReader implements AutoCloseable {
  private final StoredTensor tensor;
  private final int rowBytes;
  private final FileChannel channel;

  RowReader(StoredTensor tensor, int rowBytes) {
    this.tensor = tensor;
    this.rowBytes = rowBytes;
    try {
      channel = FileChannel.open(tensor.file(), StandardOpenOption.READ);
    } catch (IOException e) {
      throw FileTrouble.reading(tensor.file(), e);
    }
  }

  /** Little-endian, from position 0 on. */
  ByteBuffer read(long row, int count) {
    return StoredTensor.read(
        channel, tensor.file(), tensor.at() + row * rowBytes, count * rowBytes);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw FileTrouble.reading(tensor.file(), e);
    }
  }
}
