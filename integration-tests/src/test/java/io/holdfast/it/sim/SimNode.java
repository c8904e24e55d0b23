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
import io.holdfast.replication.chain.ChainMessage;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Range;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A server process: its ranges, its disk, its session with ZooKeeper, and perhaps the controller.
 */
final class SimNode extends SimProcess {
  private static final long PING = 150 * World.MILLIS;
  private static final long REVIEW = 60 * World.MILLIS;
  private static final long PATIENCE = 900 * World.MILLIS;
  private static final long GRACE = 700 * World.MILLIS;
  private static final long LEASE = SimZooKeeper.SESSION_TIMEOUT / 2;
  private static final int TRIES = 8;

  private final Simulation sim;
  final int index;
  private SimDisk disk;
  private SimRange[] ranges = {};
  private int nodeId;
  private int incarnation;
  private SimZooKeeper.@Nullable Session session;
  private boolean registered;
  private boolean registering;
  private CatalogState known = CatalogState.getDefaultInstance();
  private @Nullable Range[] configured = {};
  private long[] adoptedAt = {};
  private boolean leads;
  private boolean fetching;
  private long leaseUntil;
  private boolean syncing;
  private int controllerEpoch;
  private boolean controlling;
  private long waitingSince = -1;

  SimNode(Simulation sim, int index, SimDisk disk) {
    super(sim.world, "n" + index);
    this.sim = sim;
    this.index = index;
    this.disk = disk;
  }

  int nodeId() {
    return nodeId;
  }

  int incarnation() {
    return incarnation;
  }

  SimDisk disk() {
    return disk;
  }

  CatalogState known() {
    return known;
  }

  SimRange range(int range) {
    return ranges[range];
  }

  boolean isOpen() {
    return isAlive() && ranges.length > 0;
  }

  void trace(Supplier<String> event) {
    if (world.tracing()) {
      world.trace(() -> name + "(node " + nodeId + "." + incarnation + ") " + event.get());
    }
  }

  // ---- life

  void start() {
    started();
    machineUp(true);
    nodeId = 0;
    incarnation = 0;
    session = null;
    registered = false;
    registering = false;
    fetching = false;
    syncing = false;
    leaseUntil = 0;
    controllerEpoch = 0;
    controlling = false;
    waitingSince = -1;
    known = CatalogState.getDefaultInstance();
    configured = new Range[sim.ranges()];
    adoptedAt = new long[sim.ranges()];
    leads = false;
    disk.syncedTo(disk.next());
    var opened = new SimRange[sim.ranges()];
    for (int i = 0; i < opened.length; i++) {
      opened[i] = new SimRange(sim, this, i, disk);
    }
    for (var entry : disk.log()) {
      opened[entry.header().range()].replay(entry);
    }
    disk.syncedTo(disk.next());
    ranges = opened;
    for (var range : ranges) {
      range.replayed();
    }
    trace(() -> "starts");
    sim.network.started(index);
    later(world.between(0, 20 * World.MILLIS), this::openSession);
    later(PING, this::ping);
    later(REVIEW, this::review);
    later(world.between(50, 300) * World.MILLIS, this::checkpoint);
  }

  /** The process is gone; what it wrote is still there. */
  void kill() {
    trace(() -> "is killed");
    died();
    ranges = new SimRange[0];
    sim.network.died(index, false);
  }

  /** The machine is gone, and with it what was not synced. */
  void crash(boolean staysDown) {
    if (sim.memory) {
      kill(); // what is in memory only, a table of that kind may lose with its machine
      return;
    }
    trace(() -> "crashes with its machine");
    died();
    ranges = new SimRange[0];
    machineUp(!staysDown);
    disk.lose(world);
    sim.network.died(index, staysDown);
  }

  /** An empty disk in place of the one that was there. */
  void replaceDisk(SimDisk empty) {
    disk = empty;
  }

  // ---- the log

  void wantSync() {
    if (!syncing) {
      syncing = true;
      long upTo = disk.next();
      long takes = world.chance(0.02) ? 30 * World.MILLIS : world.between(100, 2_000);
      later(takes, () -> synced(upTo));
    }
  }

  private void synced(long upTo) {
    syncing = false;
    if (sim.faults.syncFails(this)) {
      trace(() -> "a sync fails: the store stops for good (P8)");
      crash(false);
      sim.faults.restartLater(this);
      return;
    }
    disk.syncedTo(upTo);
    for (var range : ranges) {
      range.synced();
    }
    if (disk.next() > upTo) {
      wantSync();
    }
  }

  private void checkpoint() {
    later(world.between(50, 300) * World.MILLIS, this::checkpoint);
    var range = ranges[world.index(ranges.length)];
    if (range.isHalfCopied() || disk.isFull()) {
      return;
    }
    var replica = range.replica();
    var checkpoint = range.snapshot();
    later(
        world.between(1, 20) * World.MILLIS,
        () -> {
          if (range.replica() == replica && !range.isHalfCopied()) {
            range.checkpointed(checkpoint);
            releaseLog();
          }
        });
  }

