package io.holdfast.coordination;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.CatalogState;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.watch.PersistentWatcher;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooKeeper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's part in the cluster: its session, its registration, and who else lives.
 *
 * <p>A session that is lost, or a peer that declared this node dead, ends a life of the node (rule
 * P27): the listener drops all roles, then the node registers with the next incarnation, as often
 * as it takes. What ZooKeeper says is read by one thread of its own, which also calls the listener.
 */
public final class Membership implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

  /** Called by one thread, one call after the other; calls may block for a short while. */
  public interface Listener {
    /** A life begins. The first is told before {@link Membership#join} returns, by its thread. */
    void registered(int node, int incarnation);

    /** The life is over: drop all roles. Log ends are asked for after it returns. */
    void lost();

    /** Members or the catalogue may have changed; only a wake-up. */
    void changed();
  }

  private static final long NEVER = Long.MIN_VALUE;
  private static final long RETRY_MILLIS = 50;

  private final MembershipSettings settings;
  private final String storeId;
  private final String address;
  private final Supplier<Map<Integer, LogEnd>> ends;
  private final Listener listener;
  private final CuratorFramework client;
  private final ZooKeeperCatalog catalog;
  private final Members members;
  private final Lease lease = new Lease();
  private final AtomicBoolean waking = new AtomicBoolean();
  private final PersistentWatcher watcher;
  private final List<Runnable> wakeUps = new CopyOnWriteArrayList<>();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().name("holdfast-membership").daemon().unstarted(task));

  private volatile int node;
  private volatile int incarnation;
  private volatile boolean closed;

  /** The session that the node is registered in; only of the own thread. */
  private long session = NEVER;

  /** Why it could not register the last time, as it was logged. */
  private String complaint = "";

  private Membership(
      MembershipSettings settings,
      String storeId,
      String address,
      Supplier<Map<Integer, LogEnd>> ends,
      Listener listener,
      CuratorFramework client) {
    this.settings = settings;
    this.storeId = storeId;
    this.address = address;
    this.ends = ends;
    this.listener = listener;
    this.client = client;
    this.catalog = ZooKeeperCatalog.open(client, settings.cluster(), settings.connectTimeout());
    this.members = new Members(settings.cluster());
    this.watcher = new PersistentWatcher(client, members.directory(), true);
  }

  /**
   * The catalogue as it is now, without registering: a node opens its store by it first. Blocks.
   *
   * @throws HoldfastException UNAVAILABLE where ZooKeeper cannot be reached
   */
  public static CatalogState look(MembershipSettings settings) {
    var client =
        Connection.open(settings.cluster(), settings.sessionTimeout(), settings.connectTimeout());
    try (client;
        var catalog =
            ZooKeeperCatalog.open(client, settings.cluster(), settings.connectTimeout())) {
      return catalog.state();
    }
  }

  /**
   * Connects and registers. Blocks.
   *
   * @param storeId of this node's store; the node's number belongs to it (rule P21)
   * @param address {@code host:port} for clients and other nodes
   * @param ends log ends of all ranges that the store has; asked for at each registration
   * @throws HoldfastException UNAVAILABLE where ZooKeeper cannot be reached; INVALID_ARGUMENT where
   *     an operator has removed the node
   */
  public static Membership join(
      MembershipSettings settings,
      String storeId,
      String address,
      Supplier<Map<Integer, LogEnd>> ends,
      Listener listener) {
    var client =
        Connection.open(settings.cluster(), settings.sessionTimeout(), settings.connectTimeout());
    try {
      var membership = new Membership(settings, storeId, address, ends, listener, client);
      membership.start();
      return membership;
    } catch (RuntimeException e) {
      client.close();
      throw e;
    }
  }

  private void start() {
    try {
      registerFirst();
    } catch (KeeperException e) {
      throw unavailable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable(e);
    }
    client.getConnectionStateListenable().addListener((ignored, state) -> connectionChanged(state));
    catalog.watch(this::wake);
    watcher.getListenable().addListener(event -> wake());
    watcher.getResetListenable().addListener(this::wake);
    watcher.start();
    long period = Math.max(10, settings.sessionTimeout().toMillis() / 6);
    var unused =
        thread.scheduleWithFixedDelay(
            () -> guarded("session", this::tick), period, period, TimeUnit.MILLISECONDS);
  }

  /** As often as it takes, for as long as connecting may: a session may end while it is used. */
  private void registerFirst() throws KeeperException, InterruptedException {
    long deadline = System.nanoTime() + settings.connectTimeout().toNanos();
    while (true) {
      try {
        register();
        return;
      } catch (KeeperException e) {
        if (!Connection.isOfConnection(e) || System.nanoTime() - deadline > 0) {
          throw e;
        }
        complain("registration", e);
        TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
      }
    }
  }

  /** The catalogue by this node's session; closed with this. */
  public ZooKeeperCatalog catalog() {
    return catalog;
  }

  public int node() {
    return node;
  }

  /** Of the current life, or of the last where there is none at the moment. */
  public int incarnation() {
    return incarnation;
  }

  /** Nodes that live, by number, as read last. Does not block. */
  public Map<Integer, LiveNode> live() {
    return members.live(catalog.state());
  }

  /**
   * The same, read anew (rule P26). Blocks.
   *
   * @throws HoldfastException UNAVAILABLE
   */
  public Map<Integer, LiveNode> refreshLive() {
    try {
      members.read(Connection.handle(client));
      return live();
    } catch (KeeperException e) {
      throw unavailable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable(e);
    }
  }

  /**
   * Whether this node's session surely lives: half the session timeout has not passed since the
   * sending of the last call that succeeded on it (rule P17). Does not block.
   */
  public boolean isLeased() {
    return lease.isValid(System.nanoTime());
  }

  CuratorFramework client() {
    return client;
  }

  ClusterAddress cluster() {
    return settings.cluster();
  }

  /** Calls {@code changed} as the listener is; it must not block. */
  Catalog.Watch onChange(Runnable changed) {
    wakeUps.add(changed);
    return () -> wakeUps.remove(changed);
  }

  // ---- on ZooKeeper's threads

  private void connectionChanged(ConnectionState state) {
    if (state == ConnectionState.LOST) {
      lease.revoke();
    }
    submit("session", this::tick);
  }

  private void wake() {
    if (waking.compareAndSet(false, true)) {
      submit("change", this::changed);
    }
  }

  private interface Task {
    void run() throws KeeperException, InterruptedException;
  }

  private void submit(String what, Task task) {
    try {
      thread.execute(() -> guarded(what, task));
    } catch (RejectedExecutionException e) {
      LOG.debug("closed before a {} was looked at", what);
    }
  }

  // ---- on the own thread

  private void guarded(String what, Task task) {
    if (closed) {
      return;
    }
    try {
      task.run();
      complaint = "";
    } catch (KeeperException.SessionExpiredException e) {
      endLife("its session has expired");
    } catch (KeeperException e) {
      complain(what, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      complain(what, e);
    }
  }

  private void complain(String what, Exception e) {
    var message = String.valueOf(e.getMessage());
    if (!closed && !message.equals(complaint)) {
      complaint = message;
      LOG.warn("node {}: {}: {}; trying again", node, what, message);
    }
  }

  private void tick() throws KeeperException, InterruptedException {
    if (session == NEVER) {
      register();
      return;
    }
    int term = lease.term();
    long sent = System.nanoTime();
    var zooKeeper = Connection.handle(client);
    if (zooKeeper.getSessionId() != session) {
      endLife("its session is over");
      register();
      return;
    }
    // The lease counts from a read of the catalogue that is taken up before it is extended: a tail
    // that was left out of its chain must not go on answering by a session that merely lives.
    boolean ownLife = isOwnLife(catalog.refresh());
    listener.changed();
    if (ownLife && members.isEntered(zooKeeper, node)) {
      lease.extend(term, sent, leaseNanos(zooKeeper));
    } else {
      endLife("its entry is gone");
      register();
    }
  }

  /**
   * Others count on the timeout that is set, which is the same on all nodes (see {@link Leases});
   * an ensemble may have granted a longer one.
   */
  private long leaseNanos(ZooKeeper zooKeeper) {
    long granted = TimeUnit.MILLISECONDS.toNanos(zooKeeper.getSessionTimeout());
    return Math.min(granted, settings.sessionTimeout().toNanos()) / 2;
  }

  private void endLife(String why) {
    lease.revoke();
    if (session != NEVER) {
      session = NEVER;
      LOG.info("node {} incarnation {} is over: {}", node, incarnation, why);
      listener.lost();
    }
  }

  private void register() throws KeeperException, InterruptedException {
    var zooKeeper = Connection.handle(client);
    int term = lease.term();
    var state = catalog.update(s -> ChainChanges.register(s, storeId, address));
    var registered = Chains.node(state, storeId).orElseThrow();
    var info =
        new LiveNode(registered.getId(), registered.getIncarnation(), ends.get()).write(address);
    long sent = System.nanoTime();
    members.enter(zooKeeper, info);
    node = registered.getId();
    incarnation = registered.getIncarnation();
    session = zooKeeper.getSessionId();
    lease.extend(term, sent, leaseNanos(zooKeeper));
    members.read(zooKeeper);
    LOG.info("node {} incarnation {} is registered as {}", node, incarnation, address);
    listener.registered(node, incarnation);
  }

  private void changed() throws KeeperException, InterruptedException {
    waking.set(false);
    var state = catalog.refresh();
    members.read(Connection.handle(client));
    if (session != NEVER && !isOwnLife(state)) {
      endLife("it was declared dead");
      register();
    }
    listener.changed();
    wakeUps.forEach(Runnable::run);
  }

  private boolean isOwnLife(CatalogState state) {
    return Chains.node(state, node)
        .filter(own -> own.getIncarnation() == incarnation && !own.getDead())
        .isPresent();
  }

  private HoldfastException unavailable(Exception e) {
    return new HoldfastException(
        ErrorCode.UNAVAILABLE,
        "cannot reach ZooKeeper at "
            + settings.cluster().servers()
            + " ("
            + e.getMessage()
            + "): check that its servers run",
        e);
  }

  /** Ends the session, so that others see at once that the node is gone. Blocks. */
  @Override
  public void close() {
    closed = true;
    lease.revoke();
    thread.shutdownNow();
    watcher.close();
    catalog.close();
    client.close();
  }
}
