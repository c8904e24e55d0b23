package io.holdfast.coordination;

import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Member;
import io.holdfast.v1.Node;
import io.holdfast.v1.Range;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where replicas are to be, as a pure function (rule P28). The same input gives the same output,
 * and a plan of a plan is that plan.
 *
 * <p>For each range, in this order:
 *
 * <ol>
 *   <li>members that are dead leave; the serving ones that are left keep their order (P3, P18), so
 *       that each has all that its successors have. The first of them leads, which it may where it
 *       is among {@code activated_nodes} and has served ever since;
 *   <li>where none may lead, that of {@code activated_nodes} with the longest log does, alone
 *       (P22); one that was never activated has nothing to lose: any node begins it;
 *   <li>missing replicas are placed on other nodes, and one at a time syncs (P19);
 *   <li>moves are begun, or ended once the destination serves in an activated epoch (P24).
 * </ol>
 *
 * <p>Then halves take the place of ranges that all serving members have cut (P24), and are planned
 * for like any other.
 *
 * <p>A node is never made a joiner while it is in {@code activated_nodes}. So whoever is a member
 * and in that list has not lost its role since, and no half-made copy recovers a range.
 */
public final class Planner {
  private final PlannerOptions options;

  /** Nodes that live, by number. */
  private final TreeMap<Integer, LiveNode> live = new TreeMap<>();

  /** All known nodes, by number. */
  private final Map<Integer, Node> nodes = new HashMap<>();

  private final List<RangeDraft> ranges = new ArrayList<>();
  private Load load;

  private Planner(CatalogState state, Map<Integer, LiveNode> live, PlannerOptions options) {
    this.options = options;
    for (var node : state.getNodesList()) {
      nodes.put(node.getId(), node);
      var alive = live.get(node.getId());
      if (alive != null && alive.incarnation() == node.getIncarnation() && !node.getDead()) {
        this.live.put(node.getId(), alive);
      }
    }
    Chains.all(state).forEach(placed -> ranges.add(new RangeDraft(placed)));
    ranges.forEach(this::dropDead);
    load = count();
  }

  /**
   * @param live nodes whose sessions live, by number; those whose incarnation is not the state's,
   *     or is declared dead there, do not count
   */
  public static CatalogState plan(
      CatalogState state, Map<Integer, LiveNode> live, PlannerOptions options) {
    var planned = planOnce(state, live, options);
    var flipped = Splits.flip(planned);
    return flipped == planned ? planned : planOnce(flipped, live, options);
  }

  private static CatalogState planOnce(
      CatalogState state, Map<Integer, LiveNode> live, PlannerOptions options) {
    var planner = new Planner(state, live, options);
    planner.plan();
    var planned = new HashMap<Integer, Range>();
    planner.ranges.forEach(range -> planned.put(range.id(), range.build()));
    return Chains.map(state, range -> planned.getOrDefault(range.getId(), range));
  }

  /** Whether some range could be recovered (rule P22), but waits for more of its nodes. */
  public static boolean isWaitingForGrace(CatalogState state, Map<Integer, LiveNode> live) {
    var planner = new Planner(state, live, PlannerOptions.URGENT);
    return planner.ranges.stream()
        .anyMatch(
            range ->
                !range.isNew()
                    && !range.wasNeverActivated()
                    && !planner.isLed(range, range.serving())
                    && !planner.candidates(range).isEmpty()
                    && planner.isAwaitingMore(range));
  }

  private Load count() {
    return new Load(live.keySet().stream().filter(this::isActive).toList(), ranges);
  }

  private void plan() {
    ranges.stream()
        .filter(range -> !range.isNew() && !isLed(range, range.serving()))
        .forEach(this::recover);
    ranges.forEach(this::endMove);
    load = count();
    for (var range : ranges) {
      if (range.isNew()) {
        place(range);
      } else if (isLed(range, range.serving())) {
        dropSurplus(range);
        fill(range);
        range.takeTurn();
      }
    }
    load = count();
    drain();
    balance();
  }

