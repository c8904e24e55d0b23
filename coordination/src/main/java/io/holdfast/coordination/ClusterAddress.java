package io.holdfast.coordination;

import java.util.regex.Pattern;

/**
 * Where a cluster keeps its catalogue.
 *
 * @param servers ZooKeeper servers, {@code host:port,host:port}; the servers of one ensemble
 * @param cluster name of the cluster; several may share an ensemble
 */
public record ClusterAddress(String servers, String cluster) {
  private static final Pattern SERVERS = Pattern.compile("[^\\s,:/]+:\\d+(,[^\\s,:/]+:\\d+)*");
  private static final Pattern CLUSTER = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");

  public ClusterAddress {
    if (!SERVERS.matcher(servers).matches()) {
      throw new IllegalArgumentException(
          "ZooKeeper servers '" + servers + "' must be written host:port,host:port");
    }
    if (!CLUSTER.matcher(cluster).matches()) {
      throw new IllegalArgumentException(
          "cluster name '"
              + cluster
              + "' must be 1 to 128 letters, digits, '_', '.' or '-', and begin with a letter, digit or '_'");
    }
  }

  String path(String child) {
    return "/holdfast/" + cluster + "/" + child;
  }
}
