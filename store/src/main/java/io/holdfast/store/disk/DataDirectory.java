package io.holdfast.store.disk;

import io.holdfast.store.file.DurableFiles;
import io.holdfast.store.file.IdentityFile;
import io.holdfast.store.log.LogKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A node's data directory, held exclusively while this is open. The file {@code holdfast.id} says
 * what it is (see docs/storage-format.md); the lock is the operating system's on the file {@code
 * LOCK}, so it is free again when the process that held it is dead, however it died.
 */
public final class DataDirectory implements AutoCloseable {
  static final String IDENTITY = "holdfast.id";
  static final String LOCK = "LOCK";
  static final int FORMAT_VERSION = 1;

  private static final String FORMAT = "holdfast-data";
  private static final String STORE_ID = "store-id";
  private static final String SHARDS = "shards";
  private static final String LOG_KIND = "log-kind";

  /**
   * What this process holds. A POSIX lock belongs to the process and goes when it closes any
   * descriptor of the file, so the file of a directory that is held here must not even be opened
   * again.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path root;
  private final UUID storeId;
  private final Options options;
  private final Hold hold;

  /**
   * What the directory is to be.
   *
   * @param shards number of shards, 1 to 1024; fixed when the directory is created
   * @param logKind kind of the shards' logs; fixed when the directory is created
   */
  public record Options(int shards, LogKind logKind) {
    public Options {
      if (shards < 1 || shards > 1024) {
        throw new IllegalArgumentException("shards is " + shards + ": take 1 to 1024");
      }
    }
  }

  private DataDirectory(Path root, UUID storeId, Options options, Hold hold) {
    this.root = root;
    this.storeId = storeId;
    this.options = options;
    this.hold = hold;
  }

  /** The lock, and the directory's entry among those held by this process. */
  private record Hold(Path real, FileChannel channel) {
    void release() throws IOException {
      if (channel.isOpen()) {
        channel.close();
        HELD.remove(real);
      }
    }
  }

  /**
   * Takes hold of the directory; creates it, with a new store id, where it is empty or not there.
   * Its identity is on disk when this returns. Blocks.
   *
   * @throws DataDirectoryException IN_USE, FOREIGN, NEWER_FORMAT, CHANGED or FAILED; nothing was
   *     changed in a directory that was there
   */
  public static DataDirectory open(Path root, Options options) {
    Hold lock = null;
    try {
      Files.createDirectories(root);
      boolean known = Files.exists(root.resolve(IDENTITY));
      if (!known) {
        requireEmpty(root);
      }
      lock = lock(root);
      UUID storeId = known ? check(root, options) : create(root, options);
      return new DataDirectory(root, storeId, options, lock);
    } catch (IOException e) {
      close(lock);
      throw new DataDirectoryException(
          DataDirectoryException.Kind.FAILED,
          "the data directory " + root + " cannot be opened: " + e,
          e);
    } catch (DataDirectoryException e) {
      close(lock);
      throw e;
    }
  }

  private static void requireEmpty(Path root) throws IOException {
    try (Stream<Path> entries = Files.list(root)) {
      for (Path entry : (Iterable<Path>) entries::iterator) {
        String name = entry.getFileName().toString();
        if (!name.equals(LOCK) && !name.equals(IDENTITY + DurableFiles.UNFINISHED)) {
          throw new DataDirectoryException(
              DataDirectoryException.Kind.FOREIGN,
              root
                  + " holds "
                  + name
                  + " but is not a Holdfast data directory: name an empty directory, or one that"
                  + " holds "
                  + IDENTITY);
        }
      }
    }
  }

  private static Hold lock(Path root) throws IOException {
    Path real = root.toRealPath();
    if (!HELD.add(real)) {
      throw inUse(root, self());
    }
    boolean locked = false;
    try {
      FileChannel channel = lockFile(root);
      locked = true;
      return new Hold(real, channel);
    } finally {
      if (!locked) {
        HELD.remove(real);
      }
    }
  }

