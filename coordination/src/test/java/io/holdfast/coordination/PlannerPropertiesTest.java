package io.holdfast.coordination;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Member;
import io.holdfast.v1.Node;
import io.holdfast.v1.Range;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Random histories of deaths, returns, activations, promotions, suspicions, drains and moves; after
 * each step what must hold of any plan.
 */
class PlannerPropertiesTest {
  private static final int HISTORIES = 2_000;
  private static final int STEPS = 60;

  @Test
  void everyPlanKeepsTheRules() {
    for (long seed = 1; seed <= HISTORIES; seed++) {
      var history = new History(seed);
      for (int step = 0; step < STEPS; step++) {
        history.step();
      }
      history.heal();
    }
  }

  /** One cluster. */
  private static final class History {
    private final long seed;
    private final Random random;
    private final Map<Integer, LiveNode> live = new TreeMap<>();
    private CatalogState state;
    private String last = "";

    History(long seed) {
      this.seed = seed;
      random = new Random(seed);
      int nodes = 1 + random.nextInt(6);
      int replicas = 1 + random.nextInt(3);
      state = Clusters.table(nodes, replicas, 1 + random.nextInt(8));
      live.putAll(Clusters.allLive(state));
    }

    void step() {
      int node = 1 + random.nextInt(state.getNodesCount());
      var range = any();
      switch (random.nextInt(12)) {
        case 0, 1 -> die(node);
        case 2, 3 -> comeBack(node);
        case 4, 5, 6 -> activate(range);
        case 7, 8 -> promote(range);
        case 9 -> want(node);
        case 10 -> suspect(range);
        default -> move(range);
      }
      plan(random.nextInt(4) == 0);
    }

    private Range any() {
      var all = Chains.all(state);
      return all.get(random.nextInt(all.size())).range();
    }

    private void die(int node) {
      last = "death of " + node;
      if (live.remove(node) != null && random.nextBoolean()) {
        var known = Chains.node(state, node).orElseThrow();
        state = ChainChanges.declareDead(state, node, known.getIncarnation());
      }
    }

    private void comeBack(int node) {
      last = "return of " + node;
      var known = Chains.node(state, node).orElseThrow();
      if (known.getWanted() == Node.Wanted.REMOVED) {
        return;
      }
      state = ChainChanges.register(state, known.getStoreId(), known.getAddress());
      var ends = new HashMap<Integer, LogEnd>();
      for (var placed : Chains.all(state)) {
        if (random.nextInt(3) > 0) {
          ends.put(placed.range().getId(), new LogEnd(1 + random.nextInt(3), random.nextInt(100)));
        }
      }
      live.put(node, new LiveNode(node, known.getIncarnation() + 1, ends));
    }

    /** Only where all serving members live they can have adopted the epoch. */
    private void activate(Range range) {
      last = "activation of " + range.getId();
      if (Chains.serving(range).stream().allMatch(this::isAlive)) {
        state = ChainChanges.activate(state, range.getId(), range.getEpoch());
      }
    }

    private void promote(Range range) {
      last = "promotion in " + range.getId();
      for (var member : range.getMembersList()) {
        if (member.getRole() == Member.Role.SYNCING && isAlive(member)) {
          state = ChainChanges.promote(state, range.getId(), range.getEpoch(), member.getNode());
        }
      }
    }

    private void want(int node) {
      var wanted =
          List.of(Node.Wanted.ACTIVE, Node.Wanted.ACTIVE, Node.Wanted.DRAINING, Node.Wanted.REMOVED)
              .get(random.nextInt(4));
      last = node + " is wanted " + wanted;
      state = ChainChanges.want(state, node, wanted);
    }

    private void suspect(Range range) {
      if (range.getMembersCount() > 1) {
        int reporter = random.nextInt(range.getMembersCount() - 1);
        int from = range.getMembers(reporter).getNode();
        int about = range.getMembers(reporter + 1).getNode();
        last = from + " suspects " + about + " in " + range.getId();
        state =
            random.nextBoolean()
                ? ChainChanges.suspect(state, range.getId(), range.getEpoch(), from, about)
                : ChainChanges.quarantine(state, range.getId(), range.getEpoch(), about);
      }
    }

    private void move(Range range) {
      var from = range.getMembersList().stream().findFirst();
      var to = live.keySet().stream().filter(node -> !has(range, node)).findFirst();
      if (from.isPresent()
          && to.isPresent()
          && range.getMovingTo() == 0
          && Chains.node(state, to.get()).orElseThrow().getWanted() == Node.Wanted.ACTIVE) {
        last = "move of " + range.getId();
        state = ChainChanges.move(state, range.getId(), from.get().getNode(), to.get());
      }
    }

    private static boolean has(Range range, int node) {
      return range.getMembersList().stream().anyMatch(member -> member.getNode() == node);
    }

    private boolean isAlive(Member member) {
      var node = live.get(member.getNode());
      return node != null && node.incarnation() == member.getIncarnation();
    }

    private void plan(boolean graceOver) {
      var options = new PlannerOptions(graceOver, random.nextInt(3));
      var next = Planner.plan(state, live, options);
      assertEquals(next, Planner.plan(next, live, options), where() + "not a fixpoint");
      assertEquals(next, Planner.plan(state, new HashMap<>(live), options), where());
      int moving = 0;
      int movingBefore = 0;
      for (var placed : Chains.all(next)) {
        var before = Clusters.range(state, placed.range().getId());
        checkChange(before, placed, graceOver);
        moving += placed.range().getMovingTo() != 0 ? 1 : 0;
        movingBefore += before.getMovingTo() != 0 ? 1 : 0;
      }
      assertTrue(moving <= Math.max(movingBefore, options.maxMovesAtOnce()), where());
      state = next;
    }