  private boolean isAlive(Member member) {
    var node = live.get(member.getNode());
    return node != null && node.incarnation() == member.getIncarnation();
  }

  private boolean isActive(int node) {
    var known = nodes.get(node);
    return known != null && known.getWanted() == Node.Wanted.ACTIVE;
  }

  private boolean isRemoved(int node) {
    var known = nodes.get(node);
    return known == null || known.getWanted() == Node.Wanted.REMOVED;
  }

  /** Whether a node may be given replicas. */
  private boolean isUsable(int node) {
    return live.containsKey(node) && isActive(node);
  }

  private int incarnation(int node) {
    var alive = live.get(node);
    if (alive == null) {
      throw new IllegalStateException("node " + node + " is not alive");
    }
    return alive.incarnation();
  }

  private LogEnd end(int node, RangeDraft range) {
    var alive = live.get(node);
    return alive == null ? LogEnd.UNUSABLE : alive.ends().getOrDefault(range.id(), LogEnd.EMPTY);
  }

  /** Whether the first of {@code serving} may lead. */
  private boolean isLed(RangeDraft range, List<Member> serving) {
    return !serving.isEmpty()
        && isAlive(serving.getFirst())
        && range.isAuthority(serving.getFirst().getNode());
  }

  /**
   * The dead leave, if that leaves one who may lead; nodes that are to be removed leave likewise,
   * and joiners on nodes that are not to have replicas.
   */
  private void dropDead(RangeDraft range) {
    var survivors = range.serving().stream().filter(this::isAlive).toList();
    if (!isLed(range, survivors)) {
      return;
    }
    range.drop(member -> !isAlive(member));
    range.drop(member -> !RangeDraft.serves(member) && !isActive(member.getNode()));
    var kept = survivors.stream().filter(member -> !isRemoved(member.getNode())).toList();
    if (isLed(range, kept)) {
      range.drop(member -> isRemoved(member.getNode()));
    }
  }

  // ---- recovery (P22)

  private List<Integer> candidates(RangeDraft range) {
    return range.authorities().stream()
        .filter(live::containsKey)
        .filter(node -> end(node, range).isUsable())
        .toList();
  }

  private boolean isAwaitingMore(RangeDraft range) {
    return range.authorities().stream()
        .anyMatch(node -> !live.containsKey(node) && !isRemoved(node));
  }

  /** Of equally long logs that of the node with the fewest heads. */
  private void recover(RangeDraft range) {
    if (range.wasNeverActivated()) {
      // One alone, as others may have unlike logs from before.
      load.ascending().stream()
          .filter(node -> end(node, range).isUsable())
          .min(load.leastOf(range.table()))
          .ifPresent(
              node -> {
                range.begin(node, incarnation(node));
                load.addHead(node);
              });
      return;
    }
    if (isAwaitingMore(range) && !options.graceOver()) {
      return;
    }
    var best =
        candidates(range).stream()
            .min(
                Comparator.<Integer, LogEnd>comparing(
                        node -> end(node, range), Comparator.reverseOrder())
                    .thenComparingInt(load::heads)
                    .thenComparingInt(node -> node));
    best.ifPresent(
        node -> {
          range.restart(node, incarnation(node));
          load.addHead(node);
        });
  }

  // ---- placing

  private void place(RangeDraft range) {
    var chosen = new ArrayList<Integer>();
    for (int i = 0; i < range.missing(); i++) {
      load.ascending().stream()
          .filter(node -> !chosen.contains(node))
          .min(load.leastOf(range.table()))
          .ifPresent(chosen::add);
    }
    if (chosen.isEmpty()) {
      return;
    }
    chosen.sort(Comparator.<Integer>comparingInt(load::heads).thenComparingInt(node -> node));
    load.addHead(chosen.getFirst());
    for (int node : chosen) {
      join(range, node, Member.Role.SERVING);
    }
  }

  private void join(RangeDraft range, int node, Member.Role role) {
    range.add(node, incarnation(node), role);
    load.add(node, range.table(), 1);
  }

