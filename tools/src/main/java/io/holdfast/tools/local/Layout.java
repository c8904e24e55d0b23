package io.holdfast.tools.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The addresses of all servers of a local cluster; they stay when a server is started again. */
public record Layout(List<Place> nodes, List<ZooKeeperPlace> zooKeepers) {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int CLIENT = 100;
  private static final int PEER = 200;
  private static final int ELECTION = 300;
  private static final int FIRST_PORT = 20_000;
  private static final int END_PORT = 32_768; // where Linux begins with those of connections
  private static final int MOST_TRIES = 1_000;

  public Layout {
    nodes = List.copyOf(nodes);
    zooKeepers = List.copyOf(zooKeepers);
  }

  /**
   * On the loopback: nodes from {@code base} on, ZooKeeper's clients from {@code base + 100} on.
   */
  public static Layout from(int base, int nodes, int zooKeepers) {
    return new Layout(
        nodes(nodes, i -> base + i),
        zooKeepers(zooKeepers, i -> base + CLIENT + i, PEER + base, ELECTION + base));
  }

  private static List<ZooKeeperPlace> zooKeepers(
      int count, IntUnaryOperator client, int peer, int election) {
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                new ZooKeeperPlace(
                    i + 1,
                    new Place(LOOPBACK, client.applyAsInt(i), List.of()),
                    peer + i,
                    election + i))
        .toList();
  }

  private static List<Place> nodes(int count, IntUnaryOperator port) {
    return IntStream.range(0, count)
        .mapToObj(i -> new Place(LOOPBACK, port.applyAsInt(i), List.of()))
        .toList();
  }

  /** On ports of the loopback that nobody has at the moment. */
  public static Layout onFreePorts(int nodes, int zooKeepers) {
    int[] ports = freePorts(nodes + 3 * zooKeepers);
    List<ZooKeeperPlace> servers = new ArrayList<>();
    for (int i = 0; i < zooKeepers; i++) {
      int first = nodes + 3 * i;
      servers.add(
          new ZooKeeperPlace(
              i + 1,
              new Place(LOOPBACK, ports[first], List.of()),
              ports[first + 1],
              ports[first + 2]));
    }
    return new Layout(nodes(nodes, i -> ports[i]), servers);
  }

  /**
   * Ports of the loopback that nobody has at the moment, below those that systems give to outgoing
   * connections: so nobody is given one while its server is down.
   */
  public static int[] freePorts(int count) {
    List<ServerSocket> held = new ArrayList<>();
    try {
      int tries = 0;
      while (held.size() < count) {
        int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, END_PORT);
        try {
          // Held until all are known, so that none is found twice.
          held.add(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
        } catch (BindException e) {
          if (++tries == MOST_TRIES) {
            throw e;
          }
        }
      }
      int[] ports = held.stream().mapToInt(ServerSocket::getLocalPort).toArray();
      for (ServerSocket socket : held) {
        socket.close();
      }
      return ports;
    } catch (IOException e) {
      throw new UncheckedIOException("no free ports", e);
    }
  }

  /** All nodes, as clients take them. */
  public String addresses() {
    return nodes.stream().map(Place::address).collect(Collectors.joining(","));
  }

  /** All ZooKeeper servers, as {@code --zookeeper} takes them. */
  public String zooKeeperAddresses() {
    return zooKeepers.stream()
        .map(server -> server.client().address())
        .collect(Collectors.joining(","));
  }
}
