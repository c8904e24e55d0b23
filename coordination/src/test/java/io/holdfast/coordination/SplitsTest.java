package io.holdfast.coordination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Range;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The catalogue's part in a split (rule P24). */
class SplitsTest {
  /** Chain 1 2 3 of each range, activated, on 4 nodes; the first has keys 0 to 99. */
  private final CatalogState settled = Clusters.settle(Clusters.table(4, 3, 2));

  private final int range = Clusters.first(settled).getId();
  private final int left = settled.getLastId() + 1;

  private static Range first(CatalogState state) {
    return Clusters.first(state);
  }

  private static ErrorCode refusal(CatalogState state, int range, long key) {
    return assertThrows(HoldfastException.class, () -> Splits.begin(state, range, key)).code();
  }

  /** One of the first range's serving members has cut it. */
  private CatalogState cut(CatalogState state, int place) {
    var whole = first(state);
    return Splits.cut(state, range, whole.getEpoch(), left, whole.getMembers(place).getNode());
  }

  private CatalogState begun() {
    return Splits.begin(settled, range, 40);
  }

  @Test
  void theHalvesHaveIdsAtOnceAndTheEpochStays() {
    var state = begun();
    assertEquals(first(settled).getEpoch(), first(state).getEpoch());
    assertEquals(40, first(state).getSplit().getKey());
    assertEquals(left, first(state).getSplit().getLeft());
    assertEquals(left + 1, first(state).getSplit().getRight());
    assertEquals(left + 1, state.getLastId());
    assertEquals(state, Clusters.plan(state), "nothing is planned for it");
  }

  @Test
  void theMiddleIsTakenWhereNoKeyIsGiven() {
    assertEquals(50, first(Splits.begin(settled, range, 0)).getSplit().getKey());
    var all = settled.toBuilder();
    all.getTablesBuilder(0).getRangesBuilder(0).setEnd(0);
    assertEquals(
        Long.MIN_VALUE, first(Splits.begin(all.build(), range, 0)).getSplit().getKey());
  }

