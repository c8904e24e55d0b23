package io.holdfast.it.sim;

import io.holdfast.coordination.ChainChanges;
import io.holdfast.coordination.Chains;
import io.holdfast.coordination.Tables;
import io.holdfast.model.Consistency;
import io.holdfast.v1.Node;
import io.holdfast.wire.Definitions;
import java.util.EnumMap;

/** What goes wrong, and when, by the seed. */
final class Faults {
  private final Simulation sim;
  private final World world;
  private final EnumMap<Kind, Double> weights = new EnumMap<>(Kind.class);
  private final long usualPause;
  private double syncFailure;
  private int disks;
  private boolean healed;

  private enum Kind {
    KILL,
    CRASH,
    KILL_ALL,
    KILL_SOME,
    PAUSE,
    DROP,
    CUT_ONE_WAY,
    CUT,
    SUSPECT,
    STRAND_HEAD,
    CUT_ZOOKEEPER,
    ZOOKEEPER_DOWN,
    EXPIRE,
    DISK_FULL,
    SYNC_FAILS,
    WIPE,
    DAMAGE,
    DRAIN,
    MOVE,
    KILL_WORKER,
    PAUSE_WORKER,
    REPLACE_WORKER,
    EXPEL_WORKER,
    NEW_CONTROLLER,
    CHANGE_BOUND
  }

  Faults(Simulation sim) {
    this.sim = sim;
    this.world = sim.world;
    // Few kinds at a time, so that each shows what it does when nothing else stands in its way.
    for (var kind : Kind.values()) {
      weights.put(kind, world.chance(0.35) ? world.random.nextDouble() : 0.0);
    }
    usualPause = world.chance(0.2) ? 0 : world.between(100, 900) * World.MILLIS;
  }

  void begin() {
    boolean zooKeeper = world.chance(0.4);
    sim.zooKeeper.faults(
        zooKeeper ? 0.05 * world.random.nextDouble() : 0, world.chance(0.4) ? 0.1 : 0);
    if (usualPause > 0) {
      world.after(world.between(300, 1200) * World.MILLIS, this::next);
    }
  }

  private void next() {
    if (healed) {
      return;
    }
    world.after(world.between(usualPause / 8, usualPause), this::next);
    double sum = 0;
    for (double weight : weights.values()) {
      sum += weight;
    }
    double dice = world.random.nextDouble() * sum;
    for (var kind : Kind.values()) {
      dice -= weights.getOrDefault(kind, 0.0);
      if (dice < 0) {
        inject(kind);
        return;
      }
    }
  }

  private SimNode anyNode() {
    return sim.node(world.index(sim.nodes()));
  }

  private long outage() {
    return world.chance(0.5)
        ? world.between(10, 200) * World.MILLIS
        : world.between(500, 3000) * World.MILLIS;
  }

