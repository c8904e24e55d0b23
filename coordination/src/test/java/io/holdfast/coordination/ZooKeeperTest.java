package io.holdfast.coordination;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** A ZooKeeper server of its own for each test. */
abstract class ZooKeeperTest {
  static final Duration SESSION = Duration.ofMillis(600);
  static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;

  private final List<AutoCloseable> opened = new ArrayList<>();

  <T extends AutoCloseable> T closing(T resource) {
    opened.addFirst(resource);
    return resource;
  }

  @AfterEach
  void closeAll() throws Exception {
    for (var resource : opened) {
      resource.close();
    }
  }

  static ConditionFactory eventually() {
    return await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10));
  }

  EmbeddedZooKeeper server() {
    return EmbeddedZooKeeper.alone(directory.resolve("zk"), 0, EmbeddedZooKeeper.Timing.FAST);
  }

  /** The same server again, where its clients look for it. */
  EmbeddedZooKeeper restart(EmbeddedZooKeeper before) {
    var address = before.address();
    int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    return EmbeddedZooKeeper.alone(directory.resolve("zk"), port, EmbeddedZooKeeper.Timing.FAST);
  }

  static ClusterAddress cluster(String servers) {
    return new ClusterAddress(servers, "test");
  }

  /** As if the servers had not heard of the session for too long. */
  static void expire(CuratorFramework client) throws Exception {
    client.getZookeeperClient().getZooKeeper().getTestable().injectSessionExpiration();
  }

  static List<EnsembleMember> ensemble(int count) throws IOException {
    var host = InetAddress.getLoopbackAddress();
    var sockets = new ArrayList<ServerSocket>();
    for (int i = 0; i < 3 * count; i++) {
      sockets.add(new ServerSocket(0, 1, host));
    }
    var members = new ArrayList<EnsembleMember>();
    for (int i = 0; i < count; i++) {
      members.add(
          new EnsembleMember(
              i + 1,
              host.getHostAddress(),
              sockets.get(3 * i).getLocalPort(),
              sockets.get(3 * i + 1).getLocalPort(),
              sockets.get(3 * i + 2).getLocalPort()));
    }
    for (var socket : sockets) {
      socket.close();
    }
    return members;
  }
}
