package io.holdfast.coordination;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Member;
import io.holdfast.v1.Node;
import io.holdfast.v1.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Changes of nodes and chains, as pure functions from state to state. Those that name an epoch
 * return the equal state where the chain is in another one by now: the situation that was meant is
 * over. All may be repeated.
 */
public final class ChainChanges {
  private ChainChanges() {}

  /**
   * A store's process has begun a new life: its node (made where the store is unknown, rule P21)
   * has one incarnation more and is not dead.
   *
   * @throws HoldfastException INVALID_ARGUMENT where an operator has removed the node
   */
  public static CatalogState register(CatalogState state, String storeId, String address) {
    var known = Chains.node(state, storeId);
    if (known.isEmpty()) {
      int id = state.getLastNode() + 1;
      return state.toBuilder()
          .setLastNode(id)
          .addNodes(
              Node.newBuilder().setId(id).setStoreId(storeId).setAddress(address).setIncarnation(1))
          .build();
    }
    var node = known.get();
    if (node.getWanted() == Node.Wanted.REMOVED) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "node "
              + node.getId()
              + " (store "
              + storeId
              + ") has been removed from the cluster: make it active again with 'node undrain "
              + node.getId()
              + "', or start with an empty data directory, which registers as another node");
    }
    return changeNode(
        Restores.reborn(state, node.getId()),
        node.getId(),
        n ->
            n.toBuilder()
                .setIncarnation(n.getIncarnation() + 1)
                .setAddress(address)
                .setDead(false)
                .build());
  }

  /**
   * All members of the epoch have adopted it: only its serving members may recover the range now
   * (P3, P22).
   */
  public static CatalogState activate(CatalogState state, int range, int epoch) {
    return activate(state, Map.of(range, epoch));
  }

  /** The same for several, as range to epoch. */
  public static CatalogState activate(CatalogState state, Map<Integer, Integer> rangesToEpochs) {
    return Chains.map(
        state,
        range -> {
          var epoch = rangesToEpochs.get(range.getId());
          return epoch == null || epoch != range.getEpoch() || Chains.isActivated(range)
              ? range
              : activated(range);
        });
  }

  private static Range activated(Range range) {
    return range.toBuilder()
        .setActivatedEpoch(range.getEpoch())
        .clearActivatedNodes()
        .addAllActivatedNodes(Chains.serving(range).stream().map(Member::getNode).toList())
        .build();
  }

  /** The member that syncs has caught up: it serves, as the tail (rule P19). */
  public static CatalogState promote(CatalogState state, int range, int epoch, int node) {
    return at(
        state,
        range,
        epoch,
        current -> {
          var members = new ArrayList<Member>();
          for (var member : current.getMembersList()) {
            members.add(
                member.getNode() == node && member.getRole() == Member.Role.SYNCING
                    ? member.toBuilder().setRole(Member.Role.SERVING).build()
                    : member);
          }
          return withMembers(current, members);
        });
  }

  /**
   * A node's replica is damaged (rule P23): it leaves the chain, and may not recover the range. The
   * planner lets it come back as a copy. Where no serving member is left that could lead, the
   * members stay until another node that has every acknowledged push is back; where there is none,
   * nothing changes: an operator has to accept the loss.
   */
  public static CatalogState quarantine(CatalogState state, int range, int epoch, int node) {
    return at(
        state,
        range,
        epoch,
        current -> {
          var authorities =
              current.getActivatedNodesList().stream().filter(other -> other != node).toList();
          if (authorities.isEmpty()) {
            return current;
          }
          var without = without(current, member -> member.getNode() == node);
          var next = isLed(without) ? without : current;
          return next.toBuilder().clearActivatedNodes().addAllActivatedNodes(authorities).build();
        });
  }

  /**
   * {@code reporter} cannot work with {@code about} (rule P8): one of them leaves the chain. It is
   * {@code about}, unless too few would serve then and {@code about} is alive: then it may be the
   * reporter whom nobody reaches. A serving member that may lead always stays.
   */
  public static CatalogState suspect(
      CatalogState state, int range, int epoch, int reporter, int about) {
    var placed = Chains.range(state, range);
    if (placed.isEmpty()
        || placed.get().range().getEpoch() != epoch
        || !has(placed.get().range(), reporter)
        || !has(placed.get().range(), about)
        || reporter == about) {
      return state;
    }
    var current = placed.get().range();
    var withoutAbout = without(current, member -> member.getNode() == about);
    var withoutReporter = without(current, member -> member.getNode() == reporter);
    boolean enough = Chains.serving(withoutAbout).size() >= placed.get().minInSync();
    boolean served = Chains.serving(withoutAbout).size() < Chains.serving(current).size();
    var choices =
        served && !enough && isAlive(state, current, about)
            ? List.of(withoutReporter, withoutAbout)
            : List.of(withoutAbout);
    return choices.stream()
        .filter(ChainChanges::isLed)
        .findFirst()
        .map(next -> Chains.replace(state, next))
        .orElse(state);
  }

  /** A life of a node is over, whatever its session says. */
  public static CatalogState declareDead(CatalogState state, int node, int incarnation) {
    return changeNode(
        state,
        node,
        n -> n.getIncarnation() == incarnation ? n.toBuilder().setDead(true).build() : n);
  }

  /**
   * What an operator wants a node to be.
   *
   * @throws HoldfastException INVALID_ARGUMENT where there is no such node
   */
  public static CatalogState want(CatalogState state, int node, Node.Wanted wanted) {
    requireNode(state, node);
    return changeNode(state, node, n -> n.toBuilder().setWanted(wanted).build());
  }

  /**
   * Records that a node's replica is to move. The planner does it, and drops the wish where {@code
   * to} dies before.
   *
   * @throws HoldfastException UNKNOWN_RANGE, INVALID_ARGUMENT
   */
  public static CatalogState move(CatalogState state, int range, int from, int to) {
    var current = Chains.existing(state, range).range();
    if (current.getMovingFrom() == from && current.getMovingTo() == to) {
      return state;
    }
    if (!has(current, from)) {
      throw invalid("node " + from + " has no replica of range " + range + ": see 'status'");
    }
    if (has(current, to)) {
      throw invalid("node " + to + " has a replica of range " + range + " already");
    }
    if (current.getMovingTo() != 0) {
      throw invalid(
          "range "
              + range
              + " is moving from node "
              + current.getMovingFrom()
              + " to "
              + current.getMovingTo()
              + " already: wait until 'status' shows that it is done");
    }
    if (current.hasSplit()) {
      throw invalid(
          "range "
              + range
              + " is being split: wait until 'range list' shows its halves, and move those");
    }
    var target = requireNode(state, to);
    if (target.getDead() || target.getWanted() != Node.Wanted.ACTIVE) {
      throw invalid("node " + to + " is not live and active: choose another, or activate it");
    }
    return Chains.replace(state, current.toBuilder().setMovingFrom(from).setMovingTo(to).build());
  }

  /**
   * Goes on with what one node has, although acknowledged pushes may be lost: an operator's last
   * resort (rule P22).
   *
   * @throws HoldfastException UNKNOWN_RANGE, INVALID_ARGUMENT where the node is dead
   */
  public static CatalogState acceptLoss(CatalogState state, int range, int node) {
    var current = Chains.existing(state, range).range();
    var survivor = requireNode(state, node);
    if (survivor.getDead()) {
      throw invalid("node " + node + " is dead: start it first, or choose a live one");
    }
    var alone =
        Member.newBuilder()
            .setNode(node)
            .setIncarnation(survivor.getIncarnation())
            .setRole(Member.Role.SERVING)
            .build();
    return Chains.replace(
        state,
        withMembers(current, List.of(alone)).toBuilder()
            .clearActivatedNodes()
            .addActivatedNodes(node)
            .clearMovingFrom()
            .clearMovingTo()
            .build());
  }

  /** Whether the first serving member has every acknowledged push, and may lead therefore. */
  static boolean isLed(Range range) {
    var serving = Chains.serving(range);
    return !serving.isEmpty()
        && range.getActivatedNodesList().contains(serving.getFirst().getNode());
  }

  /** The range with these members, in a new epoch where they differ. */
  static Range withMembers(Range range, List<Member> members) {
    if (members.equals(range.getMembersList())) {
      return range;
    }
    var next =
        range.toBuilder()
            .clearMembers()
            .addAllMembers(members)
            .setEpoch(range.getEpoch() + 1)
            .build();
    return Splits.keepCut(range, next);
  }

  private static Range without(Range range, Predicate<Member> gone) {
    return withMembers(range, range.getMembersList().stream().filter(gone.negate()).toList());
  }

  private static boolean has(Range range, int node) {
    return range.getMembersList().stream().anyMatch(member -> member.getNode() == node);
  }

  private static boolean isAlive(CatalogState state, Range range, int node) {
    return range.getMembersList().stream()
        .filter(member -> member.getNode() == node)
        .anyMatch(
            member ->
                Chains.node(state, node)
                    .filter(n -> !n.getDead() && n.getIncarnation() == member.getIncarnation())
                    .isPresent());
  }

  private static CatalogState at(
      CatalogState state, int range, int epoch, UnaryOperator<Range> change) {
    return Chains.range(state, range)
        .map(Chains.Placed::range)
        .filter(current -> current.getEpoch() == epoch)
        .map(current -> Chains.replace(state, change.apply(current)))
        .orElse(state);
  }

  private static CatalogState changeNode(CatalogState state, int id, UnaryOperator<Node> change) {
    for (int i = 0; i < state.getNodesCount(); i++) {
      if (state.getNodes(i).getId() == id) {
        return state.toBuilder().setNodes(i, change.apply(state.getNodes(i))).build();
      }
    }
    return state;
  }

  private static Node requireNode(CatalogState state, int id) {
    return Chains.node(state, id)
        .orElseThrow(() -> invalid("there is no node " + id + ": see 'status' for those that are"));
  }

  private static HoldfastException invalid(String message) {
    return new HoldfastException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
