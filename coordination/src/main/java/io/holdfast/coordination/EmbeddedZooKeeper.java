package io.holdfast.coordination;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.zookeeper.server.DatadirCleanupManager;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ZKDatabase;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.apache.zookeeper.server.admin.AdminServer;
import org.apache.zookeeper.server.persistence.FileTxnSnapLog;
import org.apache.zookeeper.server.quorum.QuorumPeer;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;
import org.apache.zookeeper.server.quorum.QuorumPeerMain;

/**
 * A ZooKeeper server in this process, alone or as a member of an ensemble, for development, tests
 * and local clusters. It listens on the given addresses only, without its web page and its
 * four-letter commands.
 */
public final class EmbeddedZooKeeper implements AutoCloseable {
  private static final int KEPT_SNAPSHOTS = 3;
  private static final int PURGE_HOURS = 1;
  private static final int SESSION_TICKS_MAX = 600;

  /**
   * @param tickMillis ZooKeeper's unit of time: sessions are looked at so often, and followers may
   *     lag some of it
   * @param minSessionMillis the shortest session that a client may ask for
   */
  public record Timing(int tickMillis, int minSessionMillis) {
    /** Short sessions for fast failover: 100 ms and 200 ms. */
    public static final Timing FAST = new Timing(100, 200);

    public Timing {
      if (tickMillis < 1 || minSessionMillis < tickMillis) {
        throw new IllegalArgumentException(
            "tick "
                + tickMillis
                + " ms must be positive and no longer than the session of "
                + minSessionMillis
                + " ms");
      }
    }

    private int maxSessionMillis() {
      return tickMillis * SESSION_TICKS_MAX;
    }
  }

  private interface Running {
    void stop() throws IOException, InterruptedException;

    void join() throws InterruptedException;

    boolean isLeading();
  }

  private final String address;
  private final DatadirCleanupManager purge;
  private final Running running;

  private EmbeddedZooKeeper(String address, Path directory, Running running) {
    this.address = address;
    this.running = running;
    this.purge =
        new DatadirCleanupManager(
            directory.toFile(), directory.toFile(), KEPT_SNAPSHOTS, PURGE_HOURS);
    purge.start();
  }

  /**
   * Starts a server of its own on the loopback address. Blocks until it serves.
   *
   * @param directory made if need be
   * @param port 0: one that is free
   * @throws HoldfastException UNAVAILABLE where the port is taken; STORE_FAILED where the directory
   *     cannot be used
   */
  public static EmbeddedZooKeeper alone(Path directory, int port, Timing timing) {
    return alone(directory, InetAddress.getLoopbackAddress().getHostAddress(), port, timing);
  }

