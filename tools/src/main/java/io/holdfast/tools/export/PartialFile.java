package io.holdfast.tools.export;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.store.file.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that is written under another name, {@code NAME.partial}, and gets its own when it is
 * whole and on disk. What a killed process left under the other name is written over. Calls block.
 */
final class PartialFile implements AutoCloseable {
  static final String SUFFIX = ".partial";

  private final Path file;
  private final Path unfinished;
  private final FileChannel channel;
  private boolean closed;

  /**
   * @throws HoldfastException INVALID_ARGUMENT where another process writes it, STORE_FAILED
   */
  PartialFile(Path file) {
    this.file = file;
    this.unfinished = file.resolveSibling(file.getFileName() + SUFFIX);
    try {
      channel =
          FileChannel.open(
              unfinished,
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw FileTrouble.writing(unfinished, e);
    }
    boolean mine = false;
    try {
      if (!isLocked()) {
        throw new HoldfastException(
            ErrorCode.INVALID_ARGUMENT,
            "another process writes "
                + file
                + " at this moment: wait for it, or give another name");
      }
      channel.truncate(0);
      mine = true;
    } catch (IOException e) {
      throw FileTrouble.writing(unfinished, e);
    } finally {
      if (!mine) {
        closeQuietly();
      }
    }
  }

  private boolean isLocked() throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  /**
   * Writes all that remains of the bytes.
   *
   * @throws HoldfastException DISK_FULL, STORE_FAILED
   */
  void write(long at, ByteBuffer bytes) {
    try {
      long next = at;
      while (bytes.hasRemaining()) {
        next += channel.write(bytes, next);
      }
    } catch (IOException e) {
      throw FileTrouble.writing(unfinished, e);
    }
  }

  /** Forgets all from there on. */
  void truncate(long bytes) {
    try {
      channel.truncate(bytes);
    } catch (IOException e) {
      throw FileTrouble.writing(unfinished, e);
    }
  }

  /** Writes all of the other file. */
  void append(long at, PartialFile other) {
    try {
      long size = other.channel.size();
      channel.position(at);
      for (long done = 0; done < size; ) {
        done += other.channel.transferTo(done, size - done, channel);
      }
    } catch (IOException e) {
      throw FileTrouble.writing(unfinished, e);
    }
  }

  /** Forces the file, gives it its name, and forces the directory. */
  void complete() {
    try {
      channel.force(true);
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
      closeQuietly();
      DurableFiles.forceDirectory(DurableFiles.parentOf(file));
    } catch (IOException e) {
      throw FileTrouble.writing(file, e);
    }
  }

  /** Removes it, where it was not completed. */
  @Override
  public void close() {
    if (!closed) {
      try {
        Files.deleteIfExists(unfinished);
      } catch (IOException e) {
        throw FileTrouble.writing(unfinished, e);
      } finally {
        closeQuietly();
      }
    }
  }

  private void closeQuietly() {
    closed = true;
    try {
      channel.close();
    } catch (IOException e) {
      throw FileTrouble.writing(unfinished, e);
    }
  }
}
