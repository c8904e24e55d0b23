package io.holdfast.client;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.holdfast.client.retry.Backoff;
import io.holdfast.client.retry.RangeSet;
import io.holdfast.client.retry.RetryPolicy;
import io.holdfast.client.retry.Route;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.Retry;
import io.holdfast.v1.DropJobRequest;
import io.holdfast.v1.ListTablesRequest;
import io.holdfast.v1.OpenJobRequest;
import io.holdfast.v1.TableName;
import io.holdfast.v1.Welcome;
import io.holdfast.wire.Definitions;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A cluster reached over gRPC: one connection per node, shared by all sessions; one timer thread;
 * and threads as needed on which the caller's futures complete.
 */
final class RemoteCluster implements Holdfast {
  static final int MAX_MESSAGE_BYTES = 64 << 20;

  // A frame of megabytes must not wait for a window update halfway.
  private static final int FLOW_CONTROL_BYTES = 16 << 20;
  private static final int CONNECT_MILLIS = 3_000;
  private static final Duration LONGEST_REROUTE = Duration.ofMillis(100);
  private static final Duration LONGEST_DELAY = Duration.ofSeconds(1);
  private static final Duration AVOIDED = Duration.ofSeconds(1);

  private final Options options;
  private final Map<String, ManagedChannel> channels = new ConcurrentHashMap<>();
  private final Map<String, RemoteJob> jobs = new ConcurrentHashMap<>();
  private final HeardConsistencies consistencies = new HeardConsistencies();
  private final Set<Session> sessions = ConcurrentHashMap.newKeySet();
  private final ExecutorService executor = Executors.newCachedThreadPool(threads("calls"));
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, threads("timer"));
  private volatile Limits limits = Limits.DEFAULT;
  private final TrafficCounter counter = new TrafficCounter();
  private final Window window;
  private final Nodes nodes;
  private final ControlPlane control;
  private final MapWatch watch;
  private final AtomicInteger changes = new AtomicInteger();
  private volatile boolean closed;

  private RemoteCluster(List<String> addresses, Options options) {
    this.options = options;
    this.window = new Window(options.windowBytes());
    this.nodes = new Nodes(addresses, System::nanoTime);
    this.control = new ControlPlane(nodes, this::channel, options.rerouteDelay());
    this.watch = new MapWatch(nodes, this::channel, timer, this::mapChanged);
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
  public void dropJob(String name) {
    checkOpen();
    var request = DropJobRequest.newBuilder().setName(name).build();
    var unused = control.call(options.callTimeout(), stub -> stub.dropJob(request));
    jobs.remove(name);
  }

  @Override
  public Reader reader(String job, String table) {
    checkOpen();
    // Asked for first, since a job that is not there would be made.
    var name = TableName.newBuilder().setJob(job).setTable(table).build();
    var unused = control.call(options.callTimeout(), stub -> stub.describeTable(name));
    return ((RemoteJob) job(job)).reader(table);
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
  public Traffic traffic() {
    return counter.total();
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
    watch.close();
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

  TrafficCounter counter() {
    return counter;
  }

  ControlPlane control() {
    return control;
  }

  Nodes nodes() {
    return nodes;
  }

  RetryPolicy policy() {
    long delay = Math.max(1, options.retryDelay().toNanos());
    long reroute = Math.max(1, options.rerouteDelay().toNanos());
    return new RetryPolicy(
        delay,
        Math.max(delay, LONGEST_DELAY.toNanos()),
        reroute,
        Math.max(reroute, LONGEST_REROUTE.toNanos()),
        AVOIDED.toNanos(),
        options.readFrom() == ReadFrom.ANY);
  }

  /** The pauses of whoever looks for a node. */
  static Backoff rerouting(Duration first) {
    long nanos = Math.max(1, first.toNanos());
    return new Backoff(nanos, Math.max(nanos, LONGEST_REROUTE.toNanos()));
  }

  /** What is in force, by table. */
  HeardConsistencies consistencies() {
    return consistencies;
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
    watch.start();
  }

  void closed(Session session) {
    sessions.remove(session);
  }

  void checkOpen() {
    if (closed) {
      throw Session.closed();
    }
  }

  /**
   * @throws HoldfastException CLOSED
   */
  ManagedChannel channel(String address) {
    if (timer.isShutdown()) {
      throw Session.closed();
    }
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
              .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
              .keepAliveTime(options.keepAliveTime().toNanos(), TimeUnit.NANOSECONDS)
              .keepAliveTimeout(options.keepAliveTimeout().toNanos(), TimeUnit.NANOSECONDS)
              .build();
        });
  }

  // Any number of changes meanwhile make one more round.
  private void mapChanged() {
    if (changes.getAndIncrement() == 0) {
      try {
        executor.execute(this::refresh);
      } catch (RejectedExecutionException e) {
        changes.set(0); // closed
      }
    }
  }

  private void refresh() {
    int heard;
    do {
      heard = changes.get();
      var answers = new HashMap<String, List<Route>>();
      boolean complete = true;
      for (Session session : sessions) {
        for (var asked : session.sources().entrySet()) {
          complete &= refresh(session, asked.getKey(), asked.getValue(), answers);
        }
      }
      if (!complete) {
        refreshLater();
      }
    } while (!changes.compareAndSet(heard, 0));
  }

  // Who calls a range that has moved finds out by itself; what has become of a bound nobody else
  // says.
  private void refreshLater() {
    try {
      var unused =
          timer.schedule(this::mapChanged, LONGEST_REROUTE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      changes.set(0); // closed
    }
  }

  // Whether nobody has to ask again.
  private static boolean refresh(
      Session session, RangeSet set, RouteSource source, Map<String, List<Route>> answers) {
    try {
      session.apply(set, answers.computeIfAbsent(source.name(), name -> source.fetch()));
      return true;
    } catch (HoldfastException e) {
      answers.put(source.name(), List.of());
      return e.retry() == Retry.NEVER;
    }
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
