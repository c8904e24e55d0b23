package io.holdfast.coordination;

import io.holdfast.v1.CatalogState;
import java.util.Map;

/** What any node may do about another's death, so that a failover needs no controller. */
public final class FailureReports {
  private FailureReports() {}

  /**
   * Records that a life of a node is over, and plans what follows, in one change. Blocks. May be
   * repeated; nothing happens where that life is over already.
   *
   * @throws io.holdfast.model.HoldfastException as {@link Catalog#update}
   */
  public static CatalogState declareDead(
      Catalog catalog, Membership membership, int node, int incarnation) {
    var live = membership.refreshLive();
    return catalog.update(state -> declareDead(state, live, node, incarnation));
  }

  static CatalogState declareDead(
      CatalogState state, Map<Integer, LiveNode> live, int node, int incarnation) {
    boolean meant =
        Chains.node(state, node)
            .filter(known -> known.getIncarnation() == incarnation && !known.getDead())
            .isPresent();
    return meant
        ? Planner.plan(
            ChainChanges.declareDead(state, node, incarnation), live, PlannerOptions.URGENT)
        : state;
  }
}
