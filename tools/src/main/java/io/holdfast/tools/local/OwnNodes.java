package io.holdfast.tools.local;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A cluster of processes for a job that asks for one by {@code --nodes}. */
public final class OwnNodes {
  private static final int MOST = 16;

  /** A machine that does much else starts them slowly; a job that is to take minutes can wait. */
  private static final Duration START_UP = Duration.ofMinutes(5);

  private OwnNodes() {}

  /**
   * @param nodes 0: none is wanted
   * @throws HoldfastException INVALID_ARGUMENT where there cannot be so many
   */
  public static void check(int nodes) {
    if (nodes < 0 || nodes > MOST) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "--nodes must be 1 to " + MOST + ", not " + nodes);
    }
  }

  /**
   * Starts the nodes and one ZooKeeper server on free ports. Blocks until they serve.
   *
   * @param data where they keep everything, found again by the next that is started there; null: a
   *     temporary directory, gone at the end
   * @throws HoldfastException UNAVAILABLE where they do not come up
   */
  public static ProcessCluster start(int nodes, @Nullable Path data) throws IOException {
    Path directory =
        data == null ? Files.createTempDirectory("holdfast-nodes-") : Files.createDirectories(data);
    // One node cannot keep the replicas that a cluster's tables have.
    var settings =
        ClusterSettings.in(directory)
            .withStartUp(START_UP)
            .withNodeSettings(nodes == 1 ? Map.of("replicas", "1") : Map.of());
    return ProcessCluster.start(
        Layout.onFreePorts(nodes, 1), data == null ? settings.temporarily() : settings);
  }
}