  /** The same on another address. */
  public static EmbeddedZooKeeper alone(Path directory, String host, int port, Timing timing) {
    quiet();
    try {
      Files.createDirectories(directory);
      var log = new FileTxnSnapLog(directory.toFile(), directory.toFile());
      var server =
          new ZooKeeperServer(
              log,
              timing.tickMillis(),
              timing.minSessionMillis(),
              timing.maxSessionMillis(),
              -1,
              new ZKDatabase(log),
              "");
      var factory = ServerCnxnFactory.createFactory(new InetSocketAddress(host, port), 0);
      try {
        factory.startup(server);
      } catch (IOException | InterruptedException | RuntimeException e) {
        factory.shutdown();
        throw e;
      }
      return new EmbeddedZooKeeper(
          host + ":" + factory.getLocalPort(), directory, new Alone(factory, log));
    } catch (IOException e) {
      throw failed(host + ":" + port, directory, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed(host + ":" + port, directory, e);
    }
  }

  /**
   * Starts a member of an ensemble. Does not wait for the others; clients can connect once more
   * than half of them run.
   *
   * @param self which of {@code members}, by id
   * @throws HoldfastException STORE_FAILED where the directory cannot be used
   */
  public static EmbeddedZooKeeper member(
      Path directory, int self, List<EnsembleMember> members, Timing timing) {
    quiet();
    var own =
        members.stream()
            .filter(member -> member.id() == self)
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no member has id " + self));
    var address = own.host() + ":" + own.clientPort();
    try {
      Files.createDirectories(directory);
      Files.writeString(directory.resolve("myid"), Integer.toString(self));
      var config = new QuorumPeerConfig();
      config.parseProperties(properties(directory, own, members, timing));
      var peer = new Peer();
      var thread =
          Thread.ofPlatform()
              .name("zookeeper-" + self)
              .daemon()
              .start(() -> peer.runUntilClosed(config));
      return new EmbeddedZooKeeper(address, directory, new OfEnsemble(peer, thread));
    } catch (IOException | QuorumPeerConfig.ConfigException e) {
      throw failed(address, directory, e);
    }
  }

  private record Alone(ServerCnxnFactory factory, FileTxnSnapLog log) implements Running {
    @Override
    public void stop() throws IOException, InterruptedException {
      factory.shutdown();
      factory.join();
      log.close();
    }

    @Override
    public void join() throws InterruptedException {
      factory.join();
    }

    @Override
    public boolean isLeading() {
      return true;
    }
  }

  private record OfEnsemble(Peer peer, Thread thread) implements Running {
    /** It may be on its way to start, and then does not listen yet. */
    @Override
    public void stop() throws InterruptedException {
      do {
        peer.close();
      } while (!thread.join(Duration.ofMillis(50)));
    }

    @Override
    public void join() throws InterruptedException {
      thread.join();
    }

    @Override
    public boolean isLeading() {
      return peer.isLeading() && thread.isAlive();
    }
  }

  private static final class Peer extends QuorumPeerMain {
    private boolean isLeading() {
      var peer = quorumPeer;
      return peer != null && peer.getPeerState() == QuorumPeer.ServerState.LEADING;
    }

    private void runUntilClosed(QuorumPeerConfig config) {
      try {
        runFromConfig(config);
      } catch (IOException | AdminServer.AdminServerException e) {
        throw new IllegalStateException("a ZooKeeper server cannot run: " + e.getMessage(), e);
      }
    }
  }

  private static Properties properties(
      Path directory, EnsembleMember own, List<EnsembleMember> members, Timing timing) {
    var properties = new Properties();
    properties.setProperty("dataDir", directory.toString());
    properties.setProperty("clientPort", Integer.toString(own.clientPort()));
    properties.setProperty("clientPortAddress", own.host());
    properties.setProperty("tickTime", Integer.toString(timing.tickMillis()));
    properties.setProperty("minSessionTimeout", Integer.toString(timing.minSessionMillis()));
    properties.setProperty("maxSessionTimeout", Integer.toString(timing.maxSessionMillis()));
    properties.setProperty("initLimit", "100");
    properties.setProperty("syncLimit", "20");
    properties.setProperty("maxClientCnxns", "0");
    properties.setProperty("quorumListenOnAllIPs", "false");
    for (var member : members) {
      properties.setProperty(
          "server." + member.id(),
          member.host() + ":" + member.peerPort() + ":" + member.electionPort());
    }
    return properties;
  }

  /** ZooKeeper reads these when its classes load. */
  private static void quiet() {
    System.setProperty("zookeeper.admin.enableServer", "false");
    System.setProperty("zookeeper.4lw.commands.whitelist", "");
    System.setProperty("zookeeper.jmx.log4j.disable", "true");
  }

  private static HoldfastException failed(String address, Path directory, Exception e) {
    boolean taken = e instanceof BindException;
    return new HoldfastException(
        taken ? ErrorCode.UNAVAILABLE : ErrorCode.STORE_FAILED,
        "cannot run ZooKeeper at "
            + address
            + " in "
            + directory
            + ": "
            + e.getMessage()
            + (taken ? "; choose another port" : "; check the directory"),
        e);
  }

  /** {@code host:port} for clients; of this server alone. */
  public String address() {
    return address;
  }

  /** Whether it leads its ensemble, at the moment. */
  public boolean isLeading() {
    return running.isLeading();
  }

  /**
   * Blocks until the server has been stopped, by whomever: for a launcher with nothing else to do.
   */
  public void join() throws InterruptedException {
    running.join();
  }

  /** How clients name an ensemble. */
  public static String servers(List<EnsembleMember> members) {
    return members.stream()
        .map(member -> member.host() + ":" + member.clientPort())
        .collect(Collectors.joining(","));
  }

  /** Stops the server; what it keeps stays in its directory. Blocks. */
  @Override
  public void close() {
    purge.shutdown();
    try {
      running.stop();
    } catch (IOException e) {
      throw new HoldfastException(
          ErrorCode.STORE_FAILED, "ZooKeeper's files do not close: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