  private void inject(Kind kind) {
    world.trace(() -> "fault: " + kind);
    switch (kind) {
      case KILL -> kill(anyNode());
      case CRASH -> crash(anyNode());
      case KILL_ALL -> {
        boolean machines = world.chance(0.5);
        for (int i = 0; i < sim.nodes(); i++) {
          if (machines) {
            crash(sim.node(i));
          } else {
            kill(sim.node(i));
          }
        }
      }
      case KILL_SOME -> {
        for (int i = 0; i < sim.nodes(); i++) {
          if (world.chance(0.5)) {
            int node = i;
            world.after(world.between(0, 300) * World.MILLIS, () -> kill(sim.node(node)));
          }
        }
      }
      case PAUSE -> anyNode().pause(outage());
      case DROP -> {
        int a = world.index(sim.nodes());
        int b = world.index(sim.processes());
        if (a != b) {
          sim.network.drop(a, b);
        }
      }
      case CUT_ONE_WAY, CUT -> cut(kind == Kind.CUT);
      case SUSPECT -> sim.strikes.suspect();
      case STRAND_HEAD -> sim.strikes.strandHead();
      case CUT_ZOOKEEPER -> {
        int node = world.index(sim.nodes());
        sim.zooKeeper.cut(node, true);
        world.after(outage(), () -> sim.zooKeeper.cut(node, false));
      }
      case ZOOKEEPER_DOWN -> {
        sim.zooKeeper.down(true);
        world.after(outage(), () -> sim.zooKeeper.down(false));
      }
      case EXPIRE -> expire(world.index(sim.nodes()));
      case DISK_FULL -> {
        var disk = anyNode().disk();
        disk.full(true);
        world.after(outage(), () -> disk.full(false));
      }
      case SYNC_FAILS -> syncFailure = 0.002;
      case WIPE -> wipe(anyNode());
      case DAMAGE -> damage(anyNode());
      case DRAIN -> drain();
      case MOVE -> move();
      case KILL_WORKER -> {
        int rank = world.index(sim.workers());
        killWorker(rank);
        world.after(world.between(1, 600) * World.MILLIS, () -> startWorker(rank));
      }
      case PAUSE_WORKER -> anyWorker().pause(outage());
      case REPLACE_WORKER -> {
        int rank = world.index(sim.workers());
        int idle = sim.worker(rank, 0).isAlive() ? 1 : 0;
        if (!sim.worker(rank, idle).isAlive()) {
          sim.worker(rank, idle).start();
        }
      }
      case EXPEL_WORKER -> {
        int rank = world.index(sim.workers());
        if (world.chance(0.6)) {
          killWorker(rank);
        }
        sim.unwanted().add(rank);
        world.after(world.between(1, 3000) * World.MILLIS, () -> startWorker(rank));
      }
      case NEW_CONTROLLER -> {
        int leader = sim.zooKeeper.view().leader();
        if (leader != 0) {
          expire(sim.processOf(leader));
        }
      }
      case CHANGE_BOUND -> changeBound();
    }
  }

  /** ZooKeeper does not hear of the node for longer than its session lasts. */
  private void expire(int node) {
    sim.zooKeeper.cut(node, true);
    world.after(
        SimZooKeeper.SESSION_TIMEOUT + world.between(50, 1500) * World.MILLIS,
        () -> sim.zooKeeper.cut(node, false));
  }

  private SimWorker anyWorker() {
    return sim.worker(world.index(sim.workers()), world.index(2));
  }

  private void killWorker(int rank) {
    for (int i = 0; i < 2; i++) {
      if (sim.worker(rank, i).isAlive()) {
        sim.worker(rank, i).kill();
      }
    }
  }

  private void startWorker(int rank) {
    if (!sim.worker(rank, 0).isAlive() && !sim.worker(rank, 1).isAlive()) {
      sim.worker(rank, world.index(2)).start();
    }
  }

  private void kill(SimNode node) {
    kill(node, outage());
  }

  void kill(SimNode node, long outage) {
    if (node.isAlive()) {
      node.kill();
      world.after(outage, () -> restart(node));
    }
  }

  private void crash(SimNode node) {
    if (node.isAlive()) {
      node.crash(world.chance(0.5));
      restartLater(node);
    }
  }

  void restartLater(SimNode node) {
    world.after(outage(), () -> restart(node));
  }

  private void restart(SimNode node) {
    if (!node.isAlive()) {
      node.start();
    }
  }

  private void cut(boolean both) {
    int a = world.index(sim.nodes());
    int b = world.index(sim.processes());
    boolean alone = world.chance(0.4);
    boolean zooKeeper = alone && world.chance(0.5);
    for (int peer = 0; peer < sim.processes(); peer++) {
      if (peer != a && (alone || peer == b)) {
        sim.network.cut(a, peer);
        if (both) {
          sim.network.cut(peer, a);
        }
      }
    }
    if (zooKeeper) {
      sim.zooKeeper.cut(a, true);
    }
    world.after(
        outage(),
        () -> {
          for (int peer = 0; peer < sim.processes(); peer++) {
            if (peer != a) {
              sim.network.heal(a, peer);
            }
          }
          sim.zooKeeper.cut(a, false);
        });
  }

