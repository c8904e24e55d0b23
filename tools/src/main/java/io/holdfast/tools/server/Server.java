package io.holdfast.tools.server;

import static io.grpc.MethodDescriptor.generateFullMethodName;

import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.holdfast.coordination.Chains;
import io.holdfast.coordination.ClusterAddress;
import io.holdfast.coordination.FileCatalog;
import io.holdfast.coordination.Membership;
import io.holdfast.coordination.MembershipSettings;
import io.holdfast.coordination.Tables;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.peer.PeerNetwork;
import io.holdfast.replication.peer.PeerSettings;
import io.holdfast.replication.shard.Coordination;
import io.holdfast.replication.shard.Peers;
import io.holdfast.replication.shard.RangeAssignment;
import io.holdfast.replication.shard.Shard;
import io.holdfast.replication.shard.ShardPorts;
import io.holdfast.replication.shard.ShardSettings;
import io.holdfast.store.disk.DataDirectory;
import io.holdfast.store.disk.DataDirectoryException;
import io.holdfast.store.disk.DiskWatch;
import io.holdfast.store.log.LogException;
import io.holdfast.store.log.LogOptions;
import io.holdfast.store.log.Logs;
import io.holdfast.store.log.ShardLog;
import io.holdfast.store.rows.RocksRowStore;
import io.holdfast.store.rows.RowStoreOptions;
import io.holdfast.store.rows.StoreException;
import io.holdfast.store.rule.InstalledRules;
import io.holdfast.store.rule.RuleBook;
import io.holdfast.v1.CatalogState;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running node. {@link #start} returns when it has recovered and serves; {@link #close}
 * checkpoints and lets go of the data directory.
 */
public final class Server implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Server.class);
  private static final int WINDOW_BYTES = 16 << 20;
  private static final int CONTROL_THREADS = 4;
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(15);
  private static final Duration RESTORE_PATIENCE = Duration.ofSeconds(45);
  private static final long MIN_RESERVE_BYTES = 1 << 20;
  private static final long MAX_RESERVE_BYTES = 64 << 20;
  private static final Set<String> STREAMS =
      Set.of(
          generateFullMethodName("holdfast.v1.Exchange", "Open"),
          generateFullMethodName("holdfast.v1.Replication", "Open"));

  private final Opened opened;
  private final io.grpc.Server grpc;
  private final HealthStatusManager health;
  private final String address;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Server(Opened opened, io.grpc.Server grpc, HealthStatusManager health, String address) {
    this.opened = opened;
    this.grpc = grpc;
    this.health = health;
    this.address = address;
  }

  /**
   * Opens the data directory (makes it where there is none), recovers, and serves. Blocks until it
   * does.
   *
   * @throws HoldfastException where that cannot be: the message names what is in the way and the
   *     remedy; what was there is left as it was
   */
  public static Server start(ServerSettings settings) {
    var opened = new Opened();
    try {
      opened.open(settings);
      return serve(settings, opened);
    } catch (DataDirectoryException | LogException | StoreException e) {
      opened.close();
      throw new HoldfastException(ErrorCode.STORE_FAILED, String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      opened.close();
      throw new HoldfastException(
          ErrorCode.UNAVAILABLE,
          "cannot listen on "
              + settings.host()
              + ":"
              + settings.port()
              + ": "
              + rootMessage(e)
              + "; is another server there? Take another port",
          e);
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }

  private static Server serve(ServerSettings settings, Opened opened) throws IOException {
    long incarnation = new SecureRandom().nextLong() & Long.MAX_VALUE;
    var directory = opened.directory();
    var bound = new AtomicInteger(opened.port);
    var status =
        new NodeStatus(opened.data(), opened.rows(), opened.gate(), incarnation, Release.version());
    var node =
        new Node(
            opened.authority(),
            opened.rules(),
            directory,
            status,
            () -> settings.advertised(bound.get()));
    var watches = new MapWatches(opened.authority());
    opened.resources.add(watches);
    var exchange = new ExchangeService(directory, settings.limits(), incarnation);
    var captures = new CaptureService(node, opened.rows(), opened.data().storeId().toString());
    opened.resources.add(captures); // closed before the shards
    var health = new HealthStatusManager();
    var peers = opened.peers;
    var builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(settings.host(), opened.port))
            // Frames are handed to the shards on the event loop itself; control calls block and
            // must not run there.
            .directExecutor()
            .callExecutor(
                new io.grpc.ServerCallExecutorSupplier() {
                  @Override
                  public <Q, R> java.util.concurrent.Executor getExecutor(
                      io.grpc.ServerCall<Q, R> call, io.grpc.Metadata metadata) {
                    String method = call.getMethodDescriptor().getFullMethodName();
                    return STREAMS.contains(method) ? Runnable::run : opened.control;
                  }
                })
            .flowControlWindow(WINDOW_BYTES)
            // The stream itself refuses a frame over the limit, and says why; the transport, which
            // would
            // only cut the stream off, guards memory.
            .maxInboundMessageSize(2 * (settings.limits().maxFrameBytes() + (1 << 20)))
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .addService(exchange.definition())
            .addService(
                new ControlService(node, new ClusterOperations(node), opened.groups(node), watches))
            .addService(captures)
            .addService(opened.restores(settings, node))
            .addService(new ExportService(node, opened.copiesOut))
            .addService(health.getHealthService())
            .addService(ProtoReflectionServiceV1.newInstance());
    if (peers != null) {
      builder.addService(peers.service());
    }
    var grpc = builder.build().start();
    bound.set(grpc.getPort());
    var unused = opened.broken.thenAccept(cause -> grpc.shutdownNow());
    try {
      opened.join();
    } catch (RuntimeException e) {
      grpc.shutdownNow();
      throw e;
    }
    String address = settings.advertised(grpc.getPort());
    LOG.info("serving at {}: {}", address, settings);
    return new Server(opened, grpc, health, address);
  }

  /** {@code host:port} that clients connect to. */
  public String address() {
    return address;
  }

  public int port() {
    return grpc.getPort();
  }

  /** Blocks until the server is closed. */
  public void awaitTermination() throws InterruptedException {
    grpc.awaitTermination();
  }

  /** Why it stopped by itself; empty where it did not. An invariant was broken: a defect. */
  public Optional<Throwable> failure() {
    return Optional.ofNullable(opened.broken.getNow(null));
  }

  /** Does nothing the second time. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    health.enterTerminalState();
    opened.stopping();
    grpc.shutdownNow();
    try {
      grpc.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    opened.close();
    LOG.info("closed {}", address);
  }

  /**
   * Everything below the network, closed in the opposite order of opening, as far as opening got.
   */
  private static final class Opened {
    private final ArrayList<AutoCloseable> resources = new ArrayList<>();
    private final ArrayList<Shard> shards = new ArrayList<>();
    private final CompletableFuture<Throwable> broken = new CompletableFuture<>();

    /** Logs whose shard does not run, yet. */
    private final ArrayList<ShardLog> unowned = new ArrayList<>();

    private final ExecutorService checkpoints =
        Executors.newSingleThreadExecutor(daemon("holdfast-checkpoint"));
    private final ExecutorService control =
        Executors.newFixedThreadPool(CONTROL_THREADS, daemon("holdfast-control"));
    private final ExecutorService copiesOut =
        Executors.newCachedThreadPool(daemon("holdfast-copy-out"));
    private final NewRangeCarrier newRanges = new NewRangeCarrier();
    private @Nullable DataDirectory data;
    private @Nullable RocksRowStore rows;
    private @Nullable RuleBook rules;
    private @Nullable DiskGate gate;
    private @Nullable Authority authority;
    private @Nullable PeerNetwork peers;
    private @Nullable RangeImports imports;
    private Runnable whenServing = () -> {};
    private int port;

    void open(ServerSettings settings) throws IOException {
      port = settings.port();
      resources.add(control::shutdownNow);
      resources.add(copiesOut::shutdownNow);
      rules =
          settings.plugins().map(InstalledRules::withPlugins).orElseGet(InstalledRules::builtIn);
      data =
          keep(
              DataDirectory.open(
                  settings.dataDirectory(),
                  new DataDirectory.Options(settings.shards(), settings.logKind())));
      if (settings.isClustered()) {
        openInCluster(settings);
      } else {
        openAlone(settings);
      }
    }

    private void openAlone(ServerSettings settings) {
      var catalog = FileCatalog.open(data().root().resolve("catalog"));
      StoreParts.require(data(), catalog.state());
      openStore(settings, catalog.state());
      var logs = openLogs(settings);
      var lone =
          LoneAuthority.register(
              catalog, data().storeId().toString(), settings.host(), directory());
      Node.finishDrops(catalog.state(), rows()); // what was taken for a restore, and not adopted
      authority = lone;
      var coordination = keep(new LoneCoordination());
      for (int shard = 0; shard < settings.shards(); shard++) {
        start(
            settings,
            logs.get(shard),
            shard,
            Assignments.of(catalog.state(), shard, settings.shards()),
            lone.node(),
            lone.incarnation(),
            Peers.NONE,
            coordination);
      }
      newRanges.connect(directory());
      coordination.start(lone);
      if (!catalog.state().getDroppedRangesList().isEmpty()) {
        catalog.update(s -> Tables.forgetRanges(s, s.getDroppedRangesList()));
      }
    }

    private void openInCluster(ServerSettings settings) throws IOException {
      if (Files.exists(data().root().resolve("catalog"))) {
        throw new HoldfastException(
            ErrorCode.INVALID_ARGUMENT,
            settings.dataDirectory()
                + " belongs to a node without a cluster: give another --data, or leave --zookeeper"
                + " out");
      }
      port = port == 0 ? freePort(settings.host()) : port;
      var members =
          new MembershipSettings(
              new ClusterAddress(settings.zookeeper(), settings.cluster()),
              settings.sessionTimeout(),
              CONNECT_TIMEOUT);
      var seen = Membership.look(members);
      String storeId = data().storeId().toString();
      int node = Chains.node(seen, storeId).map(io.holdfast.v1.Node::getId).orElse(0);
      StoreParts.requireMember(data(), node != 0);
      openStore(settings, seen);
      var logs = openLogs(settings);
      var coordination = new ShardCoordination(settings.sessionTimeout().dividedBy(2));
      var cluster =
          new ClusterAuthority(
              members, settings.replicas(), settings.advertised(port), directory(), coordination);
      authority = cluster;
      resources.add(cluster);
      var sink = new PeerSink();
      for (int shard = 0; shard < settings.shards(); shard++) {
        var held = Assignments.of(seen, shard, settings.shards());
        start(settings, logs.get(shard), shard, held, 0, 0, sink, coordination);
      }
      newRanges.connect(directory());
      var network =
          keep(
              new PeerNetwork(
                  cluster::identity,
                  directory()::shardOf,
                  shards,
                  cluster,
                  PeerSettings.defaults()
                      .withMaxFrameBytes(settings.limits().maxFrameBytes() + (1 << 20))
                      .withCopyBytesPerSecond(settings.copyBytesPerSecond())));
      sink.connect(network);
      resources.add(cluster::leave);
      peers = network;
      whenServing = () -> cluster.join(storeId, network);
    }

    /** The address is registered before the node listens, so it has to be known before. */
    private static int freePort(String host) throws IOException {
      try (var socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(host, 0));
        return socket.getLocalPort();
      }
    }

    /** The node listens: takes part in its cluster. */
    void join() {
      whenServing.run();
    }

    private void openStore(ServerSettings settings, CatalogState state) {
      rows =
          keep(
              RocksRowStore.open(
                  data().rowsDirectory(),
                  RowStoreOptions.ofBudget(settings.cacheBytes())
                      .withDiskReserveBytes(reserveBytes(settings.diskLowBytes())),
                  rules()));
      Node.finishDrops(state, rows());
      var watched =
          new DiskGate(
              new DiskWatch(data()::freeBytes, settings.diskLowBytes(), settings.diskHighBytes()));
      gate = watched;
      ScheduledExecutorService timer =
          Executors.newSingleThreadScheduledExecutor(daemon("holdfast-disk-watch"));
      resources.add(timer::shutdownNow);
      watched.start(timer);
      resources.add(checkpoints::shutdownNow);
    }

    private List<ShardLog> openLogs(ServerSettings settings) {
      var logs = new ArrayList<ShardLog>();
      for (int shard = 0; shard < settings.shards(); shard++) {
        var log = open(settings, shard);
        logs.add(log);
        unowned.add(log);
      }
      return logs;
    }

    RangeDirectory directory() {
      return new RangeDirectory(shards);
    }

    RestoreService restores(ServerSettings settings, Node node) {
      var threads = Executors.newCachedThreadPool(daemon("holdfast-restore"));
      resources.add(threads::shutdownNow);
      var scratch =
          new SnapshotScratch(
              data().root().resolve("restore"), data()::freeBytes, settings.diskLowBytes());
      var restoring = new Restoring(node, rules(), RESTORE_PATIENCE);
      var taking = new RangeImports(restoring, scratch, newRanges, threads);
      imports = taking;
      return new RestoreService(restoring, taking);
    }

    /** What clients' calls end with from now on is not their doing. */
    void stopping() {
      var taking = imports;
      if (taking != null) {
        taking.stop();
      }
    }

    /** Looks after the groups of jobs from now on. */
    GroupOperations groups(Node node) {
      var threads = Executors.newCachedThreadPool(daemon("holdfast-groups"));
      var timer = Executors.newSingleThreadScheduledExecutor(daemon("holdfast-group-timer"));
      var carrier = keep(new RosterCarrier(node, threads));
      var keeper = keep(new GroupKeeper(node, carrier, threads));
      resources.add(threads::shutdownNow);
      resources.add(timer::shutdownNow);
      keeper.start(timer);
      return new GroupOperations(node, carrier);
    }

    /** Checkpoints make room in the log, so they may go on for a while when pushes are refused. */
    private static long reserveBytes(long diskLowBytes) {
      return Math.max(MIN_RESERVE_BYTES, Math.min(MAX_RESERVE_BYTES, diskLowBytes / 2));
    }

    private void start(
        ServerSettings settings,
        ShardLog log,
        int shard,
        List<RangeAssignment> ranges,
        int node,
        int incarnation,
        Peers to,
        Coordination coordination) {
      var copiesIn = Executors.newSingleThreadExecutor(daemon("holdfast-copy-in"));
      resources.add(copiesIn::shutdownNow);
      var ports =
          new ShardPorts(
              gate(),
              to,
              coordination,
              newRanges,
              checkpoints,
              copiesOut,
              copiesIn,
              broken::complete);
      var shardSettings =
          new ShardSettings(
              shard,
              settings.replayBytes(),
              settings.maxLogBytes(),
              settings.retainBytes(),
              settings.suspectAfter(),
              settings.idleSync(),
              settings.limits());
      shards.add(keep(Shard.start(shardSettings, log, rows(), ranges, node, incarnation, ports)));
      unowned.remove(log);
    }

    private ShardLog open(ServerSettings settings, int shard) {
      var defaults = LogOptions.of(settings.logKind(), data().logDirectory(shard), shard);
      int segment = Math.toIntExact(settings.logSegmentBytes());
      // All that a checkpoint releases at once is kept for the next round: new blocks are slow to
      // come by.
      int spares = Math.clamp(settings.replayBytes() / segment + 2, 2, 64);
      return Logs.open(
          defaults.withSizes(segment, settings.limits().maxFrameBytes()).withSpareSegments(spares));
    }

    private static ThreadFactory daemon(String name) {
      return task -> {
        var thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
      };
    }

    private <T extends AutoCloseable> T keep(T resource) {
      resources.add(resource);
      return resource;
    }

    DataDirectory data() {
      return opened(data);
    }

    RocksRowStore rows() {
      return opened(rows);
    }

    Authority authority() {
      return opened(authority);
    }

    RuleBook rules() {
      return opened(rules);
    }

    DiskGate gate() {
      return opened(gate);
    }

    private static <T> T opened(@Nullable T resource) {
      if (resource == null) {
        throw new IllegalStateException("not opened");
      }
      return resource;
    }

    void close() {
      for (int i = resources.size() - 1; i >= 0; i--) {
        try {
          resources.get(i).close();
        } catch (Exception e) {
          LOG.warn("closing: {}", e.getMessage(), e);
        }
      }
      unowned.forEach(ShardLog::close);
    }
  }
}
