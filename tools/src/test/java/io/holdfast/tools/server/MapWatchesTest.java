package io.holdfast.tools.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.holdfast.coordination.Catalog;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.MapVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MapWatchesTest {
  private final Fake authority = new Fake();
  private final MapWatches watches = new MapWatches(authority);

  @AfterEach
  void close() {
    watches.close();
  }

  @Test
  void eachChangeIsToldWithItsVersion() {
    var stream = new Stream();
    watches.watch(stream);
    authority.change(state -> state);
    assertEquals(List.of(0L, 1L), stream.versions());
  }

  @Test
  void aNodeThatIsCutOffEndsItsWatchesAndTakesNoOthers() {
    var stream = new Stream();
    watches.watch(stream);
    authority.leased = false;
    await().until(() -> stream.errors.contains(Status.Code.UNAVAILABLE));
    authority.change(state -> state);
    assertEquals(List.of(0L), stream.versions(), "nothing after the end");
    assertEquals(0, authority.watching());
    var late = new Stream();
    watches.watch(late);
    assertEquals(List.of(Status.Code.UNAVAILABLE), late.errors);
    assertEquals(List.of(), late.versions());
    authority.leased = true;
    var again = new Stream();
    watches.watch(again);
    assertEquals(List.of(1L), again.versions());
  }

  @Test
  void aClientThatIsGoneIsForgotten() {
    var stream = new Stream();
    watches.watch(stream);
    assertEquals(1, authority.watching());
    stream.leave();
    assertEquals(0, authority.watching());
    assertFalse(stream.errors.contains(Status.Code.UNAVAILABLE));
  }

  private static final class Fake implements Authority {
    private final List<Runnable> told = new CopyOnWriteArrayList<>();
    private volatile CatalogState state = CatalogState.getDefaultInstance();
    volatile boolean leased = true;

    int watching() {
      return told.size();
    }

    @Override
    public CatalogState state() {
      return state;
    }

    @Override
    public CatalogState refresh() {
      return state;
    }

    @Override
    public CatalogState change(UnaryOperator<CatalogState> change) {
      state = change.apply(state).toBuilder().setVersion(state.getVersion() + 1).build();
      told.forEach(Runnable::run);
      return state;
    }

    @Override
    public Catalog.Watch watch(Runnable changed) {
      told.add(changed);
      return () -> told.remove(changed);
    }

    @Override
    public int node() {
      return 1;
    }

    @Override
    public int defaultReplicas() {
      return 1;
    }

    @Override
    public int mostReplicas() {
      return 1;
    }

    @Override
    public Set<Integer> live() {
      return Set.of(1);
    }

    @Override
    public boolean isLeased() {
      return leased;
    }

    @Override
    public boolean isController() {
      return false;
    }

    @Override
    public void close() {}
  }

  private static final class Stream extends ServerCallStreamObserver<MapVersion> {
    private final List<MapVersion> got = new ArrayList<>();
    private final List<Status.Code> errors = new CopyOnWriteArrayList<>();
    private Runnable whenGone = () -> {};
    private boolean cancelled;

    List<Long> versions() {
      return got.stream().map(MapVersion::getVersion).toList();
    }

    void leave() {
      cancelled = true;
      whenGone.run();
    }

    @Override
    public boolean isCancelled() {
      return cancelled;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {
      whenGone = handler;
    }

    @Override
    public void setOnCloseHandler(Runnable handler) {}

    @Override
    public void setCompression(String compression) {}

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void onNext(MapVersion version) {
      got.add(version);
    }

    @Override
    public void onError(Throwable t) {
      errors.add(Status.fromThrowable(t).getCode());
    }

    @Override
    public void onCompleted() {}
  }
}
