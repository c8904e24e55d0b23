package io.holdfast.tools.faults;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.local.Layout;
import io.holdfast.tools.local.Place;
import io.holdfast.tools.local.ZooKeeperPlace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A network namespace for each node, on a bridge where ZooKeeper and the clients are, made with
 * {@code ip} of iproute2 and removed at the end, whatever ends the process but SIGKILL. Needs root.
 *
 * <p>A direction is cut by giving the sender a link-layer address for the receiver that nobody has:
 * its packets are lost without a word, connections stay as they are, and nothing else changes. Not
 * for several threads.
 */
final class NetworkSpaces implements AutoCloseable {
  private static final int NODE_PORT = 7070;
  private static final int ZOOKEEPER_PORT = 2181;
  private static final int PEER_PORT = 2888;
  private static final int ELECTION_PORT = 3888;
  private static final int FIRST_NODE = 11;
  private static final int FIRST_ZOOKEEPER = 101;
  private static final String NOBODY = "02:00:00:00:0f:ff";
  private static final int SECONDS = 10;

  private final String prefix;
  private final String net;
  private final int nodes;
  private final int zooKeepers;
  private final Deque<List<String>> undo = new ArrayDeque<>();
  private final List<List<String>> cuts = new ArrayList<>();
  private final Thread hook = new Thread(this::remove, "holdfast-network-remove");

  private NetworkSpaces(int nodes, int zooKeepers) {
    long pid = ProcessHandle.current().pid();
    // Names of links have 15 characters at most.
    this.prefix = "hf" + pid % 1_000_000;
    this.net = "10.214." + (pid % 250 + 1) + ".";
    this.nodes = nodes;
    this.zooKeepers = zooKeepers;
  }

  /**
   * Makes them.
   *
   * @throws HoldfastException INVALID_ARGUMENT where this process may not, or there is no {@code
   *     ip}; nothing is left behind then
   */
  static NetworkSpaces make(int nodes, int zooKeepers) {
    var spaces = new NetworkSpaces(nodes, zooKeepers);
    Runtime.getRuntime().addShutdownHook(spaces.hook);
    try {
      spaces.build();
      return spaces;
    } catch (HoldfastException e) {
      spaces.close();
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "network faults need root and the program 'ip' (iproute2): " + e.getMessage(),
          e);
    }
  }

  private synchronized void build() {
    String bridge = prefix + "b";
    ip("link", "add", bridge, "type", "bridge");
    undo.push(List.of("link", "del", bridge));
    ip("addr", "add", net + "1/24", "dev", bridge);
    for (int i = 0; i < zooKeepers; i++) {
      ip("addr", "add", net + (FIRST_ZOOKEEPER + i) + "/24", "dev", bridge);
    }
    ip("link", "set", bridge, "up");
    for (int i = 0; i < nodes; i++) {
      String space = space(i);
      String outside = prefix + "v" + i;
      ip("netns", "add", space);
      undo.push(List.of("netns", "del", space));
      ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", space);
      undo.push(List.of("link", "del", outside));
      ip("link", "set", outside, "master", bridge, "up");
      ip("-n", space, "addr", "add", net + (FIRST_NODE + i) + "/24", "dev", "eth0");
      ip("-n", space, "link", "set", "lo", "up");
      ip("-n", space, "link", "set", "eth0", "up");
    }
  }

  private String space(int node) {
    return prefix + "n" + node;
  }

  /** Where nodes and ZooKeeper servers run. */
  Layout layout() {
    List<Place> places = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      places.add(
          new Place(net + (FIRST_NODE + i), NODE_PORT, List.of("ip", "netns", "exec", space(i))));
    }
    List<ZooKeeperPlace> servers = new ArrayList<>();
    for (int i = 0; i < zooKeepers; i++) {
      servers.add(
          new ZooKeeperPlace(
              i + 1,
              new Place(net + (FIRST_ZOOKEEPER + i), ZOOKEEPER_PORT, List.of()),
              PEER_PORT,
              ELECTION_PORT));
    }
    return new Layout(places, servers);
  }

  /**
   * From now on no packet of a node gets to an address.
   *
   * @param from {@code host:port} of the node
   * @param to {@code host:port}; all of the host is meant
   */
  void cut(String from, String to) {
    String space = space(Integer.parseInt(host(from).substring(net.length())) - FIRST_NODE);
    String host = host(to);
    ip("-n", space, "neigh", "replace", host, "lladdr", NOBODY, "dev", "eth0", "nud", "permanent");
    cuts.add(List.of("-n", space, "neigh", "del", host, "dev", "eth0"));
  }

  private static String host(String address) {
    return address.substring(0, address.lastIndexOf(':'));
  }

  /** Takes all cuts back. */
  void mend() {
    for (List<String> cut : cuts) {
      ip(cut.toArray(String[]::new));
    }
    cuts.clear();
  }

  private static void ip(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new HoldfastException(
            ErrorCode.INTERNAL, String.join(" ", command) + ": " + said.strip());
      }
    } catch (IOException e) {
      throw new HoldfastException(ErrorCode.INTERNAL, String.join(" ", command) + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HoldfastException(ErrorCode.CLOSED, "the thread was interrupted", e);
    }
  }

  private synchronized void remove() {
    while (!undo.isEmpty()) {
      try {
        ip(undo.pop().toArray(String[]::new));
      } catch (HoldfastException e) {
        // It is gone with another one: a link with its peer. The rest still has to go.
      }
    }
  }

  /** Removes them; processes in them lose their names only. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // the process ends, and the hook does it
    }
    remove();
  }
}
