package io.holdfast.tools.compare;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalDouble;
import java.util.SplittableRandom;

/**
 * What a disk does with one file, front to back in pieces of a MiB.
 *
 * @param bytes of the file
 * @param writeSeconds with the force at the end
 * @param warmReadSeconds out of the page cache, as far as that has it: the file was just written
 * @param coldReadSeconds past the page cache; empty where the file system cannot
 */
record DiskSpeed(
    long bytes, double writeSeconds, double warmReadSeconds, OptionalDouble coldReadSeconds) {
  private static final int PIECE = 1 << 20;

  /**
   * Makes a file there, and deletes it. Blocks.
   *
   * @param bytes rounded up to pieces
   */
  static DiskSpeed measure(Path directory, long bytes) throws IOException {
    long pieces = Math.max(1, (bytes + PIECE - 1) / PIECE);
    Path file = Files.createTempFile(directory, "disk-", ".tmp");
    try {
      double write = write(file, pieces);
      double warm = read(file);
      OptionalDouble cold;
      try {
        cold = OptionalDouble.of(read(file, direct()));
      } catch (ReflectiveOperationException | UnsupportedOperationException | IOException e) {
        cold = OptionalDouble.empty(); // a file system in memory has nothing but the page cache
      }
      return new DiskSpeed(pieces * PIECE, write, warm, cold);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static double write(Path file, long pieces) throws IOException {
    byte[] noise = new byte[PIECE]; // a disk that compresses is not to gain by it
    new SplittableRandom(1).nextBytes(noise);
    var piece = ByteBuffer.allocateDirect(PIECE).put(noise);
    long began = System.nanoTime();
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (long i = 0; i < pieces; i++) {
        piece.putLong(0, i).rewind();
        while (piece.hasRemaining()) {
          channel.write(piece);
        }
      }
      channel.force(true);
    }
    return secondsSince(began);
  }

  private static double read(Path file, OpenOption... more) throws IOException {
    int block = Math.toIntExact(Files.getFileStore(file).getBlockSize());
    var piece = ByteBuffer.allocateDirect(PIECE + block).alignedSlice(block).limit(PIECE);
    var options = new OpenOption[more.length + 1];
    options[0] = StandardOpenOption.READ;
    System.arraycopy(more, 0, options, 1, more.length);
    long began = System.nanoTime();
    try (var channel = FileChannel.open(file, options)) {
      while (channel.read(piece) >= 0) {
        piece.clear().limit(PIECE);
      }
    }
    return secondsSince(began);
  }

  /** By its name, since it is the JDK's own and not of the platform's interfaces. */
  private static OpenOption direct() throws ReflectiveOperationException {
    Class<?> own = Class.forName("com.sun.nio.file.ExtendedOpenOption");
    return (OpenOption) own.getField("DIRECT").get(null);
  }

  private static double secondsSince(long began) {
    return (System.nanoTime() - began) / 1e9;
  }
}