  private static FileChannel lockFile(Path root) throws IOException {
    Path path = root.resolve(LOCK);
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    boolean locked = false;
    try {
      if (tryLock(channel) == null) {
        String holder = Files.readString(path, StandardCharsets.UTF_8).strip();
        throw inUse(root, holder.isEmpty() ? "another process" : holder);
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap((self() + "\n").getBytes(StandardCharsets.UTF_8)), 0);
      locked = true;
      return channel;
    } finally {
      if (!locked) {
        channel.close();
      }
    }
  }

  private static DataDirectoryException inUse(Path root, String holder) {
    return new DataDirectoryException(
        DataDirectoryException.Kind.IN_USE,
        "data directory "
            + root
            + " is in use by "
            + holder
            + ": stop that process, or name another directory");
  }

  private static String self() {
    return "process " + ProcessHandle.current().pid() + ", started " + startOfThis();
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static Instant startOfThis() {
    return ProcessHandle.current().info().startInstant().orElseGet(Instant::now);
  }

  private static UUID create(Path root, Options options) throws IOException {
    UUID storeId = UUID.randomUUID();
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put(FORMAT, Integer.toString(FORMAT_VERSION));
    fields.put(STORE_ID, storeId.toString());
    fields.put(SHARDS, Integer.toString(options.shards()));
    fields.put(LOG_KIND, options.logKind().name());
    IdentityFile.write(root.resolve(IDENTITY), fields);
    DurableFiles.forceDirectory(DurableFiles.parentOf(root));
    return storeId;
  }

  private static UUID check(Path root, Options options) throws IOException {
    Map<String, String> fields = IdentityFile.read(root.resolve(IDENTITY));
    String format = fields.getOrDefault(FORMAT, "none");
    if (!format.equals(Integer.toString(FORMAT_VERSION))) {
      throw new DataDirectoryException(
          DataDirectoryException.Kind.NEWER_FORMAT,
          root
              + " has data format "
              + format
              + ", this version reads "
              + FORMAT_VERSION
              + ": start the version of Holdfast that wrote it");
    }
    expect(root, fields, SHARDS, Integer.toString(options.shards()));
    expect(root, fields, LOG_KIND, options.logKind().name());
    return UUID.fromString(fields.getOrDefault(STORE_ID, ""));
  }

  private static void expect(Path root, Map<String, String> fields, String name, String wanted) {
    String found = fields.getOrDefault(name, "none");
    if (!found.equals(wanted)) {
      throw new DataDirectoryException(
          DataDirectoryException.Kind.CHANGED,
          root
              + " was created with "
              + name
              + " "
              + found
              + ", the configuration says "
              + wanted
              + ": set it back, or drain the node and start it on an empty directory");
    }
  }

  /** Random, made with the directory; names this store in ZooKeeper (rule P21). */
  public UUID storeId() {
    return storeId;
  }

  public Options options() {
    return options;
  }

  public Path root() {
    return root;
  }

  /** Of one shard's log; not created by this. */
  public Path logDirectory(int shard) {
    if (shard < 0 || shard >= options.shards()) {
      throw new IllegalArgumentException("shard " + shard + " of " + options.shards());
    }
    return root.resolve("log").resolve(Integer.toString(shard));
  }

  /** Of the rows; not created by this. */
  public Path rowsDirectory() {
    return root.resolve("rows");
  }

  /** Bytes that can still be written to the file system that holds the directory. */
  public long freeBytes() {
    try {
      return Files.getFileStore(root).getUsableSpace();
    } catch (IOException e) {
      throw new DataDirectoryException(
          DataDirectoryException.Kind.FAILED, "the free space of " + root + " is unknown: " + e, e);
    }
  }

  /** Lets go of the directory. May be repeated. */
  @Override
  public void close() {
    close(hold);
  }

  private static void close(@Nullable Hold hold) {
    try {
      if (hold != null) {
        hold.release();
      }
    } catch (IOException e) {
      throw new DataDirectoryException(
          DataDirectoryException.Kind.FAILED, "a lock cannot be let go: " + e, e);
    }
  }
}