  @Test
  void theSameWishMayBeRepeatedAndAnotherIsRefused() {
    var state = begun();
    assertSame(state, Splits.begin(state, range, 40));
    assertSame(state, Splits.begin(state, range, 0));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refusal(state, range, 41));
  }

  @Test
  void whatCannotBeSplitIsRefused() {
    int home = settled.getJobs(0).getHome().getId();
    assertEquals(ErrorCode.INVALID_ARGUMENT, refusal(settled, home, 0));
    assertEquals(ErrorCode.KEY_OUT_OF_RANGE, refusal(settled, range, 100));
    int second = settled.getTables(0).getRanges(1).getId();
    assertEquals(ErrorCode.KEY_OUT_OF_RANGE, refusal(settled, second, 100), "its first key");
    assertEquals(ErrorCode.UNKNOWN_RANGE, refusal(settled, 1_000, 0));
    var moving = Clusters.plan(ChainChanges.move(settled, range, outOf(settled), into(settled)));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refusal(moving, range, 40));
    var changed = ChainChanges.suspect(settled, range, first(settled).getEpoch(), at(0), at(2));
    assertEquals(ErrorCode.NOT_READY, refusal(changed, range, 40));
  }

  private int at(int place) {
    return first(settled).getMembers(place).getNode();
  }

  private static int outOf(CatalogState state) {
    return first(state).getMembers(2).getNode();
  }

  private static int into(CatalogState state) {
    return state.getNodesList().stream()
        .mapToInt(node -> node.getId())
        .filter(node -> !Clusters.servingNodes(first(state)).contains(node))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aRangeThatIsBeingSplitDoesNotMove() {
    var error =
        assertThrows(
            HoldfastException.class,
            () -> ChainChanges.move(begun(), range, outOf(settled), into(settled)));
    assertEquals(ErrorCode.INVALID_ARGUMENT, error.code());
    var draining =
        ChainChanges.want(begun(), outOf(settled), io.holdfast.v1.Node.Wanted.DRAINING);
    assertEquals(0, first(Clusters.plan(draining)).getMovingTo());
  }

  @Test
  void theHalvesTakeThePlaceOnceAllServingMembersHaveThem() {
    var state = cut(cut(begun(), 0), 2);
    assertEquals(first(begun()).getEpoch(), first(Clusters.plan(state)).getEpoch());
    state = Clusters.plan(cut(state, 1));
    var table = state.getTables(0);
    assertEquals(3, table.getRangesCount());
    var leftHalf = table.getRanges(0);
    var rightHalf = table.getRanges(1);
    assertEquals(List.of(left, left + 1), List.of(leftHalf.getId(), rightHalf.getId()));
    assertEquals(
        List.of(0L, 40L, 40L, 100L),
        List.of(
            leftHalf.getStart(), leftHalf.getEnd(), rightHalf.getStart(), rightHalf.getEnd()));
    for (var half : List.of(leftHalf, rightHalf)) {
      assertEquals(first(settled).getMembersList(), half.getMembersList());
      assertEquals(first(settled).getEpoch() + 1, half.getEpoch());
      assertFalse(Chains.isActivated(half));
      assertEquals(Clusters.servingNodes(first(settled)), half.getActivatedNodesList());
      assertEquals(List.of(range), half.getAncestorsList());
      assertFalse(half.hasSplit());
    }
    assertEquals(List.of(range), state.getDroppedRangesList());
    assertEquals(List.of(leftHalf, rightHalf), Splits.halves(state, range, 40));
    assertEquals(List.of(leftHalf, rightHalf), Splits.halves(state, range, 0));
    assertEquals(List.of(), Splits.halves(state, range, 41));
    assertEquals(state, Clusters.plan(state), "a plan of a plan is that plan");
    assertEquals(state, Splits.cut(state, range, first(settled).getEpoch(), left, at(0)));
  }

  @Test
  void aHalfThatIsSplitNamesAllThatItCameFrom() {
    var state = Clusters.settle(cut(cut(cut(begun(), 0), 1), 2));
    var again = Splits.begin(state, left, 20);
    for (int node : Clusters.servingNodes(first(again))) {
      again = Splits.cut(again, left, first(again).getEpoch(), left + 2, node);
    }
    assertEquals(List.of(range, left), first(Clusters.plan(again)).getAncestorsList());
    assertEquals(List.of(), Splits.halves(Clusters.plan(again), range, 0));
  }

  @Test
  void aMemberThatDiesIsNotWaitedFor() {
    var state = cut(cut(begun(), 1), 2);
    var dead = Clusters.plan(ChainChanges.declareDead(state, at(0), 1));
    assertEquals(left, first(dead).getId());
    assertEquals(List.of(at(1), at(2)), Clusters.servingNodes(first(dead)));
    assertEquals(List.of(at(1), at(2)), first(dead).getActivatedNodesList());
  }

  @Test
  void whoLosesItsRoleHasToSayAgainThatItHasTheHalves() {
    var state = cut(begun(), 0);
    var dead = Clusters.plan(ChainChanges.declareDead(state, at(0), 1));
    assertEquals(List.of(), first(dead).getSplit().getCutNodesList());
    var late = Splits.cut(dead, range, first(state).getEpoch(), left, at(1));
    assertEquals(dead, late, "of the epoch before");
  }

  @Test
  void onlyServingMembersOfThatSplitCount() {
    var state = begun();
    int epoch = first(state).getEpoch();
    assertEquals(state, Splits.cut(state, range, epoch, left, into(settled)));
    assertEquals(state, Splits.cut(state, range, epoch, left + 7, at(0)));
    assertEquals(state, Splits.cut(state, range, epoch + 1, left, at(0)));
  }

  @Test
  void aTableThatIsDroppedTakesTheHalvesAlong() {
    var state = begun();
    var dropped = Tables.dropTable(state, state.getTables(0));
    assertTrue(dropped.getDroppedRangesList().containsAll(List.of(range, left, left + 1)));
  }
}
