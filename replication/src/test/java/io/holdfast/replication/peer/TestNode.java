package io.holdfast.replication.peer;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A node's network with a server on loopback. */
final class TestNode implements AutoCloseable {
  final Shards shards = new Shards();
  final List<String> gone = new CopyOnWriteArrayList<>();
  final PeerNetwork network;
  final PeerIdentity identity;
  private final Server server;
  private final int port;

  TestNode(String cluster, int id, int incarnation, int wantedPort, PeerSettings settings) {
    identity = new PeerIdentity(cluster, id, incarnation, "127.0.0.1:" + wantedPort);
    network =
        new PeerNetwork(
            () -> identity,
            range -> shards,
            List.of(shards),
            (node, life) -> gone.add(node + "/" + life),
            settings);
    try {
      server =
          NettyServerBuilder.forAddress(
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), wantedPort))
              .directExecutor()
              .flowControlWindow(16 << 20)
              .maxInboundMessageSize(2 * settings.maxFrameBytes())
              .addService(network.service())
              .build()
              .start();
      this.port = server.getPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return port;
  }

  PeerNode asPeer() {
    return new PeerNode("127.0.0.1:" + port(), identity.incarnation());
  }

  /** Cuts all streams that others opened, and listens no more. */
  void stopServer() {
    server.shutdownNow();
    try {
      server.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    stopServer();
    network.close();
  }
}
