package io.holdfast.tools.server;

import io.grpc.stub.ServerCallStreamObserver;
import io.holdfast.coordination.Catalog;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.MapVersion;
import io.holdfast.wire.Statuses;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Tells clients of changes of the map, as long as this node hears of them itself. Where it does
 * not, it ends their streams, so that they ask another: a node that is cut off would have them push
 * to the chains that it knows for ever. Thread-safe.
 */
final class MapWatches implements AutoCloseable {
  private static final long LOOK_MILLIS = 100;

  private final Authority authority;
  private final Set<Watched> streams = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().name("holdfast-map-watches").daemon().unstarted(task));

  MapWatches(Authority authority) {
    this.authority = authority;
    var unused =
        thread.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Sends the version of the map now, and after each change, until one side has gone. */
  void watch(ServerCallStreamObserver<MapVersion> to) {
    var stream = new Watched(to);
    to.setOnCancelHandler(stream::close);
    to.setOnCloseHandler(stream::close);
    streams.add(stream);
    if (authority.isLeased()) {
      stream.send();
    } else {
      stream.end();
    }
  }

  private void look() {
    if (!streams.isEmpty() && !authority.isLeased()) {
      streams.forEach(Watched::end);
    }
  }

  private final class Watched {
    private final ServerCallStreamObserver<MapVersion> to;
    private final Catalog.Watch changes;
    private boolean ended;

    Watched(ServerCallStreamObserver<MapVersion> to) {
      this.to = to;
      this.changes = authority.watch(this::send);
    }

    synchronized void send() {
      if (!ended && !to.isCancelled()) {
        to.onNext(MapVersion.newBuilder().setVersion(authority.state().getVersion()).build());
      }
    }

    void end() {
      synchronized (this) {
        if (!ended && !to.isCancelled()) {
          to.onError(
              Statuses.toStatus(
                  new HoldfastException(
                      ErrorCode.NOT_READY,
                      "this node has not reached ZooKeeper for a while: ask another")));
        }
        ended = true;
      }
      close();
    }

    void close() {
      changes.close();
      streams.remove(this);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
