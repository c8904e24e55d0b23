package io.holdfast.it.sim;

import io.holdfast.replication.chain.ChainConfig;
import io.holdfast.replication.chain.ChainEffects;
import io.holdfast.replication.chain.ChainMember;
import io.holdfast.replication.chain.ChainMessage;
import io.holdfast.replication.chain.ChainReplica;
import io.holdfast.replication.chain.CombinedPush;
import io.holdfast.replication.chain.RecordType;
import io.holdfast.store.log.RecordHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Drives one node's replica of one range as a shard does. */
final class SimRange implements ChainEffects {
  private final Simulation sim;
  private final SimNode node;
  private final int range;
  private final SimDisk disk;
  private final RangeLog log;
  private final SimRequests requests;
  private ChainReplica replica;
  private Rows rows = new Rows();
  private boolean turnIsDue;
  private boolean gap;
  private @Nullable CopyIn copyIn;
  private @Nullable CopyOut copyOut;

  /** When the successor was last seen to get on. */
  private long downstreamMoved;

  private long downstreamWas = -1;

  /** A copy that is coming in: what was there is void. */
  private record CopyIn(int from, int epoch) {}

  /** A copy that is going out, in pieces. */
  private static final class CopyOut {
    final int to;
    final int epoch;
    final SimDisk.Checkpoint checkpoint;
    int piece;

    CopyOut(int to, int epoch, SimDisk.Checkpoint checkpoint) {
      this.to = to;
      this.epoch = epoch;
      this.checkpoint = checkpoint;
    }
  }

  private static final int PIECES = 4;

  /** Of a replica that is not yet known to the chain. */
  private static final class Silent implements ChainEffects {
    @Override
    public void send(int node, ChainMessage message) {}

    @Override
    public void truncate(long fromLsn) {}

    @Override
    public void commit(long lsn) {}

    @Override
    public void activate(int epoch) {}

    @Override
    public void copyTo(int node) {}

    @Override
    public void promote(int epoch, int node) {}

    @Override
    public void fetchConfiguration(int epoch) {}

    @Override
    public void corrupt(String reason) {}
  }

  /** Opens what the disk has; {@link #replay} then gets the log. */
  SimRange(Simulation sim, SimNode node, int range, SimDisk disk) {
    this.sim = sim;
    this.node = node;
    this.range = range;
    this.disk = disk;
    this.log = disk.range(range);
    this.requests = new SimRequests(sim, node, range, this, disk);
    if (disk.isDamaged(range) || disk.isUnusable(range)) {
      disk.wipe(range);
    }
    var checkpoint = disk.checkpoint(range);
    if (checkpoint == null) {
      replica = ChainReplica.empty(0, 0);
    } else {
      replica = ChainReplica.read(bytes(checkpoint));
      rows = checkpoint.rows().copy();
      sim.oracle.installed(node, range, checkpoint.lsn(), rows);
    }
    replica.clocks().share(node.clockPool());
  }