  private void releaseLog() {
    long needed = disk.synced();
    for (var range : ranges) {
      needed = Math.min(needed, range.neededIndex());
    }
    disk.release(needed);
    for (var range : ranges) {
      range.released();
    }
  }

  // ---- peers

  @Override
  void connected(int peer) {
    for (var range : ranges) {
      range.connected(peer);
    }
  }

  @Override
  void disconnected(int peer) {
    for (var range : ranges) {
      range.disconnected(peer);
    }
  }

  @Override
  Object knows(int peer) {
    return known;
  }

  @Override
  void refused(int peer, Object before) {
    if (!registered || peer >= sim.nodes()) {
      return;
    }
    String address = sim.node(peer).name;
    for (var other : ((CatalogState) before).getNodesList()) {
      if (other.getAddress().equals(address) && !other.getDead() && other.getId() != nodeId) {
        int id = other.getId();
        int life = other.getIncarnation();
        trace(() -> "declares node " + id + "." + life + " dead");
        change("declare dead", state -> ChainChanges.declareDead(state, id, life), done -> {});
      }
    }
  }

  @Override
  void ready(int peer) {
    for (var range : ranges) {
      range.wake();
    }
  }

  void send(int to, int range, ChainMessage message) {
    int from = nodeId;
    trace(() -> "-> node " + to + " range " + range + " " + message);
    var target = sim.node(sim.processOf(to));
    sim.network.send(index, target.index, () -> target.received(from, to, range, message));
  }

  private void received(int from, int to, int range, ChainMessage message) {
    if (to == nodeId) {
      ranges[range].received(from, message);
    }
  }

  boolean isReady(int to) {
    return sim.network.isReady(index, sim.processOf(to));
  }

  void forward(int to, int range, int epoch, LogEntry entry) {
    int from = nodeId;
    trace(() -> "-> node " + to + " epoch " + epoch + " record " + entry.header());
    var target = sim.node(sim.processOf(to));
    sim.network.sendBulk(index, target.index, () -> target.record(from, to, range, epoch, entry));
  }

  private void record(int from, int to, int range, int epoch, LogEntry entry) {
    if (to == nodeId) {
      ranges[range].record(from, epoch, entry.header(), entry.op());
    }
  }

  void sendCopy(int to, int range, int epoch, int piece, SimDisk.Checkpoint checkpoint) {
    int from = nodeId;
    var target = sim.node(sim.processOf(to));
    sim.network.sendBulk(
        index, target.index, () -> target.copied(from, to, range, epoch, piece, checkpoint));
  }

  private void copied(
      int from, int to, int range, int epoch, int piece, SimDisk.Checkpoint checkpoint) {
    if (to == nodeId) {
      trace(() -> "gets piece " + piece + " of a copy of range " + range);
      ranges[range].copied(from, epoch, piece, checkpoint);
    }
  }

  void breakWith(int peer) {
    sim.network.drop(index, sim.processOf(peer));
  }

  // ---- clients

  void request(Request request) {
    trace(() -> "gets " + request);
    if (!registered) {
      answer(request, Answer.failed(request, io.holdfast.model.ErrorCode.NOT_READY));
      return;
    }
    ranges[request.range()].request(request);
  }

  void answer(Request request, Answer reply) {
    trace(() -> "answers " + reply);
    var worker = sim.workerProcess(request.client());
    sim.network.send(index, request.client(), () -> worker.answered(request, reply));
  }

  // ---- ZooKeeper

  boolean isLeased() {
    return world.now() < leaseUntil;
  }

