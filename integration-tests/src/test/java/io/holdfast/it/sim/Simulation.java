package io.holdfast.it.sim;

import io.holdfast.coordination.Chains;
import io.holdfast.model.Consistency;
import io.holdfast.model.KnownConsistency;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Job;
import io.holdfast.v1.Range;
import io.holdfast.v1.Table;
import io.holdfast.v1.TableDefinition;
import io.holdfast.wire.Definitions;
import java.util.ArrayList;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** One run: a cluster and its workers under faults, then healed, until it is whole again. */
final class Simulation {
  private static final long HEALING = 30 * World.SECONDS;
  private static final long CHECK = 50 * World.MILLIS;

  final World world;
  final Network network;
  final SimZooKeeper zooKeeper;
  final Oracle oracle;
  final Faults faults;
  final Strikes strikes;

  /** That the table begins with. */
  private final int staleness;

  final int slowStep;

  /** Of a sequential table: workers that a clock does not wait for. */
  final int backupWorkers;

  private final boolean sequential;

  /** Ranks that the group begins with; the last one may come later. */
  private final int firstGroup;

  /** Ranks that are to be given up, whether or not they live. */
  private final TreeSet<Integer> unwanted = new TreeSet<>();

  /** Pushes count once they are in the log's mapping; then no machine may crash here. */
  final boolean memory;

  private final SimNode[] nodes;

  /** Two processes for each rank: one may take the place of the other while that still runs. */
  private final SimWorker[] workers;

  private final ArrayList<Integer> rangeIds = new ArrayList<>();
  private final ArrayList<@Nullable SimNode> nodesById = new ArrayList<>();
  private final ArrayList<@Nullable SimDisk> disksById = new ArrayList<>();
  private final long faultsEnd;
  private boolean working = true;
  private int disks;

  /** What a run did, for reports and to compare replays. */
  record Result(long seed, long events, long micros, long acknowledged, long pulls, long digest) {}

  static Result run(long seed) {
    return run(seed, false, false);
  }

  /**
   * @throws World.Violation where an invariant does not hold; with the last events where {@code
   *     tracing}
   */
  static Result run(long seed, boolean tracing, boolean printing) {
    var world = new World(seed, tracing, printing);
    try {
      return new Simulation(world).run();
    } catch (IllegalStateException
        | IndexOutOfBoundsException
        | NullPointerException
        | java.util.NoSuchElementException
        | io.holdfast.model.HoldfastException
        | IllegalArgumentException e) {
      var violation = world.violation(Invariant.NO_INTERNAL_ERROR, e.toString());
      violation.initCause(e);
      throw violation;
    }
  }

  /** Runs a seed; if it fails, again with the trace. Null, or what went wrong. */
  static World.@Nullable Violation failure(long seed) {
    try {
      run(seed);
      return null;
    } catch (World.Violation first) {
      try {
        run(seed, true, false);
      } catch (World.Violation traced) {
        return traced;
      }
      return first;
    }
  }

  private Simulation(World world) {
    this.world = world;
    int nodeCount = 3 + world.index(3);
    int workerCount = 2 + world.index(2);
    int rangeCount = 2 + world.index(3);
    int replicas = world.chance(0.7) ? 3 : world.chance(0.5) ? 2 : 1;
    staleness = world.index(3);
    slowStep = world.chance(0.5) ? 12 : 50;
    sequential = world.chance(0.25);
    firstGroup = world.chance(0.3) ? workerCount - 1 : workerCount;
    backupWorkers = world.chance(0.3) ? 1 : 0;
    memory = world.chance(0.2);
    faultsEnd = world.between(1500, 7000) * World.MILLIS;
    nodes = new SimNode[nodeCount];
    workers = new SimWorker[2 * workerCount];
    var processes = new SimProcess[nodeCount + workers.length];
    nodesById.add(null);
    disksById.add(null);
    for (int i = 0; i < nodeCount; i++) {
      processes[i] = nodes[i] = new SimNode(this, i, newDiskOf(i, rangeCount));
    }
    for (int i = 0; i < workers.length; i++) {
      int pushes = (int) world.between(15, 60);
      workers[i] = new SimWorker(this, nodeCount + i, i % workerCount, pushes);
      processes[nodeCount + i] = workers[i];
    }
    network = new Network(world, processes, nodeCount);
    zooKeeper =
        new SimZooKeeper(
            world,
            java.util.Arrays.copyOf(processes, nodeCount),
            catalog(rangeCount, replicas),
            i -> nodes[i].coordination().look(),
            this::bind);
    Chains.all(zooKeeper.state()).forEach(placed -> rangeIds.add(placed.range().getId()));
    oracle = new Oracle(this, rangeCount, workerCount, staleness);
    faults = new Faults(this);
    strikes = new Strikes(this);
    zooKeeper.onChange(
        (before, after) -> {
          oracle.changed(consistency(after));
          strikes.changed(before, after);
        });
  }

  private CatalogState catalog(int ranges, int replicas) {
    var definition = TableDefinition.newBuilder().setReplicas(replicas);
    definition.setConsistency(Definitions.toProto(Consistency.bounded(staleness)));
    if (world.chance(0.3)) {
      definition.setMinInSync(1);
    }
    var table = Table.newBuilder().setId(3).setJob("job").setName("table");
    table.setDefinition(definition);
    for (int i = 1; i < ranges; i++) {
      table.addRanges(Range.newBuilder().setId(3 + i).setStart(i).setEnd(i + 1));
    }
    return CatalogState.newBuilder()
        .setFormat(1)
        .setVersion(1)
        .setLastId(3 + ranges)
        .setHomeReplicas(replicas)
        .addJobs(Job.newBuilder().setId(1).setName("job").setHome(Range.newBuilder().setId(2)))
        .addTables(table)
        .build();
  }

