package io.holdfast.coordination;

import io.holdfast.v1.CatalogState;
import java.util.Map;

/**
 * When an epoch may be activated although a member has left that may not know it. Such a node may
 * still answer "latest" pulls as the tail that it was, for as long as its lease runs (rules P16,
 * P17). Pure.
 */
public final class Leases {
  private Leases() {}

  /**
   * Whether the tail of the activated epoch, where it serves no more, may hold a lease. If so, the
   * head has to let half a session timeout pass, from when it learnt of its epoch, before it
   * records the activation. That is enough as a lease is counted from the sending of a read of the
   * catalogue, with sync, that still showed the node as the tail.
   *
   * @param live nodes whose sessions live: a session's end is after its lease's
   */
  public static boolean mayBeHeld(CatalogState state, Map<Integer, LiveNode> live, int range) {
    var placed = Chains.range(state, range);
    if (placed.isEmpty()) {
      return false;
    }
    var activated = placed.get().range().getActivatedNodesList();
    if (activated.isEmpty()) {
      return false;
    }
    int tail = activated.get(activated.size() - 1); // only the tail answers so
    boolean serves =
        Chains.serving(placed.get().range()).stream().anyMatch(member -> member.getNode() == tail);
    boolean dead = Chains.node(state, tail).map(node -> node.getDead()).orElse(true);
    return !serves && !dead && live.containsKey(tail);
  }
}