  private static ByteBuffer bytes(SimDisk.Checkpoint checkpoint) {
    return ByteBuffer.wrap(checkpoint.state()).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A record or note of the log, while the process starts. */
  void replay(LogEntry entry) {
    if (disk.isUnusable(range)) {
      return;
    }
    var header = entry.header();
    switch (header.type()) {
      case RecordType.CUT -> {
        dropAfter(header.lsn());
        gap &= header.lsn() > replica.lastLsn();
      }
      case RecordType.INSTALL -> {
        dropAfter(replica.committedLsn());
        gap = false;
      }
      default -> {
        // The log's start may stand amid records that a note behind them takes back.
        gap |= header.lsn() > replica.lastLsn() + 1;
        if (!gap && header.lsn() > replica.committedLsn()) {
          appended(header, entry.op());
        }
      }
    }
  }

  private void dropAfter(long lsn) {
    long from = Math.max(lsn, replica.committedLsn()) + 1;
    if (from <= replica.lastLsn()) {
      replica.dropFrom(from);
    }
  }

  /** All of the log has been replayed and is synced. */
  void replayed() {
    if (gap) {
      throw sim.world.violation(
          Invariant.NO_INTERNAL_ERROR,
          node.name + ": the log of range " + range + " has a gap after " + replica.lastLsn());
    }
    if (log.last() < replica.lastLsn()) {
      log.restart(replica.lastLsn() + 1);
    }
    replica.durable(replica.lastLsn(), this);
    replica.retained(log.first());
  }

  ChainReplica replica() {
    return replica;
  }

  Rows rows() {
    return rows;
  }

  boolean isHalfCopied() {
    return copyIn != null;
  }

  // ---- configuration and links

  void identify(int nodeId, int incarnation) {
    replica.identify(nodeId, incarnation);
    copyIn = null;
    copyOut = null;
    requests.failWaiting();
  }

  void configure(ChainConfig config) {
    int before = replica.epoch();
    replica.configure(config, this);
    if (replica.epoch() != before) {
      copyIn = null;
      copyOut = null;
      downstreamMoved = sim.world.now();
      if (!replica.isHead()) {
        requests.failWaiting();
      }
      requests.failParked();
    }
    if (replica.role() == ChainMember.Role.SERVING && replica.isActivated()) {
      disk.usable(range);
    }
    wake();
  }

  void connected(int process) {
    forPeer(process, id -> replica.connected(id, this));
    wake();
  }

  void disconnected(int process) {
    forPeer(
        process,
        id -> {
          replica.disconnected(id);
          if (copyIn != null && copyIn.from() == id) {
            copyIn = null;
          }
          if (copyOut != null && copyOut.to == id) {
            copyOut = null;
          }
        });
  }

  private void forPeer(int process, java.util.function.IntConsumer action) {
    int up = replica.upstream();
    int down = replica.downstream();
    if (up != 0 && sim.processOf(up) == process) {
      action.accept(up);
    }
    if (down != 0 && sim.processOf(down) == process) {
      action.accept(down);
    }
  }

  void received(int from, ChainMessage message) {
    replica.receive(from, message, this);
    wake();
  }

  void record(int from, int epoch, RecordHeader header, int op) {
    if (replica.accepts(from, epoch, header, this)) {
      if (disk.isFull()) {
        node.breakWith(from); // attached again later, from where it stopped
        sim.strikes.turnedAway(disk);
        return;
      }
      append(header, op);
    }
    wake();
  }

  LogEntry append(RecordHeader header, int op) {
    var entry = disk.append(header, op);
    appended(header, op);
    if (sim.isMemory(range)) {
      replica.durable(header.lsn(), this); // the mapping of the log outlives the process
    }
    node.wantSync();
    return entry;
  }

  private void appended(RecordHeader header, int op) {
    if (header.type() == RecordType.COMBINED) {
      replica.appended(
          header,
          sim.oracle.combination(op).stream()
              .map(p -> new CombinedPush(p.worker(), p.incarnation(), p.seq(), p.clock()))
              .toList());
    } else {
      replica.appended(header);
    }
  }

  /** More of the log is on the disk. */
  void synced() {
    long durable = replica.durableLsn();
    while (durable < log.last()
        && (!log.holds(durable + 1) || disk.isSynced(log.get(durable + 1)))) {
      durable++;
    }
    replica.durable(durable, this);
    wake();
  }

  void leased(boolean live) {
    replica.leased(live, this);
    wake();
  }

  // ---- effects

  @Override
  public void send(int to, ChainMessage message) {
    node.send(to, range, message);
  }

  @Override
  public void truncate(long fromLsn) {
    node.trace(() -> "range " + range + " drops from " + fromLsn);
    disk.cut(range, fromLsn - 1);
    node.wantSync();
    sim.strikes.cut(node);
  }

  @Override
  public void commit(long lsn) {
    wake();
  }

  @Override
  public void activate(int epoch) {
    node.coordination().activate(range, epoch);
  }

  @Override
  public void copyTo(int to) {
    node.trace(() -> "range " + range + " copies to node " + to);
    copyOut = new CopyOut(to, replica.epoch(), snapshot());
    wake();
  }

  @Override
  public void promote(int epoch, int to) {
    node.coordination().promote(range, epoch, to);
  }

  @Override
  public void fetchConfiguration(int epoch) {
    node.coordination().fetch();
  }

  @Override
  public void corrupt(String reason) {
    throw sim.world.violation(
        Invariant.NO_INTERNAL_ERROR, node.name + ", range " + range + ": " + reason);
  }

  // ---- copies

  SimDisk.Checkpoint snapshot() {
    var bytes = replica.write();
    var state = new byte[bytes.remaining()];
    bytes.get(state);
    return new SimDisk.Checkpoint(replica.appliedLsn(), state, rows.copy());
  }

  private void sendCopy() {
    var out = copyOut;
    while (out != null && out.piece < PIECES && node.isReady(out.to)) {
      int piece = out.piece++;
      node.sendCopy(out.to, range, out.epoch, piece, out.checkpoint);
    }
    if (out != null && out.piece == PIECES) {
      copyOut = null;
    }
  }

  void copied(int from, int epoch, int piece, SimDisk.Checkpoint checkpoint) {
    if (epoch != replica.epoch()
        || from != replica.upstream()
        || replica.role() != ChainMember.Role.SYNCING) {
      return;
    }
    var config = replica.config();
    if (piece == 0) {
      copyIn = new CopyIn(from, epoch);
      disk.wipe(range);
      rows = new Rows();
      replica = ChainReplica.empty(node.nodeId(), node.incarnation());
      replica.clocks().share(node.clockPool());
      replica.configure(config, new Silent());
      node.wantSync();
    } else if (copyIn != null && piece == PIECES - 1) {
      copyIn = null;
      disk.checkpoint(range, checkpoint);
      disk.install(range, checkpoint.lsn());
      disk.usable(range);
      node.wantSync();
      rows = checkpoint.rows().copy();
      replica = ChainReplica.read(node.nodeId(), node.incarnation(), bytes(checkpoint));
      replica.clocks().share(node.clockPool());
      replica.retained(log.first());
      sim.oracle.installed(node, range, checkpoint.lsn(), rows);
      replica.configure(config, this);
      wake();
    }
  }

  // ---- checkpoints

  void checkpointed(SimDisk.Checkpoint checkpoint) {
    disk.checkpoint(range, checkpoint);
  }

  /** First place in the log that this range still needs. */
  long neededIndex() {
    var checkpoint = disk.checkpoint(range);
    long lsn = Math.min((checkpoint == null ? 0 : checkpoint.lsn()) + 1, replica.neededFrom());
    lsn = Math.max(lsn, log.first());
    return log.holds(lsn) ? log.get(lsn).index() : Long.MAX_VALUE;
  }

  void released() {
    replica.retained(log.first());
  }

  void request(Request request) {
    requests.take(request);
    wake();
  }

  // ---- turns

  /** A turn is due soon; what happens until then is dealt with in one. */
  void wake() {
    if (!turnIsDue) {
      turnIsDue = true;
      node.later(sim.world.between(5, 120), this::turn);
    }
  }

  private void turn() {
    turnIsDue = false;
    requests.takeTogether();
    boolean applied = apply();
    if (applied) {
      requests.answerDuplicates();
    }
    requests.reviewParked();
    sendCopy();
    forward();
    replica.settle(this);
  }

  private boolean apply() {
    boolean any = false;
    for (RecordHeader header; (header = replica.applyNext()) != null; any = true) {
      int op = log.get(header.lsn()).op();
      applyToRows(header, op);
      sim.oracle.applied(node, range, header, op, rows, replica.clocks());
      requests.applied(header);
    }
    return any;
  }

  /** Pushes to a sequential table count once their clock has ended. */
  private void applyToRows(RecordHeader header, int op) {
    boolean sequential = sim.isSequential(range);
    if (sequential
        && header.type() == RecordType.PUSH
        && header.clock() >= replica.completedClocks()) {
      rows.hold(header, op);
    } else {
      rows.apply(header, op);
    }
    while (sequential && replica.nextClockHasEnded(sim.backupWorkers)) {
      rows.combine(replica.completedClocks());
      replica.completeClock();
    }
  }

  private void forward() {
    long lsn;
    while ((lsn = replica.nextToForward()) >= 0 && node.isReady(replica.downstream())) {
      var entry = log.get(lsn);
      node.forward(replica.downstream(), range, replica.epoch(), entry);
      replica.forwarded(lsn);
    }
  }

  /** Now and then: parked requests whose time is over, a successor that does not get on. */
  void review(long patience) {
    requests.reviewParked();
    int down = replica.downstream();
    long at =
        replica.isAttachedDown() ? replica.downstreamDurable() : replica.isCopying() ? -2 : -1;
    boolean idle = replica.isAttachedDown() && replica.unansweredLsn() == 0;
    if (down == 0 || idle || at != downstreamWas) {
      downstreamMoved = sim.world.now();
      downstreamWas = at;
    } else if (sim.world.now() - downstreamMoved > patience) {
      downstreamMoved = sim.world.now();
      node.coordination().suspect(range, replica.epoch(), down);
    }
  }
}