  boolean syncFails(SimNode node) {
    return !healed && syncFailure > 0 && world.chance(syncFailure);
  }

  /** Whether every range could do without what this node has of it, for good. */
  private boolean isSpare(SimNode node, int onlyRange) {
    var all = Chains.all(sim.zooKeeper.state());
    for (int i = 0; i < all.size(); i++) {
      var range = all.get(i).range();
      if (onlyRange >= 0 && onlyRange != i) {
        continue;
      }
      boolean concerned = false;
      boolean another = false;
      for (int member : range.getActivatedNodesList()) {
        var disk = sim.diskOf(member);
        if (disk == node.disk()) {
          concerned = true;
        } else if (disk != null && !disk.isDamaged(i) && !disk.isUnusable(i)) {
          for (var serving : Chains.serving(range)) {
            another |= serving.getNode() == member;
          }
        }
      }
      if ((concerned && !another)
          || (range.getActivatedEpoch() != range.getEpoch() && range.getEpoch() > 0)) {
        return false;
      }
    }
    return true;
  }

  private void wipe(SimNode node) {
    if (disks++ < 2 && isSpare(node, -1)) {
      if (node.isAlive()) {
        node.kill();
      }
      node.replaceDisk(sim.newDisk(node.index));
      restartLater(node);
    }
  }

  private void damage(SimNode node) {
    int range = world.index(sim.ranges());
    if (disks++ < 2 && isSpare(node, range) && node.disk().damage(range)) {
      if (node.isAlive()) {
        node.kill();
      }
      restartLater(node);
      sim.strikes.damaged(node, range);
    }
  }

  private void drain() {
    var node = anyNode();
    var asked = anyNode();
    int id = node.nodeId();
    if (id == 0 || !asked.isOpen()) {
      return;
    }
    asked
        .coordination()
        .operate("drain node " + id, state -> ChainChanges.want(state, id, Node.Wanted.DRAINING));
    world.after(
        world.between(200, 3000) * World.MILLIS,
        () -> {
          var other = anyNode();
          if (other.isOpen()) {
            other
                .coordination()
                .operate(
                    "activate node " + id,
                    state -> ChainChanges.want(state, id, Node.Wanted.ACTIVE));
          }
        });
  }

  private void move() {
    var asked = anyNode();
    var from = anyNode().nodeId();
    var to = anyNode().nodeId();
    int range = sim.rangeId(world.index(sim.ranges()));
    if (from != 0 && to != 0 && asked.isOpen()) {
      asked
          .coordination()
          .operate(
              "move range " + range,
              state -> {
                try {
                  return ChainChanges.move(state, range, from, to);
                } catch (io.holdfast.model.HoldfastException e) {
                  return state;
                }
              });
    }
  }

  private void changeBound() {
    var asked = anyNode();
    var bound = Definitions.toProto(Consistency.bounded(world.index(4)));
    if (asked.isOpen()) {
      asked
          .coordination()
          .operate(
              "change the bound",
              state -> Tables.changeConsistency(state, state.getTables(0), bound));
    }
  }

  /** All is well from here on. */
  void heal() {
    healed = true;
    sim.strikes.heal();
    syncFailure = 0;
    sim.unwanted().clear();
    sim.network.healAll();
    sim.zooKeeper.heal();
    for (int i = 0; i < sim.nodes(); i++) {
      sim.node(i).disk().full(false);
      sim.node(i).resume();
      restart(sim.node(i));
    }
    for (int i = 0; i < sim.workers(); i++) {
      sim.worker(i, 0).resume();
      sim.worker(i, 1).resume();
      startWorker(i);
    }
    activateAll();
  }

  /** Nobody is drained any more, also where somebody asked for it late. */
  void activateAll() {
    for (var node : sim.zooKeeper.state().getNodesList()) {
      if (node.getWanted() == Node.Wanted.DRAINING) {
        sim.zooKeeper.operator(state -> ChainChanges.want(state, node.getId(), Node.Wanted.ACTIVE));
      }
    }
  }
}
