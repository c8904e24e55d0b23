package io.holdfast.it.sim;

import io.holdfast.coordination.Chains;
import io.holdfast.replication.chain.Roster;
import io.holdfast.replication.chain.RosterAnswer;
import io.holdfast.replication.chain.RosterPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Looks after the group while its node heads the home range, as a server's keeper does. */
final class SimKeeper {
  private static final int HOME = 0;

  private final Simulation sim;
  private final SimNode node;
  private final @Nullable RosterAnswer[] answers;
  private final TreeSet<Integer> returning = new TreeSet<>();
  private int wantedSize;

  SimKeeper(Simulation sim, SimNode node) {
    this.sim = sim;
    this.node = node;
    this.answers = new RosterAnswer[sim.ranges()];
  }

  /** Whether a worker may join at the home range as it is; else it is noted that it wants to. */
  boolean mayJoin(Request join) {
    var clocks = node.range(HOME).replica().clocks();
    var roster = clocks.loggedRoster();
    int size = clocks.groupSizeLogged();
    int rank = join.worker();
    if (size > 0 && join.group() > size) {
      wantedSize = Math.max(wantedSize, join.group());
      return false;
    }
    if (roster.isAway(rank) || clocks.hasLeft(rank)) {
      returning.add(rank);
      return false;
    }
    var pending = roster.pending();
    return pending == null || pending.lost().stream().noneMatch(lost -> lost.rank() == rank);
  }

  /** Now and then. */
  void look() {
    var home = node.range(HOME).replica();
    if (!node.coordination().isRegistered() || !home.isHead()) {
      Arrays.fill(answers, null);
      returning.clear();
      wantedSize = 0;
      return;
    }
    var roster = home.clocks().roster();
    if (home.clocks().loggedRoster().version() != roster.version()) {
      return;
    }
    boolean all = roster.version() == 0 || carry(roster);
    Roster next;
    if (roster.pending() == null) {
      next = begin(roster);
    } else if (all) {
      next = RosterPlan.settle(roster, answersOfTables());
    } else {
      next = null;
    }
    if (next != null) {
      apply(HOME, next);
    }
  }

  private @Nullable Roster begin(Roster roster) {
    var clocks = node.range(HOME).replica().clocks();
    var lost = new ArrayList<Roster.Lost>();
    for (int rank : List.copyOf(sim.unwanted())) {
      int incarnation = clocks.nextIncarnation(rank) - 1;
      if (!roster.isAway(rank) && incarnation > 0) {
        lost.add(new Roster.Lost(rank, incarnation));
      }
      sim.unwanted().remove(rank);
    }
    var next =
        RosterPlan.begin(
            roster, clocks.groupSize(), List.of(), lost, List.copyOf(returning), wantedSize);
    returning.clear();
    wantedSize = 0;
    return next;
  }

  private List<RosterAnswer> answersOfTables() {
    return Arrays.stream(answers, 1, answers.length)
        .map(java.util.Objects::requireNonNull)
        .toList();
  }

  private boolean carry(Roster roster) {
    boolean all = true;
    var chains = Chains.all(node.known());
    for (int range = 1; range < answers.length; range++) {
      var answer = answers[range];
      if (answer == null || answer.version() != roster.version()) {
        all = false;
        var serving = Chains.serving(chains.get(range).range());
        if (!serving.isEmpty()) {
          ask(serving.getFirst().getNode(), range, roster);
        }
      }
    }
    return all;
  }

  private void ask(int head, int range, Roster roster) {
    int life = node.life();
    var target = sim.node(sim.processOf(head));
    if (target == node) {
      note(range, apply(range, roster));
      return;
    }
    sim.network.send(
        node.index,
        target.index,
        () -> {
          var answer = target.keeper().apply(range, roster);
          if (answer != null) {
            sim.network.send(
                target.index,
                node.index,
                () -> {
                  if (life == node.life()) {
                    note(range, answer);
                  }
                });
          }
        });
  }

  private void note(int range, @Nullable RosterAnswer answer) {
    var known = answers[range];
    if (answer != null && (known == null || known.version() <= answer.version())) {
      answers[range] = answer;
    }
  }

  /** Null where the range does not have it, yet. */
  @Nullable RosterAnswer apply(int range, Roster roster) {
    if (!node.isOpen() || !node.coordination().isRegistered()) {
      return null;
    }
    var of = node.range(range);
    var replica = of.replica();
    if (replica.mayAppend(replica.epoch(), of) != null) {
      return null;
    }
    if (replica.clocks().roster().version() >= roster.version()) {
      return replica.clocks().rosterAnswer(replica.completedClocks());
    }
    if (replica.clocks().loggedRoster().version() < roster.version()) {
      of.appendRoster(roster);
    }
    return null;
  }
}
