package io.holdfast.it.sim;

import io.holdfast.coordination.Chains;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Member;
import io.holdfast.v1.Range;
import java.util.ArrayList;

/** Faults at the moments at which a rule is needed, which faults at any time seldom meet. */
final class Strikes {
  private final Simulation sim;
  private final World world;
  private final double atPromotions;
  private final double atDepartures;
  private final double atDamage;
  private final double atCuts;
  private boolean over;

  Strikes(Simulation sim) {
    this.sim = sim;
    this.world = sim.world;
    atPromotions = some();
    atDepartures = some();
    atDamage = world.chance(0.5) ? 1 : 0;
    atCuts = some();
  }

  private double some() {
    return world.chance(0.25) ? world.random.nextDouble() : 0;
  }

  private boolean strikes(double chance) {
    return chance > 0 && !over && world.chance(chance);
  }

  void heal() {
    over = true;
  }

  /** The catalogue has changed; nobody but who did it knows yet. */
  void changed(CatalogState before, CatalogState after) {
    if (over || atPromotions + atDepartures == 0) {
      return;
    }
    var was = Chains.all(before);
    var is = Chains.all(after);
    for (int i = 0; i < is.size(); i++) {
      var old = was.get(i).range();
      var range = is.get(i).range();
      if (old.getEpoch() == range.getEpoch() || old.getEpoch() == 0) {
        continue;
      }
      for (var member : range.getMembersList()) {
        if (serves(range, member.getNode()) && syncs(old, member.getNode())) {
          promoted(range, member.getNode());
        }
      }
      for (var member : Chains.serving(old)) {
        if (!serves(range, member.getNode())) {
          left(member.getNode());
        }
      }
    }
  }

  private static boolean serves(Range range, int node) {
    return Chains.serving(range).stream().anyMatch(member -> member.getNode() == node);
  }

  private static boolean syncs(Range range, int node) {
    return range.getMembersList().stream()
        .anyMatch(m -> m.getNode() == node && m.getRole() == Member.Role.SYNCING);
  }

  /**
   * The others do not hear of the epoch and go on without the joiner, who gets none of it; then
   * they die, and it alone is left.
   */
  private void promoted(Range range, int joiner) {
    if (!strikes(atPromotions)) {
      return;
    }
    int to = sim.processOf(joiner);
    var others = new ArrayList<Integer>();
    for (var member : Chains.serving(range)) {
      int process = sim.processOf(member.getNode());
      if (process != to) {
        others.add(process);
        sim.zooKeeper.cut(process, true);
        sim.network.cut(process, to);
      }
    }
    world.trace(() -> "fault: node " + joiner + " was promoted, only it knows");
    world.after(
        world.between(20, 400) * World.MILLIS,
        () -> {
          for (int process : others) {
            sim.faults.kill(sim.node(process), world.between(300, 2500) * World.MILLIS);
            sim.zooKeeper.cut(process, false);
            sim.network.heal(process, to);
          }
        });
  }

  /** Who has left a chain does not hear of it. */
  private void left(int node) {
    int process = sim.processOf(node);
    if (strikes(atDepartures) && sim.node(process).isAlive()) {
      world.trace(() -> "fault: node " + node + " has left a chain and does not hear of it");
      sim.zooKeeper.cut(process, true);
      world.after(world.between(100, 900) * World.MILLIS, () -> sim.zooKeeper.cut(process, false));
    }
  }

  /** While the others that have a range are away for long, who has it damaged comes back. */
  void damaged(SimNode node, int range) {
    if (strikes(atDamage)) {
      for (int member :
          Chains.all(sim.zooKeeper.state()).get(range).range().getActivatedNodesList()) {
        var other = sim.node(sim.processOf(member));
        if (other != node) {
          sim.faults.kill(other, world.between(1500, 3000) * World.MILLIS);
        }
      }
    }
  }

  /** A log is cut and goes on; then the process starts again. */
  void cut(SimNode node) {
    if (strikes(atCuts)) {
      node.later(
          world.between(1, 120) * World.MILLIS,
          () -> sim.faults.kill(node, world.between(10, 200) * World.MILLIS));
    }
  }

  /** A full disk has turned a record away, and has room again before the next comes. */
  void turnedAway(SimDisk disk) {
    if (strikes(atCuts)) {
      disk.full(false);
    }
  }

  private Range anyRange() {
    var all = Chains.all(sim.zooKeeper.state());
    return all.get(world.index(all.size())).range();
  }

  /** A member takes its successor for broken, which it is not. */
  void suspect() {
    var range = anyRange();
    var chain = Chains.serving(range);
    if (chain.size() < 2) {
      return;
    }
    int at = world.chance(0.7) ? chain.size() - 1 : 1 + world.index(chain.size() - 1);
    var reporter = sim.node(sim.processOf(chain.get(at - 1).getNode()));
    if (reporter.isOpen() && reporter.nodeId() == chain.get(at - 1).getNode()) {
      reporter
          .coordination()
          .suspect(sim.indexOfRange(range.getId()), range.getEpoch(), chain.get(at).getNode());
    }
  }

  /** A head writes what nobody else gets, and dies with it: its log is to be cut. */
  void strandHead() {
    var chain = Chains.serving(anyRange());
    if (chain.size() < 2) {
      return;
    }
    int head = sim.processOf(chain.get(0).getNode());
    int next = sim.processOf(chain.get(1).getNode());
    if (head != next) {
      sim.network.cut(head, next);
      world.after(
          world.between(5, 250) * World.MILLIS,
          () -> {
            sim.faults.kill(sim.node(head), world.between(5, 300) * World.MILLIS);
            sim.network.heal(head, next);
          });
    }
  }
}