  /** A node that has had the range syncs cheaply, from the log. */
  private void fill(RangeDraft range) {
    for (int missing = range.missing(); missing > 0; missing--) {
      var chosen =
          load.ascending().stream()
              .filter(node -> !range.has(node))
              .min(
                  Comparator.<Integer>comparingInt(node -> hasHad(range, node) ? 0 : 1)
                      .thenComparing(load.leastOf(range.table())));
      if (chosen.isEmpty()) {
        return;
      }
      join(range, chosen.get(), Member.Role.WAITING);
    }
  }

  private boolean hasHad(RangeDraft range, int node) {
    var alive = live.get(node);
    return range.isAuthority(node) || (alive != null && alive.ends().containsKey(range.id()));
  }

  /** More members than are wanted: after a move that was given up when it was nearly done. */
  private void dropSurplus(RangeDraft range) {
    while (range.members().size() > range.wanted()) {
      var surplus =
          range.members().stream()
              .filter(member -> !RangeDraft.serves(member) || range.isActivated())
              .filter(member -> !range.isMoving() || member.getNode() != range.movingTo())
              .max(
                  Comparator.<Member>comparingInt(member -> RangeDraft.serves(member) ? 0 : 1)
                      .thenComparingInt(member -> isActive(member.getNode()) ? 0 : 1)
                      .thenComparingInt(member -> range.members().indexOf(member)));
      if (surplus.isEmpty()) {
        return;
      }
      int node = surplus.get().getNode();
      range.drop(node);
      load.add(node, range.table(), -1);
    }
  }

  // ---- moves (P24)

  private void endMove(RangeDraft range) {
    if (!range.isMoving() || !isLed(range, range.serving())) {
      return;
    }
    int from = range.movingFrom();
    int to = range.movingTo();
    if (!range.has(from) || !isUsable(to)) {
      range.move(0, 0);
    } else if (range.serves(to) && range.isActivated()) {
      range.drop(from);
      range.move(0, 0);
    } else if (!range.has(to)) {
      range.add(to, incarnation(to), Member.Role.WAITING);
    }
  }

  private int movesLeft() {
    return options.maxMovesAtOnce() - (int) ranges.stream().filter(RangeDraft::isMoving).count();
  }

  private void begin(RangeDraft range, int from, int to) {
    range.move(from, to);
    load.add(from, range.table(), -1);
    join(range, to, Member.Role.WAITING);
    range.takeTurn();
  }

  private boolean isMovable(RangeDraft range) {
    return !range.isMoving()
        && !range.isSplit()
        && range.isSettled()
        && range.members().stream().allMatch(this::isAlive);
  }

  /** Replicas on nodes that are to be emptied move to others, as far as there are any. */
  private void drain() {
    int left = movesLeft();
    for (var range : ranges) {
      if (left <= 0) {
        return;
      }
      if (!isMovable(range)) {
        continue;
      }
      var from =
          range.serving().stream().map(Member::getNode).filter(node -> !isActive(node)).findFirst();
      var to =
          load.ascending().stream()
              .filter(node -> !range.has(node))
              .min(load.leastOf(range.table()));
      if (from.isPresent() && to.isPresent()) {
        begin(range, from.get(), to.get());
        left--;
      }
    }
  }

  /**
   * From nodes with two replicas more than another to that other: each move makes the difference
   * smaller, so that it ends.
   */
  private void balance() {
    for (int left = movesLeft(); left > 0; left--) {
      if (!moveOne()) {
        return;
      }
    }
  }

  private boolean moveOne() {
    var ascending = load.ascending();
    for (int from : ascending.reversed()) {
      for (int to : ascending) {
        if (load.replicas(from) - load.replicas(to) < 2) {
          break;
        }
        var best =
            ranges.stream()
                .filter(range -> isMovable(range) && range.serves(from) && !range.has(to))
                .max(
                    Comparator.comparingInt(
                        range ->
                            load.replicas(from, range.table()) - load.replicas(to, range.table())));
        if (best.isPresent()) {
          begin(best.get(), from, to);
          return true;
        }
      }
    }
    return false;
  }
}
