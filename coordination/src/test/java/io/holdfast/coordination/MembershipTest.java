package io.holdfast.coordination;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.Node;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MembershipTest extends ZooKeeperTest {
  /** Writes down what it is told. */
  static final class Diary implements Membership.Listener {
    final List<String> entries = new CopyOnWriteArrayList<>();
    final AtomicInteger changes = new AtomicInteger();

    @Override
    public void registered(int node, int incarnation) {
      entries.add(node + "." + incarnation);
    }

    @Override
    public void lost() {
      entries.add("lost");
    }

    @Override
    public void changed() {
      changes.incrementAndGet();
    }
  }

  private Membership join(String servers, String store, Diary diary) {
    return closing(joinOpen(servers, store, diary));
  }

  static Membership joinOpen(String servers, String store, Diary diary) {
    return joinOpen(servers, store, diary, SESSION);
  }

  static Membership joinOpen(String servers, String store, Diary diary, Duration session) {
    return Membership.join(
        new MembershipSettings(cluster(servers), session, PATIENCE),
        store,
        "host:" + store,
        () -> Map.of(7, new LogEnd(2, 30), 8, LogEnd.UNUSABLE),
        diary);
  }

  @Test
  void nodesSeeEachOtherWithTheirLogEnds() {
    var server = closing(server());
    var one = join(server.address(), "a", new Diary());
    var diary = new Diary();
    var other = joinOpen(server.address(), "b", diary);
    assertEquals(List.of("2.1"), diary.entries);
    assertEquals(Set.of(1, 2), other.live().keySet());
    eventually().until(() -> one.live().keySet().equals(Set.of(1, 2)));
    assertEquals(
        Map.of(7, new LogEnd(2, 30), 8, LogEnd.UNUSABLE),
        requireNonNull(one.refreshLive().get(2)).ends());
    other.close();
    eventually().until(() -> one.live().keySet().equals(Set.of(1)));
  }

  @Test
  void anExpiredSessionEndsALifeAndBeginsAnother() throws Exception {
    var server = closing(server());
    var diary = new Diary();
    var member = join(server.address(), "a", diary);
    assertTrue(member.isLeased());
    expire(member.client());
    eventually().untilAsserted(() -> assertEquals(List.of("1.1", "lost", "1.2"), diary.entries));
    eventually().until(member::isLeased);
    eventually().until(() -> member.live().containsKey(1));
    assertEquals(2, requireNonNull(member.live().get(1)).incarnation());
    assertEquals(2, member.incarnation());
  }

  @Test
  void aNodeWhoseConnectionBreaksWhileItRegistersTriesAgain() {
    var server = server();
    var asked = new AtomicInteger();
    var restarted = new CompletableFuture<EmbeddedZooKeeper>();
    var diary = new Diary();
    var member =
        Membership.join(
            new MembershipSettings(cluster(server.address()), SESSION, PATIENCE),
            "a",
            "host:a",
            () -> {
              if (asked.incrementAndGet() == 1) { // it is about to enter itself
                server.close();
                var unused = restarted.completeAsync(() -> restart(server));
              }
              return Map.of();
            },
            diary);
    closing(restarted.join());
    closing(member);
    assertTrue(asked.get() > 1, "it has registered at once");
    assertEquals(List.of("1." + member.incarnation()), diary.entries);
    eventually().until(() -> member.live().containsKey(1));
  }

  @Test
  void aNodeThatIsDeclaredDeadDropsItsRolesAndComesBack() {
    var server = closing(server());
    var diary = new Diary();
    var member = join(server.address(), "a", diary);
    var other = join(server.address(), "b", new Diary());
    FailureReports.declareDead(other.catalog(), other, 1, 1);
    eventually().untilAsserted(() -> assertEquals(List.of("1.1", "lost", "1.2"), diary.entries));
    FailureReports.declareDead(other.catalog(), other, 1, 1);
    assertFalse(Chains.node(other.catalog().refresh(), 1).orElseThrow().getDead());
    assertEquals(2, member.incarnation());
  }

  @Test
  void theLeaseRunsOutWhileTheServerIsAwayAndComesBackWithIt() {
    var server = server();
    var diary = new Diary();
    var member = join(server.address(), "a", diary);
    server.close();
    eventually().until(() -> !member.isLeased());
    closing(restart(server));
    eventually().until(member::isLeased);
    eventually().until(() -> member.live().containsKey(1));
  }

  @Test
  void aRestartedProcessTakesTheEntryOfItsEarlierLifeAway() {
    var server = closing(server());
    var first = new Diary();
    var before = join(server.address(), "a", first);
    assertEquals(1, before.incarnation());
    var after = join(server.address(), "a", new Diary());
    assertEquals(1, after.node());
    assertTrue(after.incarnation() > 1);
    // The earlier life is no process of its own here, and takes the entry back now and then.
    eventually().untilAsserted(() -> assertEquals(Set.of(1), after.live().keySet()));
  }

  @Test
  void aRemovedNodeMayNotJoin() {
    var server = closing(server());
    var catalog =
        closing(ZooKeeperCatalog.connect(cluster(server.address()), Duration.ofSeconds(10)));
    joinOpen(server.address(), "a", new Diary()).close();
    catalog.update(s -> ChainChanges.want(s, 1, Node.Wanted.REMOVED));
    var error =
        assertThrows(HoldfastException.class, () -> joinOpen(server.address(), "a", new Diary()));
    assertEquals(ErrorCode.INVALID_ARGUMENT, error.code());
  }

  @Test
  void changesOfTheCatalogueWakeTheListener() {
    var server = closing(server());
    var diary = new Diary();
    var one = join(server.address(), "a", diary);
    var other = join(server.address(), "b", new Diary());
    eventually().until(() -> one.live().size() == 2);
    other.catalog().update(s -> Tables.openJob(s, "job"));
    eventually().until(() -> one.catalog().state().getJobsCount() == 1);
    eventually().until(() -> diary.changes.get() > 0);
  }
}
