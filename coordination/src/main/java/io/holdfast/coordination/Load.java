package io.holdfast.coordination;

import io.holdfast.v1.Member;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What each node that may be given replicas has, or will have once all moves are done. */
final class Load {
  private static final class OfNode {
    int replicas;
    int heads;
    final Map<Integer, Integer> byTable = new HashMap<>();
  }

  private final TreeMap<Integer, OfNode> nodes = new TreeMap<>();

  Load(Iterable<Integer> usable, List<RangeDraft> ranges) {
    usable.forEach(node -> nodes.put(node, new OfNode()));
    for (var range : ranges) {
      for (Member member : range.members()) {
        if (!range.isMoving() || member.getNode() != range.movingFrom()) {
          add(member.getNode(), range.table(), 1);
        }
      }
      if (range.isMoving() && !range.has(range.movingTo())) {
        add(range.movingTo(), range.table(), 1);
      }
      range.serving().stream().findFirst().ifPresent(head -> addHead(head.getNode()));
    }
  }

  void add(int node, int table, int change) {
    var load = nodes.get(node);
    if (load != null) {
      load.replicas += change;
      load.byTable.merge(table, change, Integer::sum);
    }
  }

  void addHead(int node) {
    var load = nodes.get(node);
    if (load != null) {
      load.heads++;
    }
  }

  int replicas(int node) {
    var load = nodes.get(node);
    return load == null ? 0 : load.replicas;
  }

  int replicas(int node, int table) {
    var load = nodes.get(node);
    return load == null ? 0 : load.byTable.getOrDefault(table, 0);
  }

  int heads(int node) {
    var load = nodes.get(node);
    return load == null ? 0 : load.heads;
  }

  /** Nodes that may be given replicas, that with the fewest first. */
  List<Integer> ascending() {
    var order = new ArrayList<>(nodes.keySet());
    order.sort(Comparator.comparingInt(this::replicas));
    return order;
  }

  /** By few replicas of the table, then few at all, then the number of the node. */
  Comparator<Integer> leastOf(int table) {
    return Comparator.<Integer>comparingInt(node -> replicas(node, table))
        .thenComparingInt(this::replicas)
        .thenComparingInt(node -> node);
  }
}