  private void openSession() {
    sim.zooKeeper.connect(
        this,
        index,
        opened -> {
          if (opened == null) {
            later(world.between(20, 100) * World.MILLIS, this::openSession);
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
        this,
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
          var next = ChainChanges.register(view.state(), disk.storeId, name);
          var node = Chains.node(next, disk.storeId).orElseThrow();
          var member = new LiveNode(node.getId(), node.getIncarnation(), ends());
          sim.zooKeeper.write(
              this,
              in,
              view.state().getVersion(),
              next,
              member,
              outcome -> {
                if (in != session) {
                  return;
                }
                if (outcome == SimZooKeeper.Outcome.DONE) {
                  registered(node.getId(), node.getIncarnation());
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
    later(
        world.between(5, 50) * World.MILLIS,
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
          disk.isUnusable(i)
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
    trace(() -> "is registered");
    configured = new Range[ranges.length];
    known = CatalogState.getDefaultInstance();
    for (var range : ranges) {
      range.identify(id, life);
    }
    fetch();
  }

  /** The session is over: no role is left (P27). */
  private void lost() {
    trace(() -> "has lost its session");
    dropRoles();
    session = null;
    leaseUntil = 0;
    later(world.between(0, 30) * World.MILLIS, this::openSession);
  }

  private void dropRoles() {
    registered = false;
    registering = false;
    controlling = false;
    for (var range : ranges) {
      range.identify(0, 0);
    }
  }

  private void ping() {
    later(PING, this::ping);
    var in = session;
    if (in == null) {
      return;
    }
    long sent = world.now();
    sim.zooKeeper.read(
        this,
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
        this,
        in,
        sync,
        (outcome, view) -> {
          fetching &= !sync;
          if (in == session && view != null) {
            adopt(view);
          } else if (in == session) {
            later(world.between(10, 60) * World.MILLIS, () -> read(sync));
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
      trace(() -> "is taken for dead");
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
          adoptedAt[i] = world.now();
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

  private interface Change {
    CatalogState apply(CatalogState state);
  }

  private interface ChangeSeen {
    CatalogState apply(SimZooKeeper.View view);
  }

  /** A change, and what it makes urgent. */
  private void change(String what, Change change, Consumer<Boolean> done) {
    update(
        what,
        view -> {
          var next = change.apply(view.state());
          return Planner.plan(next, view.live(), PlannerOptions.URGENT);
        },
        TRIES,
        done);
  }

  private void update(String what, ChangeSeen change, int tries, Consumer<Boolean> done) {
    var in = session;
    if (in == null || tries == 0 || !registered) {
      done.accept(false);
      return;
    }
    sim.zooKeeper.read(
        this,
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
              this,
              in,
              view.state().getVersion(),
              next,
              null,
              outcome -> {
                switch (outcome) {
                  case DONE -> {
                    trace(() -> "has changed the catalogue: " + what);
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

  private void again(String what, ChangeSeen change, int tries, Consumer<Boolean> done) {
    later(world.between(1, 15) * World.MILLIS, () -> update(what, change, tries - 1, done));
  }

  void activate(int range, int epoch) {
    var waits = new boolean[1];
    update(
        "activate range " + range + " epoch " + epoch,
        view -> {
          waits[0] =
              world.now() < adoptedAt[range] + LEASE
                  && Leases.mayBeHeld(view.state(), view.live(), sim.rangeId(range));
          return waits[0]
              ? view.state()
              : ChainChanges.activate(view.state(), sim.rangeId(range), epoch);
        },
        TRIES,
        done -> {
          if (!done || waits[0]) {
            later(20 * World.MILLIS, () -> activationFailed(range, epoch));
          }
        });
  }

  private void activationFailed(int range, int epoch) {
    ranges[range].replica().activationFailed(epoch, ranges[range]);
  }

  void promote(int range, int epoch, int node) {
    change(
        "promote node " + node + " in range " + range,
        state -> ChainChanges.promote(state, sim.rangeId(range), epoch, node),
        done -> {
          if (!done) {
            ranges[range].replica().promotionFailed(epoch);
            later(20 * World.MILLIS, () -> activationFailed(range, epoch)); // asks for it again
          }
        });
  }

  void suspect(int range, int epoch, int successor) {
    int me = nodeId;
    trace(() -> "suspects node " + successor + " in range " + range);
    change(
        "suspect node " + successor + " in range " + range,
        state -> ChainChanges.suspect(state, sim.rangeId(range), epoch, me, successor),
        done -> {});
  }

  /** What an operator asks for, by way of this node. */
  void operate(String what, java.util.function.UnaryOperator<CatalogState> change) {
    update(what, view -> change.apply(view.state()), TRIES, done -> {});
  }

  // ---- controller

  private void takeControl() {
    controlling = true;
    update(
        "take control",
        view -> {
          controllerEpoch = view.state().getControllerEpoch() + 1;
          return view.state().toBuilder().setControllerEpoch(controllerEpoch).build();
        },
        TRIES,
        done -> {
          controlling = done;
          if (done) {
            control();
          }
        });
  }

  private void control() {
    if (!controlling) {
      return;
    }
    update(
        "plan",
        view -> {
          if (view.state().getControllerEpoch() != controllerEpoch) {
            controlling = false; // another has taken over (P25)
            return view.state();
          }
          boolean waiting = Planner.isWaitingForGrace(view.state(), view.live());
          waitingSince = !waiting ? -1 : waitingSince < 0 ? world.now() : waitingSince;
          boolean over = waiting && world.now() - waitingSince > GRACE;
          return Planner.plan(view.state(), view.live(), new PlannerOptions(over, 1));
        },
        1,
        done -> {
          int epoch = controllerEpoch;
          later(
              world.between(80, 160) * World.MILLIS,
              () -> {
                if (epoch == controllerEpoch) {
                  control();
                }
              });
        });
  }

  private void review() {
    later(REVIEW, this::review);
    if (leads && registered && !controlling) {
      takeControl();
    }
    for (var range : ranges) {
      range.leased(isLeased());
      range.review(PATIENCE);
    }
  }
}
