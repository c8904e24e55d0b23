package io.holdfast.it.sim;

import io.holdfast.coordination.ChainChanges;
import io.holdfast.coordination.Chains;
import io.holdfast.coordination.Leases;
import io.holdfast.coordination.LiveNode;
import io.holdfast.coordination.LogEnd;
import io.holdfast.coordination.Planner;
import io.holdfast.coordination.PlannerOptions;
import io.holdfast.replication.chain.ChainConfig;
import io.holdfast.replication.chain.ChainMember;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Range;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One life of a node as the cluster sees it: its session, what it adopts and what it changes. */
final class SimCoordination {
  static final long PING = 150 * World.MILLIS;
  private static final long LEASE = SimZooKeeper.SESSION_TIMEOUT / 2;
  static final int TRIES = 8;

  private final Simulation sim;
  private final SimNode node;
  private final SimRange[] ranges;
  private final @Nullable Range[] configured;
  private final long[] adoptedAt;
  private final SimController controller;
  private int nodeId;
  private int incarnation;
  private SimZooKeeper.@Nullable Session session;
  private boolean registered;
  private boolean registering;
  private CatalogState known = CatalogState.getDefaultInstance();
  private boolean leads;
  private boolean fetching;
  private long leaseUntil;

  SimCoordination(Simulation sim, SimNode node, SimRange[] ranges) {
    this.sim = sim;
    this.node = node;
    this.ranges = ranges;
    this.controller = new SimController(sim.world, node, this);
    this.configured = new Range[ranges.length];
    this.adoptedAt = new long[ranges.length];
  }

  int nodeId() {
    return nodeId;
  }

  int incarnation() {
    return incarnation;
  }

  CatalogState known() {
    return known;
  }

  boolean isRegistered() {
    return registered;
  }

  boolean isLeased() {
    return sim.world.now() < leaseUntil;
  }

  void openSession() {
    sim.zooKeeper.connect(
        node,
        node.index,
        opened -> {
          if (opened == null) {
            node.later(sim.world.between(20, 100) * World.MILLIS, this::openSession);
          } else {
            session = opened;
            register();
          }
        });
  }

  private void register() {
    var in = session;
    if (in == null || registering) {
      return;
    }
    registering = true;
    sim.zooKeeper.read(
        node,
        in,
        true,
        (read, view) -> {
          if (in != session) {
            return;
          }
          if (read == SimZooKeeper.Outcome.EXPIRED) {
            lost();
            return;
          }
          if (view == null) {
            registerAgain();
            return;
          }
          var next = ChainChanges.register(view.state(), node.disk().storeId, node.name);
          var named = Chains.node(next, node.disk().storeId).orElseThrow();
          var member = new LiveNode(named.getId(), named.getIncarnation(), ends());
          sim.zooKeeper.write(
              node,
              in,
              view.state().getVersion(),
              next,
              member,
              outcome -> {
                if (in != session) {
                  return;
                }
                if (outcome == SimZooKeeper.Outcome.DONE) {
                  registered(named.getId(), named.getIncarnation());
                } else if (outcome == SimZooKeeper.Outcome.EXPIRED) {
                  registering = false;
                  lost();
                } else {
                  registerAgain();
                }
              });
        });
  }

  private void registerAgain() {
    node.later(
        sim.world.between(5, 50) * World.MILLIS,
        () -> {
          registering = false;
          register();
        });
  }

  private Map<Integer, LogEnd> ends() {
    var ends = new HashMap<Integer, LogEnd>();
    for (int i = 0; i < ranges.length; i++) {
      var replica = ranges[i].replica();
      ends.put(
          sim.rangeId(i),
          node.disk().isUnusable(i)
              ? LogEnd.UNUSABLE
              : new LogEnd(replica.lastRecordEpoch(), replica.lastLsn()));
    }
    return ends;
  }

  private void registered(int id, int life) {
    registering = false;
    registered = true;
    nodeId = id;
    incarnation = life;
    node.trace(() -> "is registered");
    java.util.Arrays.fill(configured, null);
    known = CatalogState.getDefaultInstance();
    for (var range : ranges) {
      range.identify(id, life);
    }
    fetch();
  }

  /** The session is over: no role is left (P27). */
  private void lost() {
    node.trace(() -> "has lost its session");
    dropRoles();
    session = null;
    leaseUntil = 0;
    node.later(sim.world.between(0, 30) * World.MILLIS, this::openSession);
  }

  private void dropRoles() {
    registered = false;
    registering = false;
    controller.stop();
    for (var range : ranges) {
      range.identify(0, 0);
    }
  }

  void ping() {
    node.later(PING, this::ping);
    var in = session;
    if (in == null) {
      return;
    }
    long sent = sim.world.now();
    sim.zooKeeper.read(
        node,
        in,
        true,
        (outcome, view) -> {
          if (in != session) {
            return;
          }
          if (outcome == SimZooKeeper.Outcome.EXPIRED) {
            lost();
          } else if (view != null && registered) {
            adopt(view);
            leaseUntil = Math.max(leaseUntil, sent + LEASE); // of what has just been adopted
          }
        });
  }

  /** A watch has fired. */
  void look() {
    if (registered) {
      read(false);
    }
  }

  /** Somebody speaks of a newer configuration. */
  void fetch() {
    if (!fetching) {
      fetching = true;
      read(true);
    }
  }

