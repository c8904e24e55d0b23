package io.holdfast.store.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * The real file system, made to fail on demand, that remembers what of it would outlive a power
 * cut: the content of each file as of its last force, and names as of the last force of the
 * directory. {@link #crash} makes a directory of that, with some pages more, in any order.
 */
final class FaultyFiles implements LogFiles {
  private static final int PAGE = 4096;

  final AtomicBoolean forceFails = new AtomicBoolean();
  final AtomicBoolean diskFull = new AtomicBoolean();
  private final Map<Object, byte[]> forced = new HashMap<>();
  private Map<String, Object> names = Map.of();

  @Override
  public void allocate(FileChannel channel, Path file, long position, long bytes)
      throws IOException {
    if (diskFull.get()) {
      LogFiles.disk().allocate(channel, file, position, Math.min(bytes, PAGE));
      throw new IOException("No space left on device");
    }
    LogFiles.disk().allocate(channel, file, position, bytes);
  }

  @Override
  public void force(FileChannel channel, Path file, boolean metadata) throws IOException {
    if (forceFails.get()) {
      throw new IOException("Input/output error");
    }
    ByteBuffer content = ByteBuffer.allocate((int) channel.size());
    while (content.hasRemaining() && channel.read(content, content.position()) > 0) {
      // reads on
    }
    synchronized (this) {
      forced.put(inode(file), content.array());
    }
  }

  @Override
  public synchronized void forceDirectory(Path directory) throws IOException {
    names = currentNames(directory);
  }

  private static Object inode(Path file) throws IOException {
    return Files.getAttribute(file, "unix:ino");
  }

  private static Map<String, Object> currentNames(Path directory) throws IOException {
    Map<String, Object> current = new HashMap<>();
    try (Stream<Path> entries = Files.list(directory)) {
      for (Path entry : (Iterable<Path>) entries::iterator) {
        current.put(entry.getFileName().toString(), inode(entry));
      }
    }
    return current;
  }

  /**
   * Writes to {@code copy} what a power cut now could leave of {@code directory}: of each page that
   * was written and not forced either the new or the old, and new names or old.
   */
  synchronized void crash(Path directory, Path copy, Random random) throws IOException {
    Files.createDirectories(copy);
    double keep = random.nextInt(5) / 4.0;
    Map<String, Object> current = currentNames(directory);
    Map<Object, Path> living = new HashMap<>();
    current.forEach((name, inode) -> living.put(inode, directory.resolve(name)));
    Map<String, Object> left = new HashMap<>(random.nextBoolean() ? current : names);
    left.put(LogIdentity.FILE_NAME, current.get(LogIdentity.FILE_NAME));
    for (Map.Entry<String, Object> entry : left.entrySet()) {
      byte[] now =
          living.containsKey(entry.getValue())
              ? Files.readAllBytes(living.get(entry.getValue()))
              : new byte[0];
      byte[] then = forced.getOrDefault(entry.getValue(), now);
      Files.write(copy.resolve(entry.getKey()), mix(then, now, keep, random));
    }
  }

  private static byte[] mix(byte[] then, byte[] now, double keep, Random random) {
    byte[] mixed = then.clone();
    for (int at = 0; at < Math.min(then.length, now.length); at += PAGE) {
      int end = Math.min(Math.min(then.length, now.length), at + PAGE);
      if (random.nextDouble() < keep) {
        System.arraycopy(now, at, mixed, at, end - at);
      }
    }
    return mixed;
  }

  /** Copies a directory as it is: what the death of the process alone leaves. */
  static void copy(Path directory, Path copy) throws IOException {
    Files.createDirectories(copy);
    try (Stream<Path> entries = Files.list(directory)) {
      for (Path entry : (Iterable<Path>) entries::iterator) {
        Files.copy(entry, copy.resolve(entry.getFileName()));
      }
    }
  }

  /** Name and content of each file, to see whether something has changed. */
  static Map<String, Integer> contents(Path directory) throws IOException {
    Map<String, Integer> contents = new HashMap<>();
    try (Stream<Path> entries = Files.list(directory)) {
      for (Path entry : (Iterable<Path>) entries::iterator) {
        contents.put(entry.getFileName().toString(), Arrays.hashCode(Files.readAllBytes(entry)));
      }
    }
    return contents;
  }

  /** Where the bytes are in the files of a directory. */
  record Place(Path file, int offset) {
    static Place find(Path directory, byte[] bytes) throws IOException {
      try (Stream<Path> entries = Files.list(directory)) {
        for (Path entry : (Iterable<Path>) entries::iterator) {
          byte[] content = Files.readAllBytes(entry);
          for (int at = 0; at <= content.length - bytes.length; at++) {
            if (Arrays.equals(content, at, at + bytes.length, bytes, 0, bytes.length)) {
              return new Place(entry, at);
            }
          }
        }
      }
      throw new AssertionError("not found in " + directory);
    }

    void flip(int offsetFromHere) throws IOException {
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        ByteBuffer one = ByteBuffer.allocate(1);
        channel.read(one, offset + offsetFromHere);
        one.put(0, (byte) (one.get(0) ^ 0x10)).flip();
        channel.write(one, offset + offsetFromHere);
      }
    }

    void zeroFrom(int offsetFromHere) throws IOException {
      byte[] content = Files.readAllBytes(file);
      Arrays.fill(content, offset + offsetFromHere, content.length, (byte) 0);
      Files.write(file, content);
    }

    void truncateAt(int offsetFromHere) throws IOException {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(offset + offsetFromHere);
      }
    }
  }
}
