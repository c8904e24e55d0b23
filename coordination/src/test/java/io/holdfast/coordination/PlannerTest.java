package io.holdfast.coordination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Node;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PlannerTest {
  private static final PlannerOptions WAIT = new PlannerOptions(false, 4);
  private static final PlannerOptions GRACE_OVER = new PlannerOptions(true, 4);

  private static Map<Integer, Long> heads(CatalogState state) {
    return Chains.all(state).stream()
        .map(placed -> placed.range().getMembers(0).getNode())
        .collect(Collectors.groupingBy(node -> node, TreeMap::new, Collectors.counting()));
  }

  private static LiveNode back(int node, int incarnation, int range, LogEnd end) {
    return new LiveNode(node, incarnation, Map.of(range, end));
  }

  @Test
  void newRangesAndTheirHeadsAreSpread() {
    var state = Clusters.plan(Clusters.table(3, 2, 8));
    assertEquals(Map.of(1, 3L, 2, 3L, 3, 3L), heads(state));
    for (int node = 1; node <= 3; node++) {
      int own = node;
      assertEquals(
          6,
          Chains.all(state).stream()
              .filter(placed -> Clusters.servingNodes(placed.range()).contains(own))
              .count());
    }
  }

  @Test
  void theSuccessorOfADeadHeadLeadsAndTheDeadIsReplacedAtOnce() {
    var state = Clusters.settle(Clusters.table(4, 3, 1));
    var before = Clusters.first(state);
    int head = before.getMembers(0).getNode();
    var after = FailureReports.declareDead(state, Clusters.allLive(state), head, 1);
    var range = Clusters.first(after);
    assertEquals(before.getEpoch() + 1, range.getEpoch());
    assertEquals(Clusters.servingNodes(before).subList(1, 3), Clusters.servingNodes(range));
    assertEquals(3, range.getMembersCount());
    assertEquals(after, FailureReports.declareDead(after, Clusters.allLive(after), head, 1));
  }

  /** It is an authority until the epoch without it is activated, and must stay whole so long. */
  @Test
  void aReturningNodeSyncsOnlyAfterTheEpochWithoutItIsActivated() {
    var state = Clusters.settle(Clusters.table(2, 2, 1));
    state = Clusters.plan(ChainChanges.declareDead(state, 2, 1));
    state = Clusters.plan(ChainChanges.register(state, "store-2", "host:2"));
    assertEquals("1 2.", Clusters.chain(Clusters.first(state)));
    state = Clusters.plan(Clusters.grantAll(state));
    assertEquals("1 2?", Clusters.chain(Clusters.first(state)));
  }

  @Test
  void afterAllWereDownTheLongestLogLeadsOnceAllAreBack() {
    var state = Clusters.settle(Clusters.table(3, 3, 1));
    int range = Clusters.first(state).getId();
    var down = Planner.plan(state, Map.of(), GRACE_OVER);
    assertEquals(state, down);
    for (int node = 1; node <= 3; node++) {
      down = ChainChanges.register(down, "store-" + node, "host:" + node);
    }
    var live = new HashMap<Integer, LiveNode>();
    live.put(1, back(1, 2, range, new LogEnd(1, 90)));
    live.put(2, back(2, 2, range, new LogEnd(2, 10)));
    assertEquals(down, Planner.plan(down, live, WAIT));
    assertTrue(Planner.isWaitingForGrace(down, live));
    live.put(3, back(3, 2, range, LogEnd.UNUSABLE));
    assertFalse(Planner.isWaitingForGrace(down, live));
    var planned = Planner.plan(down, live, WAIT);
    assertEquals("2 1. 3.", Clusters.chain(Clusters.range(planned, range)));
    live.remove(3);
    live.remove(2);
    assertEquals("1", Clusters.chain(Clusters.range(Planner.plan(down, live, GRACE_OVER), range)));
  }

  /** Nobody can have written to it: no disk that is gone for good may keep it from working. */
  @Test
  void aRangeThatWasNeverActivatedBeginsAnewWhereNoneOfItsMembersIsLeft() {
    var state = Clusters.plan(Clusters.table(3, 1, 1));
    var before = Clusters.first(state);
    int lost = before.getMembers(0).getNode();
    var after = FailureReports.declareDead(state, Clusters.allLive(state), lost, 1);
    var range = Clusters.first(after);
    assertEquals(before.getEpoch() + 1, range.getEpoch());
    assertEquals(Clusters.servingNodes(range), range.getActivatedNodesList());
    assertFalse(range.getActivatedNodesList().contains(lost));
    var activated = Clusters.grantAll(state);
    after = FailureReports.declareDead(activated, Clusters.allLive(activated), lost, 1);
    assertEquals(Clusters.first(activated), Clusters.first(after));
    assertEquals(state, Planner.plan(state, Map.of(), GRACE_OVER));
  }

  @Test
  void aLoneServerHasItsRangesBackAtOnce() {
    var state = Clusters.settle(Clusters.table(1, 1, 3));
    state = ChainChanges.register(state, "store-1", "host:1");
    var planned = Clusters.plan(state);
    for (var placed : Chains.all(planned)) {
      var before = Clusters.range(state, placed.range().getId());
      assertEquals(before.getEpoch() + 1, placed.range().getEpoch());
      assertEquals(2, placed.range().getMembers(0).getIncarnation());
    }
  }

  @Test
  void aDrainedNodeServesUntilItsReplacementDoes() {
    var state = Clusters.settle(Clusters.table(4, 3, 4));
    state = ChainChanges.want(state, 1, Node.Wanted.DRAINING);
    boolean drained = false;
    while (!drained) {
      var next = Clusters.grantAll(Clusters.plan(state));
      for (var placed : Chains.all(next)) {
        assertTrue(Chains.serving(placed.range()).size() >= 3);
      }
      drained = next.equals(state);
      state = next;
    }
    assertFalse(
        Chains.all(state).stream()
            .anyMatch(placed -> Clusters.servingNodes(placed.range()).contains(1)));
  }

  @Test
  void aDrainedNodeWithoutReplacementStays() {
    var state = Clusters.settle(Clusters.table(3, 3, 2));
    var wanted = ChainChanges.want(state, 1, Node.Wanted.DRAINING);
    assertEquals(wanted, Clusters.plan(wanted));
  }

  @Test
  void aNodeThatJoinsGetsItsShareAFewAtATime() {
    var state = Clusters.settle(Clusters.table(3, 2, 11));
    state = ChainChanges.register(state, "store-4", "host:4");
    var begun = Clusters.plan(state);
    assertEquals(4, Chains.all(begun).stream().filter(p -> p.range().getMovingTo() == 4).count());
    var settled = Clusters.settle(begun);
    assertEquals(
        6,
        Chains.all(settled).stream()
            .filter(placed -> Clusters.servingNodes(placed.range()).contains(4))
            .count());
  }
}
