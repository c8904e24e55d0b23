package io.holdfast.client;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.ListTablesRequest;
import io.holdfast.v1.OpenJobRequest;
import io.holdfast.v1.Welcome;
import io.holdfast.wire.Definitions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * A cluster reached over gRPC: one connection per node, shared by all sessions; one timer thread;
 * and threads as needed on which the caller's futures complete.
 */
final class RemoteCluster implements Holdfast {
  static final int MAX_MESSAGE_BYTES = 64 << 20;

  // A frame of megabytes must not wait for a window update halfway.
  private static final int FLOW_CONTROL_BYTES = 16 << 20;

  private final Options options;
  private final Map<String, ManagedChannel> channels = new ConcurrentHashMap<>();
  private final Map<String, RemoteJob> jobs = new ConcurrentHashMap<>();
  private final Set<Session> sessions = ConcurrentHashMap.newKeySet();
  private final ExecutorService executor = Executors.newCachedThreadPool(threads("calls"));
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, threads("timer"));
  private volatile Limits limits = Limits.DEFAULT;
  private final Window window;
  private final ControlPlane control;
  private volatile boolean closed;

  private RemoteCluster(List<String> addresses, Options options) {
    this.options = options;
    this.window = new Window(options.windowBytes());
    this.control = new ControlPlane(addresses, this::channel, options.retryDelay());
    timer.setRemoveOnCancelPolicy(true);
  }

  static RemoteCluster connect(String addresses, Options options) {
    List<String> nodes =
        Arrays.stream(addresses.split(",", -1))
            .map(String::strip)
            .map(RemoteCluster::node)
            .toList();
    var cluster = new RemoteCluster(nodes, options);
    try {
      cluster.control.connect(options.connectTimeout());
      return cluster;
    } catch (HoldfastException e) {
      cluster.close();
      throw e;
    }
  }

  @Override
  public Job job(String name) {
    checkOpen();
    return jobs.computeIfAbsent(
        name,
        wanted -> {
          io.holdfast.v1.Job opened =
              control.call(
                  options.callTimeout(),
                  stub -> stub.openJob(OpenJobRequest.newBuilder().setName(wanted).build()));
          return new RemoteJob(this, opened);
        });
  }

  @Override
  public List<TableInfo> tables() {
    checkOpen();
    return control
        .call(
            options.callTimeout(), stub -> stub.listTables(ListTablesRequest.getDefaultInstance()))
        .getTablesList()
        .stream()
        .map(
            table ->
                new TableInfo(
                    table.getJob(),
                    table.getName(),
                    Definitions.fromProto(table.getDefinition()),
                    table.getRangesCount()))
        .toList();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    long deadline = System.nanoTime() + options.closeTimeout().toNanos();
    jobs.values().forEach(RemoteJob::leave);
    sessions.forEach(session -> session.close(deadline));
    timer.shutdownNow();
    channels.values().forEach(ManagedChannel::shutdown);
    for (ManagedChannel channel : channels.values()) {
      awaitEnd(channel);
    }
    executor.shutdown();
  }

  Options options() {
    return options;
  }

  Window window() {
    return window;
  }

  Limits limits() {
    return limits;
  }

  ControlPlane control() {
    return control;
  }

  ExecutorService executor() {
    return executor;
  }

  ScheduledThreadPoolExecutor timer() {
    return timer;
  }

  synchronized void adopt(Welcome welcome) {
    limits = limits.and(welcome);
  }

  void opened(Session session) {
    sessions.add(session);
  }

  void closed(Session session) {
    sessions.remove(session);
  }

  void checkOpen() {
    if (closed) {
      throw Session.closed();
    }
  }

  ManagedChannel channel(String address) {
    return channels.computeIfAbsent(
        address,
        node -> {
          int colon = node.lastIndexOf(':');
          return NettyChannelBuilder.forAddress(
                  node.substring(0, colon), Integer.parseInt(node.substring(colon + 1)))
              .usePlaintext()
              .directExecutor()
              .disableRetry()
              .maxInboundMessageSize(MAX_MESSAGE_BYTES)
              .flowControlWindow(FLOW_CONTROL_BYTES)
              .build();
        });
  }

  private static String node(String address) {
    if (!address.matches("\\S+:[0-9]{1,5}")) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "'" + address + "' is not like host:port");
    }
    return address;
  }

  private static void awaitEnd(ManagedChannel channel) {
    try {
      if (!channel.awaitTermination(1, TimeUnit.SECONDS)) {
        channel.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      channel.shutdownNow();
    }
  }

  private static ThreadFactory threads(String role) {
    return task -> {
      var thread = new Thread(task, "holdfast-client-" + role);
      thread.setDaemon(true);
      return thread;
    };
  }
}
