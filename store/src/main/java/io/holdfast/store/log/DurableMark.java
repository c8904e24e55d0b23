package io.holdfast.store.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * A small file that says how far the log is known to be on disk, so that damage to the very last
 * durable records is told from a torn tail. It is written after each sync but forced only when the
 * log is closed: any version of it that reaches the disk is true, so an old one merely says less.
 */
final class DurableMark implements AutoCloseable {
  static final String FILE_NAME = "durable.mark";

  private static final int BYTES = 16;
  private static final int CLEAN = 8;
  private static final int CRC = 12;

  private final byte[] logId;
  private final LogFiles files;
  private final Path path;
  private final FileChannel channel;
  private final ByteBuffer bytes = ByteBuffer.allocateDirect(BYTES).order(ByteOrder.LITTLE_ENDIAN);

  private DurableMark(byte[] logId, LogFiles files, Path path, FileChannel channel) {
    this.logId = logId;
    this.files = files;
    this.path = path;
    this.channel = channel;
  }

  /**
   * What the file said.
   *
   * @param durableIndex 0 where nothing is known
   * @param clean the log was closed in order: there is nothing behind durableIndex
   */
  record Content(long durableIndex, boolean clean) {}

  static Content read(Path directory, byte[] logId) throws IOException {
    Path path = directory.resolve(FILE_NAME);
    if (!Files.exists(path)) {
      return new Content(0, false);
    }
    byte[] read = Files.readAllBytes(path);
    ByteBuffer content = ByteBuffer.wrap(read).order(ByteOrder.LITTLE_ENDIAN);
    if (read.length < BYTES || content.getInt(CRC) != checksum(content, logId)) {
      return new Content(0, false);
    }
    return new Content(content.getLong(0), content.getInt(CLEAN) != 0);
  }

  /** Opens the mark for writing, durably not clean. */
  static DurableMark open(LogOptions options, byte[] logId, long durableIndex) throws IOException {
    Path path = options.directory().resolve(FILE_NAME);
    DurableMark mark = new DurableMark(logId, options.files(), path, options.files().open(path));
    mark.write(durableIndex, false);
    mark.force();
    return mark;
  }

  void write(long durableIndex, boolean clean) throws IOException {
    bytes.clear();
    bytes.putLong(0, durableIndex).putInt(CLEAN, clean ? 1 : 0);
    bytes.putInt(CRC, checksum(bytes, logId));
    while (bytes.hasRemaining()) {
      channel.write(bytes, bytes.position());
    }
  }

  void force() throws IOException {
    files.force(channel, path, true);
  }

  private static int checksum(ByteBuffer content, byte[] logId) {
    CRC32C crc = new CRC32C();
    crc.update(logId);
    crc.update(content.slice(0, CRC));
    return (int) crc.getValue();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
