package io.holdfast.replication.peer;

/**
 * Another node, as the cluster's state has it.
 *
 * @param address {@code host:port}
 * @param incarnation that it registered last
 */
public record PeerNode(String address, int incarnation) {
  public PeerNode {
    if (!address.matches("\\S+:[0-9]{1,5}")) {
      throw new IllegalArgumentException("'" + address + "' is not like host:port");
    }
  }

  String host() {
    String host = address.substring(0, address.lastIndexOf(':'));
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  int port() {
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }
}
