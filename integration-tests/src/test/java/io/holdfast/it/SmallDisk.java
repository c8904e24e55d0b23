package io.holdfast.it;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A small file system, mounted on a directory, whose room a filler file takes. */
final class SmallDisk implements AutoCloseable {
  private static final int MIB = 1 << 20;

  private final Path directory;

  /** Where no file system can be mounted, the test is left out. */
  SmallDisk(Path directory, int mebibytes) {
    this.directory = directory;
    String size = "size=" + mebibytes + "m";
    try {
      Files.createDirectory(directory);
      Assumptions.assumeTrue(
          run("mount", "-t", "tmpfs", "-o", size, "tmpfs", directory.toString()),
          "a file system can be mounted here");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean run(String... command) {
    try {
      var process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false; // no such program
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Takes all room but that many bytes. */
  void fill(long leave) {
    var block = ByteBuffer.allocate(MIB);
    try (var filler =
        FileChannel.open(filler(), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      for (long free = free(); free > leave; free = free()) {
        filler.write(block.clear().limit((int) Math.min(MIB, free - leave)));
      }
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("No space")) {
        throw new AssertionError(e);
      }
    }
  }

  private Path filler() {
    return directory.resolve("filler");
  }

  private long free() throws IOException {
    return Files.getFileStore(directory).getUsableSpace();
  }

  void makeRoom() {
    try {
      Files.delete(filler());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    run("umount", "-l", directory.toString());
  }
}
