package io.holdfast.tools.server;

import io.holdfast.coordination.Catalog;
import io.holdfast.coordination.ChainChanges;
import io.holdfast.coordination.Chains;
import io.holdfast.coordination.LiveNode;
import io.holdfast.coordination.LogEnd;
import io.holdfast.coordination.Planner;
import io.holdfast.coordination.PlannerOptions;
import io.holdfast.coordination.Tables;
import io.holdfast.v1.CatalogState;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A node without a cluster: every range's chain is itself, in an epoch of its own for each start.
 */
final class LoneAuthority implements Authority {
  private final Catalog catalog;
  private final RangeDirectory directory;
  private final int node;
  private final int incarnation;

  private LoneAuthority(Catalog catalog, RangeDirectory directory, int node, int incarnation) {
    this.catalog = catalog;
    this.directory = directory;
    this.node = node;
    this.incarnation = incarnation;
  }

  /** Registers the node's new life, and makes it the chain of every range. Blocks. */
  static LoneAuthority register(
      Catalog catalog, String storeId, String address, RangeDirectory directory) {
    var state =
        catalog.update(
            s -> placed(Tables.homeReplicas(ChainChanges.register(s, storeId, address), 1)));
    var own = Chains.node(state, storeId).orElseThrow();
    return new LoneAuthority(catalog, directory, own.getId(), own.getIncarnation());
  }

  /** Places all ranges on the one node, and activates that at once: there is nobody to agree. */
  private static CatalogState placed(CatalogState state) {
    var own = state.getNodes(0);
    var ends = new HashMap<Integer, LogEnd>();
    var epochs = new HashMap<Integer, Integer>();
    Chains.all(state).forEach(placed -> ends.put(placed.range().getId(), LogEnd.EMPTY));
    var live = Map.of(own.getId(), new LiveNode(own.getId(), own.getIncarnation(), ends));
    var planned = Planner.plan(state, live, new PlannerOptions(true, 0));
    Chains.all(planned)
        .forEach(placed -> epochs.put(placed.range().getId(), placed.range().getEpoch()));
    return ChainChanges.activate(planned, epochs);
  }

  int incarnation() {
    return incarnation;
  }

  @Override
  public CatalogState state() {
    return catalog.state();
  }

  @Override
  public CatalogState refresh() {
    return catalog.state();
  }

  /** One at a time, so that no shard takes up an older catalogue after a newer one. */
  @Override
  public synchronized CatalogState change(UnaryOperator<CatalogState> change) {
    var state = catalog.update(s -> placed(change.apply(s)));
    directory.assign(state, node, incarnation);
    var dropped = state.getDroppedRangesList();
    return dropped.isEmpty() ? state : catalog.update(s -> Tables.forgetRanges(s, dropped));
  }

  @Override
  public Catalog.Watch watch(Runnable changed) {
    return catalog.watch(changed);
  }

  @Override
  public int node() {
    return node;
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
    return Set.of(node);
  }

  @Override
  public boolean isLeased() {
    return true;
  }

  @Override
  public boolean isController() {
    return true;
  }

  @Override
  public void close() {}
}
