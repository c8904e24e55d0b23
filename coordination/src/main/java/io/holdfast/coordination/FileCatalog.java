package io.holdfast.coordination;

import com.google.protobuf.InvalidProtocolBufferException;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.FullDisk;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.CatalogState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32C;

/**
 * The catalogue of a node that is alone: one file, replaced as a whole. 8 bytes of magic, CRC32C of
 * the rest (u32, big endian), then a {@code CatalogState} in protobuf.
 */
public final class FileCatalog implements Catalog {
  private static final long MAGIC = 0x484F4C4446415354L; // "HOLDFAST"
  private static final int FORMAT = 1;

  private final Path file;
  private final List<Runnable> watchers = new CopyOnWriteArrayList<>();
  private volatile CatalogState state;

  private FileCatalog(Path file, CatalogState state) {
    this.file = file;
    this.state = state;
  }

  /**
   * Opens the catalogue, or makes an empty one. Blocks.
   *
   * @throws HoldfastException STORE_FAILED where the file is damaged or of a newer format; it is
   *     left as it is
   */
  public static FileCatalog open(Path file) {
    try {
      return new FileCatalog(
          file,
          Files.exists(file) ? read(file) : CatalogState.newBuilder().setFormat(FORMAT).build());
    } catch (IOException e) {
      throw new HoldfastException(
          ErrorCode.STORE_FAILED, "cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static CatalogState read(Path file) throws IOException {
    var bytes = ByteBuffer.wrap(Files.readAllBytes(file));
    if (bytes.remaining() < 12
        || bytes.getLong() != MAGIC
        || bytes.getInt() != crc(bytes.slice())) {
      throw new HoldfastException(
          ErrorCode.STORE_FAILED,
          file
              + " is damaged: put back a copy of it from a replica or a backup; nothing was changed");
    }
    try {
      var state = CatalogState.parseFrom(bytes.slice());
      if (state.getFormat() > FORMAT) {
        throw new HoldfastException(
            ErrorCode.STORE_FAILED,
            file
                + " has format "
                + state.getFormat()
                + ", this version reads "
                + FORMAT
                + ": use a newer Holdfast");
      }
      return state;
    } catch (InvalidProtocolBufferException e) {
      throw new HoldfastException(
          ErrorCode.STORE_FAILED, file + " is no catalogue: " + e.getMessage(), e);
    }
  }

  private static int crc(ByteBuffer bytes) {
    var crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  @Override
  public CatalogState state() {
    return state;
  }

  @Override
  public CatalogState refresh() {
    return state;
  }

  @Override
  public Watch watch(Runnable changed) {
    watchers.add(changed);
    return () -> watchers.remove(changed);
  }

  @Override
  public CatalogState update(UnaryOperator<CatalogState> change) {
    var before = state;
    var after = replace(change);
    if (after.getVersion() != before.getVersion()) {
      watchers.forEach(Runnable::run);
    }
    return after;
  }

  private synchronized CatalogState replace(UnaryOperator<CatalogState> change) {
    var changed = change.apply(state);
    if (!changed.equals(state)) {
      var next = changed.toBuilder().setFormat(FORMAT).setVersion(state.getVersion() + 1).build();
      try {
        write(next);
      } catch (IOException e) {
        throw new HoldfastException(
            FullDisk.isMeantBy(e) ? ErrorCode.DISK_FULL : ErrorCode.STORE_FAILED,
            "cannot write " + file + ": " + e.getMessage() + "; nothing was changed",
            e);
      }
      state = next;
    }
    return state;
  }

  private void write(CatalogState next) throws IOException {
    byte[] body = next.toByteArray();
    var bytes = ByteBuffer.allocate(12 + body.length);
    bytes.putLong(MAGIC).putInt(crc(ByteBuffer.wrap(body))).put(body).flip();
    var replacement = file.resolveSibling(file.getFileName() + ".new");
    try (var channel =
        FileChannel.open(
            replacement,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(replacement, file, StandardCopyOption.ATOMIC_MOVE);
    var directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }
}
