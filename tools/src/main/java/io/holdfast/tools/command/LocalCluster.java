package io.holdfast.tools.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A cluster inside this process, for a job that names no server. */
public interface LocalCluster extends AutoCloseable {
  /** {@code host:port} where clients of any process on this machine can reach it. */
  String address();

  /** Stops it. Blocks until its files are closed. */
  @Override
  void close();

  /** Starts clusters. */
  @FunctionalInterface
  interface Starter {
    /**
     * Starts a cluster that keeps its files under the directory, and takes up what it finds there.
     * Blocks until it serves.
     *
     * @param directory exists
     */
    LocalCluster start(Path directory) throws IOException;

    /**
     * Starts one in this directory, which is made if need be and stays; in a temporary one where it
     * is null. Blocks until it serves.
     */
    default LocalCluster startIn(@Nullable Path directory) throws IOException {
      return directory == null ? startInTemporary() : start(Files.createDirectories(directory));
    }

    /**
     * Starts one in a directory of its own, which {@link #close} deletes. Blocks until it serves.
     */
    default LocalCluster startInTemporary() throws IOException {
      Path directory = Files.createTempDirectory("holdfast-job-");
      LocalCluster started;
      try {
        started = start(directory);
      } catch (IOException | RuntimeException e) {
        delete(directory);
        throw e;
      }
      return new LocalCluster() {
        @Override
        public String address() {
          return started.address();
        }

        @Override
        public void close() {
          started.close();
          delete(directory);
        }
      };
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      List<Path> children = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : children) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
