package io.holdfast.client;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.holdfast.client.retry.Backoff;
import io.holdfast.v1.ControlGrpc;
import io.holdfast.v1.MapVersion;
import io.holdfast.v1.WatchMapRequest;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hears from one node at a time that the cluster map has changed. */
final class MapWatch {
  private static final Logger LOG = LoggerFactory.getLogger(MapWatch.class);
  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long MAX_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
  // A node that cannot be watched will not learn it soon.
  private static final long UNSUPPORTED_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Nodes nodes;
  private final Function<String, ManagedChannel> channels;
  private final ScheduledExecutorService timer;
  private final Runnable changed;
  private final Backoff pauses = new Backoff(FIRST_PAUSE_NANOS, MAX_PAUSE_NANOS);
  private long seen = -1;
  private boolean started;
  private boolean closed;
  private @Nullable ClientCallStreamObserver<WatchMapRequest> current;

  /**
   * @param changed called for each new version, on a thread that it must not block
   */
  MapWatch(
      Nodes nodes,
      Function<String, ManagedChannel> channels,
      ScheduledExecutorService timer,
      Runnable changed) {
    this.nodes = nodes;
    this.channels = channels;
    this.timer = timer;
    this.changed = changed;
  }

  /** Begins to watch, the first time. */
  synchronized void start() {
    if (!started) {
      started = true;
      later(0);
    }
  }

  /** Ends the stream. */
  synchronized void close() {
    closed = true;
    if (current != null) {
      current.cancel("the connection is closed", null);
    }
  }

  private synchronized void began(ClientCallStreamObserver<WatchMapRequest> stream) {
    current = stream;
  }

  private void watch() {
    String address = nodes.inOrder().get(0);
    try {
      ControlGrpc.newStub(channels.apply(address))
          .watchMap(WatchMapRequest.getDefaultInstance(), new Watching(address));
    } catch (RuntimeException e) {
      LOG.debug("the cluster is closed", e);
    }
  }

  private synchronized void heard(String address, long version) {
    pauses.reset();
    if (version > seen) {
      seen = version;
      // Another may lag behind it.
      nodes.worked(address);
      changed.run();
    }
  }

  private synchronized void ended(String address, Status status) {
    if (closed) {
      return;
    }
    if (status.getCode() == Status.Code.UNIMPLEMENTED) {
      later(UNSUPPORTED_PAUSE_NANOS);
      return;
    }
    LOG.debug("the watch of {} ended: {}", address, status);
    nodes.failed(address);
    later(pauses.nextNanos());
  }

  private void later(long nanos) {
    try {
      var unused = timer.schedule(this::watch, nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("the cluster is closed", e);
    }
  }

  private final class Watching implements ClientResponseObserver<WatchMapRequest, MapVersion> {
    private final String address;

    Watching(String address) {
      this.address = address;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<WatchMapRequest> stream) {
      began(stream);
    }

    @Override
    public void onNext(MapVersion version) {
      heard(address, version.getVersion());
    }

    @Override
    public void onError(Throwable thrown) {
      ended(address, Status.fromThrowable(thrown));
    }

    @Override
    public void onCompleted() {
      ended(address, Status.OK);
    }
  }
}
