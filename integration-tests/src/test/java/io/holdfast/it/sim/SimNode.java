package io.holdfast.it.sim;

import io.holdfast.coordination.ChainChanges;
import io.holdfast.replication.chain.ChainMessage;
import io.holdfast.replication.chain.ClockPool;
import io.holdfast.v1.CatalogState;
import java.util.function.Supplier;

/**
 * A server process: its ranges, its disk, its session with ZooKeeper, and perhaps the controller.
 */
final class SimNode extends SimProcess {
  private static final long REVIEW = 60 * World.MILLIS;
  private static final long PATIENCE = 900 * World.MILLIS;

  private final Simulation sim;
  final int index;
  private SimDisk disk;
  private final ClockPool clockPool = new ClockPool(0);
  private SimRange[] ranges = {};
  private SimCoordination coordination;
  private boolean syncing;

  SimNode(Simulation sim, int index, SimDisk disk) {
    super(sim.world, "n" + index);
    this.sim = sim;
    this.index = index;
    this.disk = disk;
    this.coordination = new SimCoordination(sim, this, ranges);
  }

  int nodeId() {
    return coordination.nodeId();
  }

  int incarnation() {
    return coordination.incarnation();
  }

  /** What the clocks of its ranges have in common. */
  ClockPool clockPool() {
    return clockPool;
  }

  SimDisk disk() {
    return disk;
  }

  CatalogState known() {
    return coordination.known();
  }

  SimRange range(int range) {
    return ranges[range];
  }

  boolean isOpen() {
    return isAlive() && ranges.length > 0;
  }

  void trace(Supplier<String> event) {
    if (world.tracing()) {
      world.trace(() -> name + "(node " + nodeId() + "." + incarnation() + ") " + event.get());
    }
  }

  // ---- life

  void start() {
    started();
    machineUp(true);
    syncing = false;
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
    coordination = new SimCoordination(sim, this, opened);
    for (var range : ranges) {
      range.replayed();
    }
    trace(() -> "starts");
    sim.network.started(index);
    later(world.between(0, 20 * World.MILLIS), coordination::openSession);
    later(SimCoordination.PING, coordination::ping);
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
    return coordination.known();
  }

  @Override
  void refused(int peer, Object before) {
    if (!coordination.isRegistered() || peer >= sim.nodes()) {
      return;
    }
    String address = sim.node(peer).name;
    for (var other : ((CatalogState) before).getNodesList()) {
      if (other.getAddress().equals(address) && !other.getDead() && other.getId() != nodeId()) {
        int id = other.getId();
        int life = other.getIncarnation();
        trace(() -> "declares node " + id + "." + life + " dead");
        coordination.change(
            "declare dead", state -> ChainChanges.declareDead(state, id, life), done -> {});
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
    int from = nodeId();
    trace(() -> "-> node " + to + " range " + range + " " + message);
    var target = sim.node(sim.processOf(to));
    sim.network.send(index, target.index, () -> target.received(from, to, range, message));
  }

  private void received(int from, int to, int range, ChainMessage message) {
    if (to == nodeId()) {
      ranges[range].received(from, message);
    }
  }

  boolean isReady(int to) {
    return sim.network.isReady(index, sim.processOf(to));
  }

  void forward(int to, int range, int epoch, LogEntry entry) {
    int from = nodeId();
    trace(() -> "-> node " + to + " epoch " + epoch + " record " + entry.header());
    var target = sim.node(sim.processOf(to));
    sim.network.sendBulk(index, target.index, () -> target.record(from, to, range, epoch, entry));
  }

  private void record(int from, int to, int range, int epoch, LogEntry entry) {
    if (to == nodeId()) {
      ranges[range].record(from, epoch, entry.header(), entry.op());
    }
  }

  void sendCopy(int to, int range, int epoch, int piece, SimDisk.Checkpoint checkpoint) {
    int from = nodeId();
    var target = sim.node(sim.processOf(to));
    sim.network.sendBulk(
        index, target.index, () -> target.copied(from, to, range, epoch, piece, checkpoint));
  }

  private void copied(
      int from, int to, int range, int epoch, int piece, SimDisk.Checkpoint checkpoint) {
    if (to == nodeId()) {
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
    if (!coordination.isRegistered()) {
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

  // ---- the cluster

  /** What it and ZooKeeper tell each other. */
  SimCoordination coordination() {
    return coordination;
  }

  private void review() {
    later(REVIEW, this::review);
    coordination.review();
    for (var range : ranges) {
      range.leased(coordination.isLeased());
      range.review(PATIENCE);
    }
  }
}
