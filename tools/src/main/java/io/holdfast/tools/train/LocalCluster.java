package io.holdfast.tools.train;

import java.io.IOException;
import java.nio.file.Path;

/** A cluster inside this process, for a training run that names no server. */
public interface LocalCluster extends AutoCloseable {
  /** {@code host:port} where clients of any process on this machine can reach it. */
  String address();

  /** Stops it. Blocks until its files are closed. */
  @Override
  void close();

  /** Starts clusters; whoever wires the launcher gives one to {@link TrainLr#useLocalClusters}. */
  @FunctionalInterface
  interface Starter {
    /**
     * Starts a cluster that keeps its files under the directory. Blocks until it serves.
     *
     * @param directory exists, is empty, and is deleted by the caller after {@link #close}
     */
    LocalCluster start(Path directory) throws IOException;
  }
}
