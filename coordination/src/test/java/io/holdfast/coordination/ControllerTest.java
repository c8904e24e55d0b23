package io.holdfast.coordination;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.v1.CatalogState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ControllerTest extends ZooKeeperTest {
  private static final ControllerSettings SETTINGS =
      new ControllerSettings(Duration.ofMillis(300), Duration.ofMillis(100), 4);

  private record Part(Membership membership, Controller controller) {}

  private final List<Part> parts = new ArrayList<>();

  /** Joins a node with a controller, which the test closes. */
  private Part node(String servers, String store) {
    return node(servers, store, SESSION);
  }

  private Part node(String servers, String store, Duration session) {
    var membership =
        closing(MembershipTest.joinOpen(servers, store, new MembershipTest.Diary(), session));
    var part = new Part(membership, closing(Controller.start(membership, SETTINGS)));
    parts.add(part);
    return part;
  }

  private Part leader() {
    eventually().until(() -> parts.stream().filter(p -> p.controller().isLeading()).count() == 1);
    return parts.stream().filter(p -> p.controller().isLeading()).findFirst().orElseThrow();
  }

  private static CatalogState tables(CatalogState state) {
    var home = Tables.homeReplicas(state, 2);
    return Clusters.table(Tables.openJob(home, "job"), "table", 2, 4);
  }

  private static boolean isPlaced(CatalogState state, int replicas) {
    return Chains.all(state).stream()
        .allMatch(placed -> Chains.serving(placed.range()).size() == replicas);
  }

  @Test
  void oneControllerPlacesNewRanges() {
    var server = closing(server());
    var one = node(server.address(), "a");
    node(server.address(), "b");
    assertTrue(leader().membership().node() > 0);
    one.membership().catalog().update(ControllerTest::tables);
    eventually().until(() -> isPlaced(one.membership().catalog().refresh(), 2));
  }

  @Test
  void anotherTakesOverWhenTheControllersSessionEnds() throws Exception {
    var server = closing(server());
    node(server.address(), "a");
    node(server.address(), "b");
    var before = leader();
    int epoch = before.membership().catalog().refresh().getControllerEpoch();
    expire(before.membership().client());
    var other = parts.get(parts.indexOf(before) == 0 ? 1 : 0);
    eventually().until(() -> other.membership().catalog().refresh().getControllerEpoch() > epoch);
    other.membership().catalog().update(ControllerTest::tables);
    eventually().until(() -> isPlaced(other.membership().catalog().update(Clusters::grantAll), 2));
    leader();
  }

  @Test
  void aControllerWhoseEpochIsOverStops() {
    var server = closing(server());
    node(server.address(), "a");
    var leader = leader();
    int epoch = leader.membership().catalog().refresh().getControllerEpoch();
    leader.membership().catalog().update(s -> s.toBuilder().setControllerEpoch(epoch + 10).build());
    eventually()
        .until(() -> leader.membership().catalog().refresh().getControllerEpoch() > epoch + 10);
  }

  @Test
  void aDeadNodeIsReplacedByTheController() {
    var server = closing(server());
    var one = node(server.address(), "a");
    var two = node(server.address(), "b");
    node(server.address(), "c");
    leader();
    var catalog = one.membership().catalog();
    catalog.update(ControllerTest::tables);
    eventually().until(() -> isPlaced(catalog.refresh(), 2));
    catalog.update(Clusters::grantAll);
    two.controller().close();
    two.membership().close();
    parts.remove(two);
    eventually()
        .until(
            () -> {
              var state = catalog.update(Clusters::grantAll);
              return isPlaced(state, 2)
                  && Chains.all(state).stream()
                      .noneMatch(p -> Clusters.servingNodes(p.range()).contains(2));
            });
  }

  /** Of two nodes one does not come back: after the grace time the other goes on (P22). */
  @Test
  void theGraceTimeEnds() {
    var server = closing(server());
    var one = node(server.address(), "a");
    var two = node(server.address(), "b");
    leader();
    var catalog = closing(ZooKeeperCatalog.connect(cluster(server.address()), PATIENCE));
    catalog.update(ControllerTest::tables);
    eventually().until(() -> isPlaced(catalog.refresh(), 2));
    catalog.update(Clusters::grantAll);
    for (var part : List.of(one, two)) {
      part.controller().close();
    }
    for (var part : List.of(one, two)) {
      part.membership().close();
    }
    parts.clear();
    node(server.address(), "a");
    eventually()
        .until(
            () ->
                Chains.all(catalog.refresh()).stream()
                    .allMatch(
                        p ->
                            p.range().getMembers(0).getNode() == 1
                                && p.range().getMembers(0).getIncarnation() == 2));
  }

  @Test
  void anEnsembleOutlivesItsLeader() throws Exception {
    var members = ensemble(3);
    Map<Integer, EmbeddedZooKeeper> servers = new HashMap<>();
    for (var member : members) {
      servers.put(
          member.id(),
          closing(
              EmbeddedZooKeeper.member(
                  directory.resolve("zk-" + member.id()),
                  member.id(),
                  members,
                  EmbeddedZooKeeper.Timing.FAST)));
    }
    var address = EmbeddedZooKeeper.servers(members);
    // Longer than an election: nodes that lose their sessions would have to recover their chains,
    // which needs replicas, and there are none here.
    var session = Duration.ofSeconds(2);
    var one = node(address, "a", session);
    node(address, "b", session);
    leader();
    var catalog = one.membership().catalog();
    catalog.update(ControllerTest::tables);
    eventually().until(() -> isPlaced(catalog.refresh(), 2));
    catalog.update(s -> Clusters.table(s, "other", 2, 3));
    int leading =
        servers.entrySet().stream()
            .filter(entry -> entry.getValue().isLeading())
            .mapToInt(Map.Entry::getKey)
            .findFirst()
            .orElseThrow();
    requireNonNull(servers.get(leading)).close();
    eventually().ignoreExceptions().until(() -> isPlaced(catalog.refresh(), 2));
    assertEquals(
        3, catalog.update(s -> s.toBuilder().setHomeReplicas(3).build()).getHomeReplicas());
    eventually().until(() -> servers.values().stream().anyMatch(EmbeddedZooKeeper::isLeading));
  }
}
