package io.holdfast.coordination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Node;
import io.holdfast.v1.Range;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChainChangesTest {
  /** Chain 1 2 3 of each range, activated, on 4 nodes. */
  private final CatalogState settled = Clusters.settle(Clusters.table(3, 3, 2));

  private static Range first(CatalogState state) {
    return Clusters.first(state);
  }

  private int id() {
    return first(settled).getId();
  }

  private int epoch() {
    return first(settled).getEpoch();
  }

  /** The node at a place of the chain. */
  private int at(int place) {
    return first(settled).getMembers(place).getNode();
  }

  @Test
  void aStoreKeepsItsNodeAndGetsAnIncarnationPerLife() {
    var state = ChainChanges.declareDead(Clusters.nodes(2, 1), 2, 1);
    state = ChainChanges.register(state, "store-2", "elsewhere:2");
    var node = Chains.node(state, 2).orElseThrow();
    assertEquals(2, node.getIncarnation());
    assertEquals("elsewhere:2", node.getAddress());
    assertEquals(false, node.getDead());
    assertEquals(
        3, Chains.node(ChainChanges.register(state, "new", "x:1"), "new").orElseThrow().getId());
  }

  @Test
  void aRemovedNodeIsToldHowToComeBack() {
    var state = ChainChanges.want(Clusters.nodes(1, 1), 1, Node.Wanted.REMOVED);
    var error =
        assertThrows(
            HoldfastException.class, () -> ChainChanges.register(state, "store-1", "host:1"));
    assertEquals(ErrorCode.INVALID_ARGUMENT, error.code());
    assertTrue(error.getMessage().contains("node undrain 1"), error.getMessage());
    var again = ChainChanges.want(state, 1, Node.Wanted.ACTIVE);
    assertEquals(
        2,
        Chains.node(ChainChanges.register(again, "store-1", "host:1"), 1)
            .orElseThrow()
            .getIncarnation());
  }

  @Test
  void onlyTheEpochThatIsMeantIsActivated() {
    var placed = Clusters.plan(Clusters.table(3, 3, 2));
    var range = first(placed);
    assertSame(placed, ChainChanges.activate(placed, range.getId(), range.getEpoch() + 1));
    var activated = ChainChanges.activate(placed, Map.of(range.getId(), range.getEpoch()));
    assertTrue(Chains.isActivated(first(activated)));
    assertEquals(Clusters.servingNodes(range), first(activated).getActivatedNodesList());
    assertEquals(0, activated.getTables(0).getRanges(1).getActivatedEpoch());
  }

  @Test
  void aDamagedReplicaLeavesAndIsNoAuthority() {
    var state = ChainChanges.quarantine(settled, id(), epoch(), at(0));
    assertEquals(List.of(at(1), at(2)), Clusters.servingNodes(first(state)));
    assertEquals(epoch() + 1, first(state).getEpoch());
    assertEquals(List.of(at(1), at(2)), first(state).getActivatedNodesList());
    var planned = Clusters.plan(state);
    assertEquals(at(1) + " " + at(2) + " " + at(0) + "?", Clusters.chain(first(planned)));
  }

  @Test
  void theLastReplicaStaysEvenIfDamaged() {
    var alone = Clusters.settle(Clusters.table(1, 1, 1));
    var range = first(alone);
    assertEquals(alone, ChainChanges.quarantine(alone, range.getId(), range.getEpoch(), 1));
  }

  @Test
  void aSuspectLeavesTheChain() {
    var state = ChainChanges.suspect(settled, id(), epoch(), at(0), at(1));
    assertEquals(List.of(at(0), at(2)), Clusters.servingNodes(first(state)));
    assertSame(state, ChainChanges.suspect(state, id(), epoch(), at(0), at(2)));
  }

  @Test
  void theReporterLeavesWhereTooFewWouldBeLeftAndTheOtherLives() {
    var two = ChainChanges.suspect(settled, id(), epoch(), at(0), at(2));
    int next = epoch() + 1;
    var one = ChainChanges.suspect(two, id(), next, at(0), at(1));
    assertEquals(List.of(at(1)), Clusters.servingNodes(first(one)));
    var dead = ChainChanges.declareDead(two, at(1), 1);
    var other = ChainChanges.suspect(dead, id(), next, at(0), at(1));
    assertEquals(List.of(at(0)), Clusters.servingNodes(first(other)));
  }

  @Test
  void aPromotedJoinerOfAnEpochThatWasNeverActivatedIsNotLeftAlone() {
    var state = Clusters.settle(Clusters.table(2, 2, 1));
    state = ChainChanges.declareDead(state, 2, 1);
    state = Clusters.settle(state);
    state = Clusters.plan(ChainChanges.register(state, "store-2", "host:2"));
    var range = first(state);
    assertEquals("1 2?", Clusters.chain(range));
    state = ChainChanges.promote(state, range.getId(), range.getEpoch(), 2);
    assertEquals("1 2", Clusters.chain(first(state)));
    assertEquals(List.of(1), first(state).getActivatedNodesList());
    var suspected = ChainChanges.suspect(state, range.getId(), range.getEpoch() + 1, 2, 1);
    assertEquals(state, suspected);
    var headDead = Clusters.plan(ChainChanges.declareDead(state, 1, 1));
    assertEquals("1 2", Clusters.chain(first(headDead)));
  }

  @Test
  void aMoveEndsOnceTheDestinationServes() {
    var state = Clusters.table(Clusters.settle(Clusters.table(4, 3, 1)), "other", 3, 1);
    state = Clusters.settle(state);
    var range = first(state);
    int to =
        List.of(1, 2, 3, 4).stream()
            .filter(n -> !Clusters.servingNodes(range).contains(n))
            .findFirst()
            .orElseThrow();
    int from = range.getMembers(0).getNode();
    var asked = ChainChanges.move(state, range.getId(), from, to);
    var begun = Clusters.plan(asked);
    assertTrue(Clusters.chain(first(begun)).endsWith(" " + to + "?"), Clusters.chain(first(begun)));
    assertTrue(Clusters.servingNodes(first(begun)).contains(from));
    var done = first(Clusters.plan(Clusters.grantAll(Clusters.grantAll(begun))));
    assertEquals(3, done.getMembersCount());
    assertTrue(Clusters.servingNodes(done).contains(to));
    assertTrue(!Clusters.servingNodes(done).contains(from));
    assertEquals(0, done.getMovingTo());
    assertThrows(HoldfastException.class, () -> ChainChanges.move(asked, range.getId(), to, from));
  }

  @Test
  void lossIsAcceptedForOneNodeOnly() {
    var state = settled;
    for (int node = 1; node <= 3; node++) {
      state = ChainChanges.declareDead(state, node, 1);
    }
    var down = Clusters.plan(ChainChanges.register(state, "empty", "host:4"));
    assertEquals(first(settled), first(down));
    var accepted = ChainChanges.acceptLoss(down, id(), 4);
    assertEquals("4", Clusters.chain(first(accepted)));
    assertEquals(List.of(4), first(accepted).getActivatedNodesList());
    assertEquals(epoch() + 1, first(accepted).getEpoch());
    assertThrows(HoldfastException.class, () -> ChainChanges.acceptLoss(down, id(), 1));
  }

  @Test
  void tablesResolveTheirReplicasWhenTheyAreMade() {
    var definition = settled.getTables(0).getDefinition();
    assertEquals(3, definition.getReplicas());
    assertEquals(2, definition.getMinInSync());
    var asked = definition.toBuilder().clearReplicas().clearMinInSync().build();
    assertSame(settled, Tables.createTable(settled, "job", "table", asked, List.of(), 1));
    var other = definition.toBuilder().setReplicas(2).setMinInSync(1).build();
    assertThrows(
        HoldfastException.class,
        () -> Tables.createTable(settled, "job", "table", other, List.of(), 1));
    var impossible = definition.toBuilder().setReplicas(2).setMinInSync(3).build();
    assertThrows(
        HoldfastException.class,
        () -> Tables.createTable(settled, "job", "new", impossible, List.of(), 1));
  }
}
