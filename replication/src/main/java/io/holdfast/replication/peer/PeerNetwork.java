package io.holdfast.replication.peer;

import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.holdfast.replication.chain.ChainMessage;
import io.holdfast.replication.shard.PeerEvents;
import io.holdfast.replication.shard.Peers;
import io.holdfast.store.log.LogRecord;
import io.holdfast.v1.CopyPiece;
import io.holdfast.v1.ReplicaFrame;
import io.holdfast.v1.ReplicaHello;
import io.holdfast.v1.ReplicationGrpc;
import io.holdfast.wire.OutboundFrame;
import io.holdfast.wire.ReplicaMethod;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams to all other nodes. Of two nodes the one with the lower id opens the stream, and
 * opens another when it breaks; both look whether the other's process is still there. Thread-safe.
 */
public final class PeerNetwork implements Peers, AutoCloseable {
  /** Of {@code replica.proto}. */
  static final int PROTOCOL = 1;

  private static final Logger LOG = LoggerFactory.getLogger(PeerNetwork.class);

  private final Supplier<PeerIdentity> identity;
  private final IntFunction<PeerEvents> owner;
  private final List<PeerEvents> all;
  private final ConnectionWatcher watcher;
  private final PeerSettings settings;
  private final CopyThrottle throttle;
  private final PeerReception reception = new PeerReception(this);
  private final Map<Integer, PeerLink> links = new ConcurrentHashMap<>();
  private final Set<PeerStream> streams = ConcurrentHashMap.newKeySet();
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("holdfast-peers").factory());
  private final ExecutorService background =
      Executors.newCachedThreadPool(
          Thread.ofPlatform().daemon().name("holdfast-peer-probe-", 1).factory());
  private volatile boolean closed;

  /**
   * @param identity asked at each hello; the incarnation may have grown, the rest stays
   * @param owner which shard a range belongs to
   * @param all every shard, to be told of connections
   */
  public PeerNetwork(
      Supplier<PeerIdentity> identity,
      IntFunction<PeerEvents> owner,
      List<? extends PeerEvents> all,
      ConnectionWatcher watcher,
      PeerSettings settings) {
    this.identity = identity;
    this.owner = owner;
    this.all = List.copyOf(all);
    this.watcher = watcher;
    this.settings = settings;
    this.throttle = new CopyThrottle(settings.copyBytesPerSecond(), System.nanoTime());
    long beat = settings.heartbeat().toNanos();
    var unused = timer.scheduleAtFixedRate(this::beat, beat, beat, TimeUnit.NANOSECONDS);
  }

  /**
   * The service to be added to the node's server. Its call must run on the transport's threads (a
   * direct executor), and the server must let in messages of twice {@code maxFrameBytes}, so that
   * the stream itself can say what was too large.
   */
  public ServerServiceDefinition service() {
    var descriptor =
        ServiceDescriptor.newBuilder(ReplicationGrpc.SERVICE_NAME)
            .setSchemaDescriptor(ReplicationGrpc.getServiceDescriptor().getSchemaDescriptor())
            .addMethod(ReplicaMethod.SERVER)
            .build();
    return ServerServiceDefinition.builder(descriptor)
        .addMethod(
            ReplicaMethod.SERVER,
            ServerCalls.asyncBidiStreamingCall(
                responses -> {
                  var stream =
                      PeerStream.accept(
                          (ServerCallStreamObserver<OutboundFrame>) responses, reception, settings);
                  streams.add(stream);
                  return stream;
                }))
        .build();
  }

  /**
   * Which nodes to be connected to; this node itself may be among them. Connections to those that
   * were there before and are not any more are closed. Does not block.
   */
  public synchronized void setPeers(Map<Integer, PeerNode> nodes) {
    if (closed) {
      return;
    }
    int own = identity.get().node();
    links.forEach(
        (node, link) -> {
          if (!nodes.containsKey(node)) {
            link.want(null, false);
          }
        });
    nodes.forEach(
        (node, where) -> {
          if (node != own) {
            link(node).want(where, own < node);
          }
        });
  }

  /** Whether there is a connection. */
  public boolean isConnected(int node) {
    return stream(node) != null;
  }

  @Override
  public boolean isReady(int node) {
    var stream = stream(node);
    return stream != null && stream.isReady();
  }

  @Override
  public boolean isReadyForCopy(int node) {
    if (!isReady(node)) {
      return false;
    }
    long wait = throttle.waitNanos(System.nanoTime());
    if (wait > 0) {
      link(node).holdCopies(wait);
    }
    return wait == 0;
  }

  @Override
  public void send(int node, int range, ChainMessage message) {
    var stream = stream(node);
    if (stream != null) {
      stream.send(PeerCodec.toProto(range, message));
    }
  }

  @Override
  public void forward(int node, int range, int epoch, LogRecord record) {
    var stream = stream(node);
    if (stream != null) {
      var head = ReplicaFrame.newBuilder().setRecord(PeerCodec.toProto(epoch, record.header()));
      stream.send(head.build(), record.payload());
    }
  }

  @Override
  public void copy(int node, int range, int epoch, CopyPart part, ByteBuffer body) {
    var stream = stream(node);
    if (stream != null) {
      throttle.take(body.remaining(), System.nanoTime());
      var piece =
          CopyPiece.newBuilder().setRange(range).setEpoch(epoch).setPart(PeerCodec.toProto(part));
      stream.send(ReplicaFrame.newBuilder().setCopy(piece).build(), body);
    }
  }

  /** Closes all streams, and waits a moment for that. The node's server is not closed. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    links.values().forEach(PeerLink::close);
    List.copyOf(streams).forEach(stream -> stream.end("this node closes"));
    timer.shutdownNow();
    background.shutdownNow();
  }

  PeerSettings settings() {
    return settings;
  }

  ConnectionWatcher watcher() {
    return watcher;
  }

  boolean isClosed() {
    return closed;
  }

  PeerEvents owner(int range) {
    return owner.apply(range);
  }

  ReplicaHello hello() {
    var own = identity.get();
    return ReplicaHello.newBuilder()
        .setProtocol(PROTOCOL)
        .setCluster(own.cluster())
        .setNode(own.node())
        .setIncarnation(own.incarnation())
        .setAddress(own.address())
        .build();
  }

  /** A stream that is going to be opened to a node. */
  PeerStream open(int node) {
    var stream = new PeerStream(reception, settings, node);
    streams.add(stream);
    return stream;
  }

  void forget(PeerStream stream) {
    streams.remove(stream);
  }

  PeerLink link(int node) {
    return links.computeIfAbsent(node, id -> new PeerLink(this, id));
  }

  void tell(Consumer<PeerEvents> what) {
    all.forEach(what);
  }

  void later(Runnable task, long nanos) {
    try {
      var unused = timer.schedule(task, nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      LOG.trace("closed meanwhile", e);
    }
  }

  /** Runs what blocks. */
  void background(Runnable task) {
    try {
      background.execute(
          () -> {
            try {
              task.run();
            } catch (RuntimeException e) {
              LOG.error("a task for the connections between nodes failed", e);
            }
          });
    } catch (RejectedExecutionException e) {
      LOG.trace("closed meanwhile", e);
    }
  }

  private void beat() {
    try {
      streams.forEach(PeerStream::beat);
    } catch (RuntimeException e) {
      LOG.error("a heartbeat failed", e);
    }
  }

  private @Nullable PeerStream stream(int node) {
    var link = links.get(node);
    return link == null ? null : link.current();
  }
}
