package io.holdfast.store.log;

import io.holdfast.store.file.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What a log asks of the file system beyond writing to mapped memory; tests put their faults here.
 */
public interface LogFiles {
  /** The real one. */
  static LogFiles disk() {
    return Disk.INSTANCE;
  }

  /** Opens for reading and writing, creating the file where it is not there. */
  default FileChannel open(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** Takes real blocks for a part of the file by writing zeros. */
  default void allocate(FileChannel channel, Path file, long position, long bytes)
      throws IOException {
    ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(bytes, 1 << 20));
    long end = position + bytes;
    for (long at = position; at < end; ) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), end - at));
      at += channel.write(zeros, at);
    }
  }

  /** Makes what was written to the file durable; its size and blocks too where asked. */
  default void force(FileChannel channel, Path file, boolean metadata) throws IOException {
    channel.force(metadata);
  }

  /** Makes the names in a directory durable. */
  default void forceDirectory(Path directory) throws IOException {
    DurableFiles.forceDirectory(directory);
  }

  /** Bytes that can still be allocated. */
  default long freeBytes(Path directory) throws IOException {
    return Files.getFileStore(directory).getUsableSpace();
  }

  /** The real file system. */
  final class Disk implements LogFiles {
    private static final Disk INSTANCE = new Disk();

    private Disk() {}
  }
}
