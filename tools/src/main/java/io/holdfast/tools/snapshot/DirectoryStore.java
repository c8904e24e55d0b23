package io.holdfast.tools.snapshot;

import io.holdfast.model.FullDisk;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A directory, local or of a shared file system, as an object store: a key is a file. What is being
 * written lies in {@code unfinished/} until it is forced; then it is renamed, and the directory
 * forced. The directory itself is never made here: a file system that is not mounted is an error,
 * not a new target on the disk below.
 */
final class DirectoryStore implements ObjectStore {
  private static final String UNFINISHED = "unfinished/";
  private static final int BUFFER_BYTES = 256 << 10;

  private final Path root;

  DirectoryStore(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  @Override
  public String name() {
    return root.toString();
  }

  @Override
  public String place(String key) {
    return root.resolve(key).toString();
  }

  @Override
  public @Nullable Entry find(String key) throws IOException {
    try {
      var attributes = Files.readAttributes(root.resolve(key), BasicFileAttributes.class);
      return entry(key, attributes);
    } catch (NoSuchFileException e) {
      checkRoot();
      return null;
    }
  }

  private static Entry entry(String key, BasicFileAttributes attributes) {
    return new Entry(key, attributes.size(), attributes.lastModifiedTime().toInstant());
  }

  private void checkRoot() throws IOException {
    if (!Files.isDirectory(root)) {
      // Not the error of a file that is missing: nothing can be said of any file.
      throw new NotDirectoryException(root.toString());
    }
  }

  @Override
  public void put(String key, Content content) throws IOException {
    checkRoot();
    // Two writers of one object must not meet in one file.
    Path unfinished = inDirectory(UNFINISHED + UUID.randomUUID());
    try {
      write(unfinished, content);
      Path file = inDirectory(key);
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
      force(parent(file));
    } catch (IOException e) {
      throw asFull(key, e);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private static void write(Path file, Content content) throws IOException {
    try (InputStream in = content.open();
        FileChannel out =
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
      }
      out.force(true);
    }
  }

  /** The file of a key, in directories that are made where they lack, and durable. */
  private Path inDirectory(String key) throws IOException {
    Path directory = root;
    String[] names = key.split("/", -1);
    for (int i = 0; i < names.length - 1; i++) {
      Path above = directory;
      directory = above.resolve(names[i]);
      if (!Files.isDirectory(directory)) {
        try {
          Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
          // another writer was faster; it may not have forced it yet
        }
        force(above);
      }
    }
    return directory.resolve(names[names.length - 1]);
  }

  private IOException asFull(String key, IOException e) {
    return FullDisk.isMeantBy(e)
        ? new TargetFullException(place(key) + ": " + e.getMessage(), e)
        : e;
  }

  @Override
  public Path file(String key) {
    return root.resolve(key);
  }

  @Override
  public InputStream open(String key) throws IOException {
    try {
      return Files.newInputStream(root.resolve(key));
    } catch (NoSuchFileException e) {
      checkRoot();
      throw e;
    }
  }

  @Override
  public void delete(String key) throws IOException {
    Path file = root.resolve(key);
    if (Files.deleteIfExists(file)) {
      force(parent(file));
    } else {
      checkRoot();
    }
  }

  @Override
  public void list(String prefix, Predicate<Entry> each) throws IOException {
    checkRoot();
    Path below = root.resolve(prefix);
    if (!Files.isDirectory(below)) {
      return;
    }
    Files.walkFileTree(
        below,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            return each.test(entry(key(file), attributes))
                ? FileVisitResult.CONTINUE
                : FileVisitResult.TERMINATE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE; // deleted meanwhile
            }
            throw e;
          }
        });
  }

  private String key(Path file) {
    return root.relativize(file).toString().replace('\\', '/');
  }

  @Override
  public void removeUnfinished() throws IOException {
    Path below = root.resolve(UNFINISHED);
    if (Files.isDirectory(below)) {
      try (var files = Files.newDirectoryStream(below)) {
        for (Path file : files) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  @Override
  public void close() {}

  private static Path parent(Path file) {
    Path parent = file.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(file + " has no parent directory");
    }
    return parent;
  }

  /** Makes what was created, renamed or deleted in a directory durable. */
  static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
