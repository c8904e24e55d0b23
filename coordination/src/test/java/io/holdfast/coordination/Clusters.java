package io.holdfast.coordination;

import io.holdfast.model.KeyRange;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Member;
import io.holdfast.v1.Range;
import io.holdfast.v1.TableDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Catalogues for tests. */
final class Clusters {
  private Clusters() {}

  /** Nodes 1 to {@code nodes}, each in its first life; home ranges on {@code replicas} of them. */
  static CatalogState nodes(int nodes, int replicas) {
    var state = CatalogState.newBuilder().setFormat(1).setHomeReplicas(replicas).build();
    for (int i = 1; i <= nodes; i++) {
      state = ChainChanges.register(state, "store-" + i, "host:" + i);
    }
    return state;
  }

  /** The same with a job and a table of {@code ranges}, not yet placed. */
  static CatalogState table(int nodes, int replicas, int ranges) {
    return table(Tables.openJob(nodes(nodes, replicas), "job"), "table", replicas, ranges);
  }

  static CatalogState table(CatalogState state, String name, int replicas, int ranges) {
    var keys = new ArrayList<KeyRange>();
    for (int i = 0; i < ranges; i++) {
      keys.add(new KeyRange(i * 100L, i * 100L + 100));
    }
    var definition = TableDefinition.newBuilder().setRows(ranges * 100L).setWidth(1).build();
    return Tables.createTable(state, "job", name, definition, keys, replicas);
  }

  /** All nodes that are not declared dead, without log ends. */
  static Map<Integer, LiveNode> allLive(CatalogState state) {
    var live = new TreeMap<Integer, LiveNode>();
    for (var node : state.getNodesList()) {
      if (!node.getDead()) {
        live.put(node.getId(), new LiveNode(node.getId(), node.getIncarnation(), Map.of()));
      }
    }
    return live;
  }

  static CatalogState plan(CatalogState state) {
    return Planner.plan(state, allLive(state), new PlannerOptions(false, 4));
  }

  /** Plans, activates and promotes until nothing is left to do. */
  static CatalogState settle(CatalogState state) {
    for (int i = 0; i < 10_000; i++) {
      var next = grantAll(plan(state));
      if (next.equals(state)) {
        return state;
      }
      state = next;
    }
    throw new AssertionError("it does not come to rest");
  }

  /** Activates every epoch, and promotes every joiner. */
  static CatalogState grantAll(CatalogState state) {
    for (var placed : Chains.all(state)) {
      var range = placed.range();
      if (range.getEpoch() > 0) {
        state = ChainChanges.activate(state, range.getId(), range.getEpoch());
      }
      for (var member : range.getMembersList()) {
        if (member.getRole() == Member.Role.SYNCING) {
          state = ChainChanges.promote(state, range.getId(), range.getEpoch(), member.getNode());
        }
      }
    }
    return state;
  }

  static Range range(CatalogState state, int id) {
    return Chains.existing(state, id).range();
  }

  /** The first range of the first table. */
  static Range first(CatalogState state) {
    return state.getTables(0).getRanges(0);
  }

  static List<Integer> servingNodes(Range range) {
    return Chains.serving(range).stream().map(Member::getNode).toList();
  }

  /** The chain as text: {@code 1 2 3? 4.}: two that serve, one that syncs, one that waits. */
  static String chain(Range range) {
    var text = new StringBuilder();
    for (var member : range.getMembersList()) {
      text.append(text.isEmpty() ? "" : " ").append(member.getNode());
      switch (member.getRole()) {
        case SYNCING -> text.append('?');
        case WAITING -> text.append('.');
        default -> {}
      }
    }
    return text.toString();
  }
}
