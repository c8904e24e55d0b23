package io.holdfast.tools.local;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What the processes of a local cluster are given.
 *
 * @param directory data and output of all of them
 * @param nodeHeap of a node's JVM, such as {@code 512m}
 * @param zooKeeperHeap of a ZooKeeper server's
 * @param javaOptions further options of the JVMs
 * @param nodeSettings by their names in the server's configuration
 * @param temporary whether the directory is deleted at the end
 * @param startUp how long all of them together may take until they serve
 */
public record ClusterSettings(
    Path directory,
    String nodeHeap,
    String zooKeeperHeap,
    List<String> javaOptions,
    Map<String, String> nodeSettings,
    boolean temporary,
    Duration startUp) {
  public ClusterSettings {
    javaOptions = List.copyOf(javaOptions);
    nodeSettings = Map.copyOf(nodeSettings);
  }

  /** 512 MiB for a node, 128 MiB for a ZooKeeper server, 60 s. */
  public static ClusterSettings in(Path directory) {
    return new ClusterSettings(
        directory, "512m", "128m", List.of(), Map.of(), false, Duration.ofSeconds(60));
  }

  public ClusterSettings withNodeHeap(String changed) {
    return new ClusterSettings(
        directory, changed, zooKeeperHeap, javaOptions, nodeSettings, temporary, startUp);
  }

  public ClusterSettings withJavaOptions(List<String> changed) {
    return new ClusterSettings(
        directory, nodeHeap, zooKeeperHeap, changed, nodeSettings, temporary, startUp);
  }

  public ClusterSettings withNodeSettings(Map<String, String> changed) {
    return new ClusterSettings(
        directory, nodeHeap, zooKeeperHeap, javaOptions, changed, temporary, startUp);
  }

  public ClusterSettings withStartUp(Duration changed) {
    return new ClusterSettings(
        directory, nodeHeap, zooKeeperHeap, javaOptions, nodeSettings, temporary, changed);
  }

  /** The directory is deleted when the cluster has ended. */
  public ClusterSettings temporarily() {
    return new ClusterSettings(
        directory, nodeHeap, zooKeeperHeap, javaOptions, nodeSettings, true, startUp);
  }
}
