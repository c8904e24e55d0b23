package io.holdfast.tools.local;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.Directories;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * A ZooKeeper ensemble and nodes, each in a process of its own on this machine. Ends all of them
 * when it is closed and when this process ends. Not for several threads.
 */
public final class ProcessCluster implements AutoCloseable {
  private static final Duration STOP = Duration.ofSeconds(30);
  private static final long POLL_NANOS = 20_000_000;

  private final Layout layout;
  private final ClusterSettings settings;
  private final List<NodeProcess> nodes = new ArrayList<>();
  private final List<NodeProcess> spares = new ArrayList<>();
  private final List<ZooKeeperProcess> zooKeepers = new ArrayList<>();
  private final Thread hook = new Thread(this::end, "holdfast-cluster-stop");
  private volatile boolean ending;

  private ProcessCluster(Layout layout, ClusterSettings settings) {
    this.layout = layout;
    this.settings = settings;
    Path directory = settings.directory();
    layout
        .zooKeepers()
        .forEach(
            place ->
                zooKeepers.add(
                    new ZooKeeperProcess(
                        place,
                        layout.zooKeepers(),
                        directory,
                        settings.zooKeeperHeap(),
                        settings.javaOptions())));
    for (int i = 0; i < layout.nodes().size(); i++) {
      nodes.add(
          new NodeProcess(
              i + 1, layout.nodes().get(i), layout.zooKeeperAddresses(), directory, settings));
    }
  }

  /**
   * Starts all of them. Blocks until they serve.
   *
   * @throws HoldfastException UNAVAILABLE where they do not within {@link ClusterSettings#startUp},
   *     or one ends, with the last lines of its output; none is left running then
   */
  public static ProcessCluster start(Layout layout, ClusterSettings settings) {
    return start(layout, settings, 0);
  }

  /**
   * As {@link #start(Layout, ClusterSettings)}, without the last nodes of the layout.
   *
   * @param spares how many wait for {@link #join}
   */
  public static ProcessCluster start(Layout layout, ClusterSettings settings, int spares) {
    var cluster = new ProcessCluster(layout, settings);
    for (int i = 0; i < spares; i++) {
      cluster.spares.add(cluster.nodes.removeLast());
    }
    Runtime.getRuntime().addShutdownHook(cluster.hook);
    try {
      cluster.startInOrder(settings.startUp());
      return cluster;
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private void awaitServing(ChildProcess child, BooleanSupplier serving, long deadline) {
    while (!serving.getAsBoolean()) {
      boolean late = System.nanoTime() > deadline;
      if (late || !child.isAlive() || ending || Thread.currentThread().isInterrupted()) {
        throw new HoldfastException(
            ErrorCode.UNAVAILABLE,
            child.name()
                + (late ? " did not come up in time" : " has ended")
                + "; the end of "
                + child.log()
                + ":"
                + System.lineSeparator()
                + child.logTail());
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /**
   * Blocks until these serve again.
   *
   * @throws HoldfastException UNAVAILABLE, as {@link #start}
   */
  public void awaitServing(Duration atMost) {
    long deadline = System.nanoTime() + atMost.toNanos();
    for (ZooKeeperProcess server : zooKeepers) {
      awaitServing(server.child(), server::isServing, deadline);
    }
    for (NodeProcess node : nodes) {
      awaitServing(node.child(), node::isServing, deadline);
    }
  }

  /** SIGKILL to all of them, as near to at once as can be. Returns when they are gone. */
  public void killAll() {
    children().forEach(ChildProcess::beginKill);
    children().forEach(ChildProcess::kill);
  }

  /**
   * Starts all of them again, on the same addresses and data, and blocks until they serve.
   *
   * @throws HoldfastException UNAVAILABLE, as {@link #start}
   */
  public void startAll(Duration atMost) {
    startInOrder(atMost);
  }

  private void startInOrder(Duration atMost) {
    long deadline = System.nanoTime() + atMost.toNanos();
    zooKeepers.forEach(ZooKeeperProcess::start);
    for (ZooKeeperProcess server : zooKeepers) {
      awaitServing(server.child(), server::isServing, deadline);
    }
    nodes.forEach(NodeProcess::start);
    for (NodeProcess node : nodes) {
      awaitServing(node.child(), node::isServing, deadline);
    }
  }

  /**
   * Starts a node that was left out. Returns before it serves.
   *
   * @throws IllegalStateException where there is none
   */
  public NodeProcess join() {
    if (spares.isEmpty()) {
      throw new IllegalStateException("no node is left to join");
    }
    NodeProcess joined = spares.removeLast();
    nodes.add(joined);
    joined.start();
    return joined;
  }

  /** Kills a node, deletes what it has stored, and leaves it out until it joins as another. */
  public void retire(NodeProcess node) {
    node.kill();
    node.emptyDisk();
    nodes.remove(node);
    spares.add(node);
  }

  /** Those that take part. */
  public List<NodeProcess> nodes() {
    return List.copyOf(nodes);
  }

  public List<ZooKeeperProcess> zooKeepers() {
    return List.copyOf(zooKeepers);
  }

  /** All nodes, also those that are left out, as clients take them. */
  public String addresses() {
    return layout.addresses();
  }

  public String zooKeeperAddresses() {
    return layout.zooKeeperAddresses();
  }

  /** The process of the node with this address, where it is one of these. */
  public Optional<NodeProcess> at(String address) {
    return nodes.stream().filter(node -> node.address().equals(address)).findFirst();
  }

  /** The ZooKeeper server that leads, where one says so. */
  public Optional<ZooKeeperProcess> zooKeeperLeader() {
    return zooKeepers.stream().filter(ZooKeeperProcess::isLeader).findFirst();
  }

  private Stream<ChildProcess> children() {
    return Stream.concat(
        nodes.stream().map(NodeProcess::child), zooKeepers.stream().map(ZooKeeperProcess::child));
  }

  /** Processes that have ended although nobody here ended them, by name. */
  public List<String> fallen() {
    return children().filter(ChildProcess::hasFallen).map(ChildProcess::name).toList();
  }

  /** Starts those again that have {@link #fallen}. */
  public synchronized void respawn() {
    if (ending) {
      return;
    }
    nodes.stream().filter(node -> node.child().hasFallen()).forEach(NodeProcess::start);
    zooKeepers.stream().filter(one -> one.child().hasFallen()).forEach(ZooKeeperProcess::start);
  }

  /** Stops all of them, nodes first, and returns when they are gone. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // the process ends, and the hook does it
    }
    end();
  }

  private synchronized void end() {
    ending = true;
    long deadline = System.nanoTime() + STOP.toNanos();
    // One that is paused takes no SIGTERM.
    nodes.forEach(NodeProcess::resume);
    nodes.forEach(node -> node.child().beginStop());
    nodes.forEach(node -> node.child().awaitStopped(left(deadline)));
    zooKeepers.forEach(server -> server.child().beginStop());
    zooKeepers.forEach(server -> server.child().awaitStopped(left(deadline)));
    if (settings.temporary()) {
      Directories.delete(settings.directory());
    }
  }

  private static Duration left(long deadline) {
    return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
  }
}
