package io.holdfast.coordination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.CatalogEntry;
import io.holdfast.v1.CatalogState;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ZooKeeperCatalogTest extends ZooKeeperTest {
  private static final int MEGABYTE = 1 << 20;

  private ZooKeeperCatalog connect(EmbeddedZooKeeper server) {
    return closing(ZooKeeperCatalog.connect(cluster(server.address()), PATIENCE));
  }

  private static CatalogState job(CatalogState state, String name) {
    return Tables.openJob(state, name);
  }

  @Test
  void whatOneWritesAnotherReads() {
    var server = closing(server());
    var one = connect(server);
    var other = connect(server);
    var written = one.update(s -> Clusters.table(4, 3, 5));
    assertEquals(1, written.getVersion());
    assertEquals(0, other.state().getVersion());
    assertEquals(written, other.refresh());
    assertEquals(written, other.state());
    var dropped = other.update(s -> Tables.dropTable(s, s.getTables(0)));
    assertEquals(dropped, one.refresh());
    assertEquals(0, dropped.getTablesCount());
    assertEquals(dropped, connect(server).state());
  }

  @Test
  void anEqualStateIsNotWritten() {
    var catalog = connect(closing(server()));
    var before = catalog.update(s -> job(s, "a"));
    assertEquals(before, catalog.update(s -> job(s, "a")));
  }

  @Test
  void everyConcurrentChangeIsMadeOnce() {
    var server = closing(server());
    long each = 100;
    var one = connect(server);
    var other = connect(server);
    CompletableFuture.allOf(
            CompletableFuture.runAsync(() -> count(one, each)),
            CompletableFuture.runAsync(() -> count(other, each)))
        .join();
    assertEquals(2 * each, one.refresh().getLastNode());
    assertEquals(2 * each, one.state().getVersion());
  }

  private static void count(Catalog catalog, long times) {
    for (long i = 0; i < times; i++) {
      catalog.update(s -> s.toBuilder().setLastNode(s.getLastNode() + 1).build());
    }
  }

  @Test
  void aDecisionOnAnOldStateIsTakenAgain() {
    var server = closing(server());
    var one = connect(server);
    var other = connect(server);
    one.update(s -> job(s, "a"));
    var state =
        other.update(
            s -> {
              if (Tables.job(s, "a").isEmpty()) {
                throw new IllegalStateException("no job");
              }
              return job(s, "b");
            });
    assertEquals(2, state.getJobsCount());
    assertThrows(
        IllegalStateException.class,
        () ->
            other.update(
                s -> {
                  throw new IllegalStateException("never");
                }));
  }

  @Test
  void changesAreMadeOnceWhileTheServerRestarts() throws Exception {
    var server = server();
    var catalog = connect(server);
    var done = new AtomicInteger();
    var writer =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < 600; i++) {
                count(catalog, 1);
                done.incrementAndGet();
              }
            });
    for (int restarts = 1; restarts <= 3; restarts++) {
      int target = restarts * 100;
      eventually().until(() -> done.get() >= target || writer.isDone());
      server.close();
      server = restart(server);
    }
    writer.join();
    assertEquals(600, catalog.refresh().getLastNode());
    server.close();
  }

  @Test
  void aWatcherIsWokenByTheChangesOfOthersAlsoAfterARestart() {
    var server = server();
    var one = connect(server);
    var other = connect(server);
    var wakeUps = new AtomicInteger();
    var watch = one.watch(wakeUps::incrementAndGet);
    other.update(s -> job(s, "a"));
    eventually().until(() -> wakeUps.get() > 0);
    server.close();
    closing(restart(server));
    other.update(s -> job(s, "b"));
    eventually().until(() -> one.refresh().getJobsCount() == 2);
    int before = wakeUps.get();
    other.update(s -> job(s, "c"));
    eventually().until(() -> wakeUps.get() > before);
    watch.close();
  }

  @Test
  void noServerIsAClearError() {
    var address = cluster("127.0.0.1:1");
    var error =
        assertThrows(
            HoldfastException.class,
            () -> ZooKeeperCatalog.connect(address, Duration.ofMillis(300)));
    assertEquals(ErrorCode.UNAVAILABLE, error.code());
    assertTrue(error.getMessage().contains("127.0.0.1:1"), error.getMessage());
  }

  @Test
  void aServerThatIsGoneIsAClearErrorAndChangesNothing() {
    var server = server();
    var catalog =
        closing(ZooKeeperCatalog.connect(cluster(server.address()), Duration.ofSeconds(2)));
    server.close();
    var read = assertThrows(HoldfastException.class, catalog::refresh);
    assertEquals(ErrorCode.UNAVAILABLE, read.code());
    assertEquals(0, catalog.state().getJobsCount());
  }

  /** ZooKeeper refuses requests of a megabyte; one change may rewrite all tables. */
  @Test
  void tenThousandRangesStayFarBelowAMegabyte() {
    var state = Clusters.grantAll(Clusters.plan(Clusters.table(30, 3, 10_000)));
    var catalog = connect(closing(server()));
    catalog.update(s -> state);
    int bytes =
        CatalogCodec.write(CatalogEntry.newBuilder().setTable(state.getTables(0)).build()).length;
    assertTrue(bytes < MEGABYTE / 3, bytes + " bytes");
    assertEquals(10_000, catalog.refresh().getTables(0).getRangesCount());
  }
}