    private void checkChange(Range before, Chains.Placed placed, boolean graceOver) {
      var after = placed.range();
      var text = where() + before + " -> " + after;
      boolean changed = !before.getMembersList().equals(after.getMembersList());
      assertEquals(before.getEpoch() + (changed ? 1 : 0), after.getEpoch(), text);
      checkShape(placed, text);
      for (var member : after.getMembersList()) {
        if (!before.getMembersList().contains(member)) {
          assertTrue(isAlive(member), text);
        }
      }
      if (!changed || before.getEpoch() == 0) {
        return;
      }
      if (before.getActivatedEpoch() == 0 && !isLed(before)) {
        checkBegun(after, text);
        return;
      }
      assertEquals(before.getActivatedNodesList(), after.getActivatedNodesList(), text);
      var head = after.getMembers(0);
      assertEquals(Member.Role.SERVING, head.getRole(), text);
      assertTrue(isAlive(head), text);
      assertTrue(before.getActivatedNodesList().contains(head.getNode()), text);
      assertTrue(after.getMembersList().stream().allMatch(this::isAlive), text);
      var servedBefore = new ArrayList<>(Chains.serving(before));
      var served = Chains.serving(after);
      if (servedBefore.contains(head)) {
        servedBefore.retainAll(served);
        assertEquals(servedBefore, served, text);
      } else {
        checkRecovery(before, served, graceOver, text);
      }
    }

    private boolean isLed(Range range) {
      return Chains.serving(range).stream()
          .filter(this::isAlive)
          .findFirst()
          .filter(member -> range.getActivatedNodesList().contains(member.getNode()))
          .isPresent();
    }

    /** It never had anything. */
    private void checkBegun(Range after, String text) {
      assertEquals(1, Chains.serving(after).size(), text);
      assertEquals(Clusters.servingNodes(after), after.getActivatedNodesList(), text);
      assertTrue(after.getMembersList().stream().allMatch(this::isAlive), text);
    }

    /** Rule P22. */
    private void checkRecovery(Range before, List<Member> served, boolean graceOver, String text) {
      assertEquals(1, served.size(), text);
      var first = Chains.serving(before).stream().filter(this::isAlive).findFirst();
      assertTrue(
          first.isEmpty() || !before.getActivatedNodesList().contains(first.get().getNode()), text);
      var end = end(served.getFirst().getNode(), before.getId());
      for (int node : before.getActivatedNodesList()) {
        if (live.containsKey(node)) {
          assertTrue(end(node, before.getId()).compareTo(end) <= 0, text);
        } else {
          boolean removed =
              Chains.node(state, node).orElseThrow().getWanted() == Node.Wanted.REMOVED;
          assertTrue(graceOver || removed, text);
        }
      }
    }

    private LogEnd end(int node, int range) {
      return requireNonNull(live.get(node)).ends().getOrDefault(range, LogEnd.EMPTY);
    }

    private void checkShape(Chains.Placed placed, String text) {
      var range = placed.range();
      int phase = 0;
      var nodes = new HashSet<Integer>();
      int joining = 0;
      for (var member : range.getMembersList()) {
        assertTrue(nodes.add(member.getNode()), text);
        assertTrue(member.getRole().getNumber() >= phase, text);
        phase = member.getRole().getNumber();
        if (member.getRole() == Member.Role.SYNCING) {
          joining++;
          assertFalse(range.getActivatedNodesList().contains(member.getNode()), text);
        }
      }
      assertTrue(joining <= 1, text);
    }

    /** All come back, and every activation and promotion is granted. */
    void heal() {
      last = "healing";
      for (var node : state.getNodesList()) {
        state = ChainChanges.want(state, node.getId(), Node.Wanted.ACTIVE);
        if (!live.containsKey(node.getId()) || node.getDead()) {
          comeBack(node.getId());
        }
      }
      last = "healing";
      for (int turn = 0; ; turn++) {
        assertTrue(turn < 1_000, where() + "does not come to rest: " + state);
        var before = state;
        state = Planner.plan(state, live, new PlannerOptions(false, 2));
        for (var placed : Chains.all(state)) {
          checkShape(placed, where());
        }
        state = Clusters.grantAll(state);
        if (state.equals(before)) {
          break;
        }
      }
      checkRest();
    }

    private void checkRest() {
      var counts = new TreeMap<Integer, Integer>();
      state.getNodesList().forEach(node -> counts.put(node.getId(), 0));
      for (var placed : Chains.all(state)) {
        var range = placed.range();
        int wanted = Math.min(placed.replicas(), counts.size());
        assertEquals(wanted, Chains.serving(range).size(), where() + range);
        assertEquals(wanted, range.getMembersCount(), where() + range);
        assertTrue(Chains.isActivated(range), where() + range);
        assertEquals(0, range.getMovingTo(), where() + range);
        range.getMembersList().forEach(m -> counts.merge(m.getNode(), 1, Integer::sum));
      }
      int most = counts.values().stream().mapToInt(i -> i).max().orElse(0);
      int least = counts.values().stream().mapToInt(i -> i).min().orElse(0);
      assertTrue(most - least <= 1, where() + counts);
    }

    private String where() {
      return "seed " + seed + " after " + last + ": ";
    }
  }
}