  private Result run() {
    for (var node : nodes) {
      world.after(world.between(0, 100) * World.MILLIS, node::start);
    }
    for (int rank = 0; rank < workers(); rank++) {
      long joins = rank < firstGroup ? world.between(100, 400) : world.between(500, 3000);
      world.after(joins * World.MILLIS, workers[rank]::start);
    }
    faults.begin();
    while (world.step(faultsEnd)) {}
    working = false;
    world.trace(() -> "all is healed");
    faults.heal();
    long deadline = world.now() + HEALING;
    String missing = missing();
    while (missing != null && world.now() < deadline) {
      long until = world.now() + CHECK;
      while (world.step(until)) {}
      faults.activateAll();
      missing = missing();
    }
    if (missing != null) {
      throw world.violation(Invariant.CONVERGES, missing);
    }
    long digest = world.happened();
    for (int i = 0; i < ranges(); i++) {
      var history = oracle.history(i);
      digest = digest * 31 + (history.lsn() == 0 ? 0 : history.at(history.lsn()).digest());
    }
    return new Result(
        world.seed, world.happened(), world.now(), oracle.acknowledged(), oracle.pulled(), digest);
  }

  /** What keeps the cluster from being whole; null where it is. */
  private @Nullable String missing() {
    for (var worker : workers) {
      if (!worker.isDone()) {
        return "no answer: " + worker.unanswered();
      }
    }
    var all = Chains.all(zooKeeper.state());
    for (int i = 0; i < all.size(); i++) {
      var range = all.get(i).range();
      int wanted = Math.min(all.get(i).replicas(), nodes.length);
      if (Chains.serving(range).size() < wanted || !Chains.isActivated(range)) {
        return "range " + i + " is not whole: " + text(range);
      }
      long lsn = oracle.history(i).lsn();
      for (var member : Chains.serving(range)) {
        var node = nodesById.get(member.getNode());
        if (node == null || !node.isOpen() || node.nodeId() != member.getNode()) {
          return "range " + i + ": node " + member.getNode() + " is not there: " + text(range);
        }
        var replica = node.range(i).replica();
        if (replica.appliedLsn() != lsn || replica.lastLsn() != lsn) {
          return "range "
              + i
              + ": node "
              + member.getNode()
              + " has applied "
              + replica.appliedLsn()
              + " of "
              + replica.lastLsn()
              + ", others "
              + lsn;
        }
        if (lsn > 0 && node.range(i).rows().digest() != oracle.history(i).at(lsn).digest()) {
          return "range " + i + ": node " + member.getNode() + " has other rows";
        }
      }
    }
    return null;
  }

  private static String text(Range range) {
    return range.toString().replaceAll("\\s+", " ");
  }

  // ---- who is there

  int ranges() {
    return rangeIds.size();
  }

  /** The first range is the job's own, which has no rows and is always durable. */
  private static boolean isOfTable(int range) {
    return range > 0;
  }

  boolean isSequential(int range) {
    return sequential && isOfTable(range);
  }

  boolean isMemory(int range) {
    return memory && isOfTable(range);
  }

  int rangeId(int range) {
    return rangeIds.get(range);
  }

  int nodes() {
    return nodes.length;
  }

  /** The table's consistency, as whoever knows this catalogue knows it. */
  KnownConsistency consistency(CatalogState known) {
    if (known.getTablesCount() == 0) {
      return KnownConsistency.first(Consistency.bounded(staleness));
    }
    var table = known.getTables(0);
    return new KnownConsistency(
        Definitions.fromProto(table.getDefinition().getConsistency()),
        table.getConsistencyVersion());
  }

  /** Ranks. */
  int workers() {
    return workers.length / 2;
  }

  /** The size of the group as far as a rank knows. */
  int groupOf(int rank) {
    return rank < firstGroup ? firstGroup : workers();
  }

  /** To be given up by whoever looks after the group. */
  Set<Integer> unwanted() {
    return unwanted;
  }

  int processes() {
    return nodes.length + workers.length;
  }

  SimNode node(int index) {
    return nodes[index];
  }

  SimNode node(String address) {
    return nodes[Integer.parseInt(address.substring(1))];
  }

  /** One of the two processes that may be a rank. */
  SimWorker worker(int rank, int which) {
    return workers[rank + which * workers()];
  }

  SimWorker workerProcess(int process) {
    return workers[process - nodes.length];
  }

  int indexOfRange(int id) {
    return rangeIds.indexOf(id);
  }

  boolean isWorking() {
    return working;
  }

  /** A store has got its number (P21). */
  private void bind(int nodeId, int index) {
    while (nodesById.size() <= nodeId) {
      nodesById.add(null);
      disksById.add(null);
    }
    nodesById.set(nodeId, nodes[index]);
    disksById.set(nodeId, nodes[index].disk());
  }

  int processOf(int nodeId) {
    return java.util.Objects.requireNonNull(nodesById.get(nodeId)).index;
  }

  /** The disk that a node's number stands for; null where it is gone for good. */
  @Nullable SimDisk diskOf(int nodeId) {
    var node = nodeId < nodesById.size() ? nodesById.get(nodeId) : null;
    var disk = node == null ? null : disksById.get(nodeId);
    return node != null && node.disk() == disk ? disk : null;
  }

  SimDisk newDisk(int index) {
    return newDiskOf(index, ranges());
  }

  private SimDisk newDiskOf(int index, int ranges) {
    return new SimDisk("store-" + index + "-" + disks++, ranges);
  }
}
