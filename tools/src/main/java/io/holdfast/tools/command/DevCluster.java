package io.holdfast.tools.command;

import io.holdfast.coordination.EmbeddedZooKeeper;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Nodes and, where there are several, a ZooKeeper server, all in this process. One node alone keeps
 * its data in the directory itself and needs no ZooKeeper; of several each has a directory in it.
 */
final class DevCluster implements AutoCloseable {
  private static final int REPLICAS = 3;
  private static final long SMALLEST_CACHE_BYTES = 1 << 20;
  private static final String ZOOKEEPER = "zookeeper";

  private final List<AutoCloseable> parts = new ArrayList<>();
  private final List<Server> nodes = new ArrayList<>();

  private DevCluster() {}

  /**
   * Starts them. Blocks until they serve.
   *
   * @param directory what a cluster of as many nodes has left there is taken up
   * @throws HoldfastException INVALID_ARGUMENT where the directory is one of the other kind, else
   *     as {@link Server#start}; nothing is left running then
   */
  static DevCluster start(int count, Path directory, ServerOptions options) {
    refuseOtherKind(count, directory);
    var cluster = new DevCluster();
    try {
      if (count == 1) {
        cluster.add(options.settings(Map.of(), Map.of("data", directory.toString())));
      } else {
        cluster.startSeveral(count, directory, options);
      }
      return cluster;
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private static void refuseOtherKind(int count, Path directory) {
    if (count == 1 && Files.exists(directory.resolve(ZOOKEEPER))) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          directory + " holds a cluster of several nodes: say how many by --nodes");
    }
    if (count > 1 && Files.exists(directory.resolve("catalog"))) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          directory + " holds a node without a cluster: leave --nodes out, or give another --data");
    }
  }

  private void startSeveral(int count, Path directory, ServerOptions options) {
    ServerSettings whole =
        options.settings(
            Map.of(), Map.of("replicas", "1", "data", directory.resolve("node-1").toString()));
    var zooKeeper =
        EmbeddedZooKeeper.alone(directory.resolve(ZOOKEEPER), 0, EmbeddedZooKeeper.Timing.FAST);
    parts.add(zooKeeper);
    long cache = Math.max(SMALLEST_CACHE_BYTES, whole.cacheBytes() / count);
    for (int i = 0; i < count; i++) {
      Map<String, String> own = new LinkedHashMap<>();
      own.put("data", directory.resolve("node-" + (i + 1)).toString());
      own.put("port", Integer.toString(whole.port() == 0 ? 0 : whole.port() + i));
      own.put("cache", Long.toString(cache));
      own.put("zookeeper.servers", zooKeeper.address());
      add(options.settings(Map.of("replicas", Integer.toString(Math.min(REPLICAS, count))), own));
    }
  }

  private void add(ServerSettings settings) {
    Server node = Server.start(settings);
    parts.add(node);
    nodes.add(node);
  }

  List<Server> nodes() {
    return List.copyOf(nodes);
  }

  /** Stops the nodes, the last that was started first, then ZooKeeper. Blocks. */
  @Override
  public void close() {
    RuntimeException failed = null;
    for (AutoCloseable part : parts.reversed()) {
      try {
        part.close();
      } catch (Exception e) {
        var error = new IllegalStateException("cannot close " + part, e);
        if (failed == null) {
          failed = error;
        } else {
          failed.addSuppressed(error);
        }
      }
    }
    if (failed != null) {
      throw failed;
    }
  }
}