  private void read(boolean sync) {
    var in = session;
    if (in == null) {
      fetching = false;
      return;
    }
    sim.zooKeeper.read(
        node,
        in,
        sync,
        (outcome, view) -> {
          fetching &= !sync;
          if (in == session && view != null) {
            adopt(view);
          } else if (in == session) {
            node.later(sim.world.between(10, 60) * World.MILLIS, () -> read(sync));
          }
        });
  }

  @SuppressWarnings("ReferenceEquality") // the same object is the same range; another is looked at
  private void adopt(SimZooKeeper.View view) {
    if (!registered || view.state().getVersion() < known.getVersion()) {
      return;
    }
    var state = view.state();
    var me = Chains.node(state, nodeId);
    if (me.isPresent() && me.get().getIncarnation() == incarnation && me.get().getDead()) {
      node.trace(() -> "is taken for dead");
      dropRoles();
      register();
      return;
    }
    known = state;
    var placed = Chains.all(state);
    for (int i = 0; i < ranges.length; i++) {
      var range = placed.get(i).range();
      if (range != configured[i]) {
        if (range.getEpoch() != ranges[i].replica().epoch()) {
          adoptedAt[i] = sim.world.now();
        }
        configured[i] = range;
        ranges[i].configure(config(range, placed.get(i).minInSync()));
      }
    }
    leads = view.leader() == nodeId;
  }

  private static ChainConfig config(Range range, int minInSync) {
    var members = new ArrayList<ChainMember>(range.getMembersCount());
    for (var member : range.getMembersList()) {
      members.add(
          new ChainMember(
              member.getNode(),
              member.getIncarnation(),
              switch (member.getRole()) {
                case SERVING -> ChainMember.Role.SERVING;
                case SYNCING -> ChainMember.Role.SYNCING;
                default -> ChainMember.Role.WAITING;
              }));
    }
    return new ChainConfig(range.getEpoch(), members, range.getActivatedEpoch(), minInSync);
  }

  // ---- changes of the catalogue

  /** A change, and what it makes urgent. */
  void change(String what, UnaryOperator<CatalogState> change, Consumer<Boolean> done) {
    update(
        what,
        view -> {
          var next = change.apply(view.state());
          return Planner.plan(next, view.live(), PlannerOptions.URGENT);
        },
        TRIES,
        done);
  }

  void update(
      String what,
      Function<SimZooKeeper.View, CatalogState> change,
      int tries,
      Consumer<Boolean> done) {
    var in = session;
    if (in == null || tries == 0 || !registered) {
      done.accept(false);
      return;
    }
    sim.zooKeeper.read(
        node,
        in,
        true,
        (read, view) -> {
          if (in != session || view == null) {
            again(what, change, tries, done);
            return;
          }
          var next = change.apply(view);
          if (next.equals(view.state())) {
            adopt(view);
            done.accept(true);
            return;
          }
          sim.zooKeeper.write(
              node,
              in,
              view.state().getVersion(),
              next,
              null,
              outcome -> {
                switch (outcome) {
                  case DONE -> {
                    node.trace(() -> "has changed the catalogue: " + what);
                    fetch();
                    done.accept(true);
                  }
                  case CONFLICT, LOST -> again(what, change, tries, done);
                  case EXPIRED -> {
                    if (in == session) {
                      lost();
                    }
                    done.accept(false);
                  }
                }
              });
        });
  }

  private void again(
      String what,
      Function<SimZooKeeper.View, CatalogState> change,
      int tries,
      Consumer<Boolean> done) {
    node.later(
        sim.world.between(1, 15) * World.MILLIS, () -> update(what, change, tries - 1, done));
  }

  void activate(int range, int epoch) {
    var waits = new boolean[1];
    update(
        "activate range " + range + " epoch " + epoch,
        view -> {
          waits[0] =
              sim.world.now() < adoptedAt[range] + LEASE
                  && Leases.mayBeHeld(view.state(), view.live(), sim.rangeId(range));
          return waits[0]
              ? view.state()
              : ChainChanges.activate(view.state(), sim.rangeId(range), epoch);
        },
        TRIES,
        done -> {
          if (!done || waits[0]) {
            node.later(20 * World.MILLIS, () -> activationFailed(range, epoch));
          }
        });
  }

  private void activationFailed(int range, int epoch) {
    ranges[range].replica().activationFailed(epoch, ranges[range]);
  }

  void promote(int range, int epoch, int joiner) {
    change(
        "promote node " + joiner + " in range " + range,
        state -> ChainChanges.promote(state, sim.rangeId(range), epoch, joiner),
        done -> {
          if (!done) {
            ranges[range].replica().promotionFailed(epoch);
            node.later(
                20 * World.MILLIS, () -> activationFailed(range, epoch)); // asks for it again
          }
        });
  }

  void suspect(int range, int epoch, int successor) {
    int me = nodeId;
    node.trace(() -> "suspects node " + successor + " in range " + range);
    change(
        "suspect node " + successor + " in range " + range,
        state -> ChainChanges.suspect(state, sim.rangeId(range), epoch, me, successor),
        done -> {});
  }

  /** What an operator asks for, by way of this node. */
  void operate(String what, UnaryOperator<CatalogState> change) {
    update(what, view -> change.apply(view.state()), TRIES, done -> {});
  }

  /** Now and then: whether this node is to be the controller. */
  void review() {
    if (leads && registered) {
      controller.lead();
    }
  }
}
