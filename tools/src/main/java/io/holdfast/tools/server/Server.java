package io.holdfast.tools.server;

import static io.grpc.MethodDescriptor.generateFullMethodName;

import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.holdfast.coordination.FileCatalog;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.shard.Shard;
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
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
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
  private static final long MIN_RESERVE_BYTES = 1 << 20;
  private static final long MAX_RESERVE_BYTES = 64 << 20;
  private static final String EXCHANGE_OPEN =
      generateFullMethodName("holdfast.v1.Exchange", "Open");

  private final Opened opened;
  private final io.grpc.Server grpc;
  private final HealthStatusManager health;
  private final String address;

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
    var directory = new RangeDirectory(opened.shards);
    var bound = new AtomicInteger(settings.port());
    var status =
        new NodeStatus(opened.data(), opened.rows(), opened.gate(), incarnation, Release.version());
    var node =
        new Node(
            opened.catalog(),
            opened.rules(),
            directory,
            status,
            () -> settings.advertised(bound.get()));
    var exchange = new ExchangeService(directory, settings.limits(), incarnation);
    var health = new HealthStatusManager();
    var grpc =
        NettyServerBuilder.forAddress(new InetSocketAddress(settings.host(), settings.port()))
            // Frames are handed to the shards on the event loop itself; control calls block and
            // must not run there.
            .directExecutor()
            .callExecutor(
                new io.grpc.ServerCallExecutorSupplier() {
                  @Override
                  public <Q, R> java.util.concurrent.Executor getExecutor(
                      io.grpc.ServerCall<Q, R> call, io.grpc.Metadata metadata) {
                    boolean data =
                        call.getMethodDescriptor().getFullMethodName().equals(EXCHANGE_OPEN);
                    return data ? Runnable::run : opened.control;
                  }
                })
            .flowControlWindow(WINDOW_BYTES)
            // The stream itself refuses a frame over the limit, and says why; the transport, which
            // would
            // only cut the stream off, guards memory.
            .maxInboundMessageSize(2 * settings.limits().maxFrameBytes())
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .addService(exchange.definition())
            .addService(new ControlService(node))
            .addService(health.getHealthService())
            .addService(ProtoReflectionServiceV1.newInstance())
            .build()
            .start();
    bound.set(grpc.getPort());
    var unused = opened.broken.thenAccept(cause -> grpc.shutdownNow());
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

  @Override
  public void close() {
    health.enterTerminalState();
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
    private final ExecutorService control =
        Executors.newFixedThreadPool(CONTROL_THREADS, daemon("holdfast-control"));
    private @Nullable DataDirectory data;
    private @Nullable RocksRowStore rows;
    private @Nullable FileCatalog catalog;
    private @Nullable RuleBook rules;
    private @Nullable DiskGate gate;

    void open(ServerSettings settings) {
      resources.add(control::shutdownNow);
      rules =
          settings.plugins().map(InstalledRules::withPlugins).orElseGet(InstalledRules::builtIn);
      data =
          keep(
              DataDirectory.open(
                  settings.dataDirectory(),
                  new DataDirectory.Options(settings.shards(), settings.logKind())));
      catalog = FileCatalog.open(data.root().resolve("catalog"));
      StoreParts.require(data, catalog.state());
      rows =
          keep(
              RocksRowStore.open(
                  data.rowsDirectory(),
                  RowStoreOptions.ofBudget(settings.cacheBytes())
                      .withDiskReserveBytes(reserveBytes(settings.diskLowBytes())),
                  rules));
      Node.finishDrops(catalog, rows);
      gate =
          new DiskGate(
              new DiskWatch(data::freeBytes, settings.diskLowBytes(), settings.diskHighBytes()));
      ScheduledExecutorService timer =
          Executors.newSingleThreadScheduledExecutor(daemon("holdfast-disk-watch"));
      resources.add(timer::shutdownNow);
      gate.start(timer);
      var checkpoints = Executors.newSingleThreadExecutor(daemon("holdfast-checkpoint"));
      resources.add(checkpoints::shutdownNow);
      for (int shard = 0; shard < settings.shards(); shard++) {
        shards.add(keep(start(settings, shard, checkpoints)));
      }
    }

    /** Checkpoints make room in the log, so they may go on for a while when pushes are refused. */
    private static long reserveBytes(long diskLowBytes) {
      return Math.max(MIN_RESERVE_BYTES, Math.min(MAX_RESERVE_BYTES, diskLowBytes / 2));
    }

    private Shard start(ServerSettings settings, int shard, ExecutorService checkpoints) {
      var log = open(settings, shard);
      try {
        return Shard.start(
            new ShardSettings(
                shard,
                settings.replayBytes(),
                settings.maxLogBytes(),
                settings.idleSync(),
                settings.limits()),
            log,
            rows(),
            Node.assignments(catalog().state(), shard, settings.shards()),
            gate(),
            checkpoints,
            broken::complete);
      } catch (RuntimeException e) {
        log.close();
        throw e;
      }
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

    FileCatalog catalog() {
      return opened(catalog);
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
    }
  }
}
