package io.holdfast.tools.faults;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.local.NodeProcess;
import io.holdfast.tools.local.ProcessCluster;
import io.holdfast.tools.local.ZooKeeperProcess;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Injects one fault: waits until pushes flow again where they can, then mends what was broken.
 * Pushes go on meanwhile. Blocks.
 */
final class Injector {
  private static final long LOOK_MILLIS = 5;

  /** How long after a fault its consequences may begin. */
  private static final Duration BEGIN = Duration.ofSeconds(1);

  /** How long pushes are watched before ranges move. */
  private static final Duration BEFORE = Duration.ofSeconds(5);

  /** Pulls to a tail that stands still, and to the same when it goes on. */
  private static final int PINNED_PULLS = 100;

  private final ProcessCluster processes;
  private final ClusterSight sight;
  private final OutageMeter outages;
  private final Load load;
  private final Optional<NetworkSpaces> network;
  private final Duration session;
  private final Duration patience;

  /**
   * @param session the nodes' ZooKeeper session timeout
   * @param patience how long anything may take
   */
  Injector(
      ProcessCluster processes,
      ClusterSight sight,
      Load load,
      Optional<NetworkSpaces> network,
      Duration session,
      Duration patience) {
    this.processes = processes;
    this.sight = sight;
    this.load = load;
    this.outages = load.outages();
    this.network = network;
    this.session = session;
    this.patience = patience;
  }

  /**
   * Arms the meter at the moment of the fault. When it returns, everything runs and is connected,
   * but may have to catch up.
   *
   * @param round counts the injections of this fault
   */
  void inject(FaultRow row, int round) throws InterruptedException {
    var chain = sight.chain(round);
    switch (row.fault()) {
      case HEAD -> killed(sight.member(chain, 0));
      case MIDDLE -> killed(sight.member(chain, 1));
      case TAIL -> killed(sight.member(chain, processes.nodes().size() - 1));
      case CONTROLLER -> killed(sight.controller());
      case TWO_IN_TURN -> twoInTurn(round);
      case ZOOKEEPER_LEADER -> zooKeeperLeader();
      case ZOOKEEPER -> zooKeeper();
      case ALL -> all();
      case PAUSE -> paused(row, round);
      case EMPTY_DISK -> emptied(sight.member(chain, 0));
      case JOIN_DRAIN -> joinDrain(row, sight.member(chain, 0));
      case PARTITION -> cutOff(sight.member(chain, 0));
      case ONE_WAY -> oneWay(sight.member(chain, 0), round % 2 == 0);
      case ZOOKEEPER_AWAY -> zooKeeperAway();
    }
  }

  private void arm() {
    outages.arm(System.nanoTime());
  }

  private void killed(NodeProcess victim) throws InterruptedException {
    arm();
    victim.kill();
    awaitFlow();
    victim.start();
  }

  private void twoInTurn(int lane) throws InterruptedException {
    NodeProcess first = sight.member(sight.chain(lane), 0);
    arm();
    first.kill();
    awaitFlow();
    NodeProcess second = sight.member(sight.chain(lane), 0);
    second.kill();
    // One replica of three takes no pushes (P7): they wait for these two.
    second.start();
    first.start();
    awaitFlow();
  }

  private void zooKeeperLeader() throws InterruptedException {
    ZooKeeperProcess leader =
        processes
            .zooKeeperLeader()
            .orElseThrow(
                () -> new HoldfastException(ErrorCode.NOT_READY, "no ZooKeeper server leads"));
    arm();
    leader.kill();
    hold();
    awaitFlow();
    leader.start();
  }

  private void zooKeeper() throws InterruptedException {
    arm();
    processes.zooKeepers().forEach(ZooKeeperProcess::kill);
    hold();
    awaitFlow();
    processes.zooKeepers().forEach(ZooKeeperProcess::start);
  }

  private void all() throws InterruptedException {
    arm();
    processes.nodes().forEach(NodeProcess::beginKill);
    processes.zooKeepers().forEach(ZooKeeperProcess::kill);
    processes.nodes().forEach(NodeProcess::kill);
    processes.zooKeepers().forEach(ZooKeeperProcess::start);
    processes.nodes().forEach(NodeProcess::start);
    awaitFlow();
  }

  /**
   * A head, in turn with a tail: who has asked the tail meanwhile must not get what was the latest
   * before.
   */
  private void paused(FaultRow row, int round) throws InterruptedException {
    boolean isTail = round % 2 == 1;
    var chain = sight.chain(round);
    NodeProcess victim = sight.member(chain, isTail ? processes.nodes().size() - 1 : 0);
    if (!isTail) {
      pause(victim);
      victim.resume();
      return;
    }
    long[] keys = load.counters().keys(round % load.counters().lanes());
    try (var reader = new PinnedReader(victim.address(), chain, keys, load.ledger())) {
      reader.ask();
      reader.awaitFirst(patience);
      pause(victim);
      for (int i = 0; i < PINNED_PULLS; i++) {
        reader.ask(); // they wait for it
      }
      victim.resume();
      for (int i = 0; i < PINNED_PULLS; i++) {
        reader.ask();
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      }
      awaitFlow();
      row.asked(reader.answered(), reader.refused());
    }
  }

  /** Returns when the others go on without it. */
  private void pause(NodeProcess victim) throws InterruptedException {
    arm();
    victim.pause();
    try {
      hold();
      awaitFlow();
    } catch (HoldfastException | InterruptedException e) {
      victim.resume();
      throw e;
    }
  }

  private void emptied(NodeProcess victim) throws InterruptedException {
    int before = sight.numberOf(victim);
    arm();
    victim.kill();
    awaitFlow();
    victim.emptyDisk();
    victim.start();
    processes.awaitServing(patience);
    int after = awaitNumber(victim);
    if (after == before) {
      throw new HoldfastException(
          ErrorCode.INTERNAL,
          "an emptied disk came back as node " + before + ", the node whose data it has lost");
    }
    sight.remove(before);
  }

  private void joinDrain(FaultRow row, NodeProcess victim) throws InterruptedException {
    load.pushMicros().reset();
    TimeUnit.MILLISECONDS.sleep(BEFORE.toMillis());
    Duration before = p99();
    NodeProcess joined = processes.join();
    processes.awaitServing(patience);
    load.pushMicros().reset(); // the start of a process is not what is measured
    arm();
    awaitNumber(joined);
    sight.awaitBalance(patience);
    int number = sight.numberOf(victim);
    sight.drain(number, patience);
    row.moved(before, p99());
    sight.remove(number);
    processes.retire(victim);
    awaitFlow();
  }

  private Duration p99() {
    long micros = load.pushMicros().getIntervalHistogram().getValueAtPercentile(99);
    return Duration.of(micros, ChronoUnit.MICROS);
  }

  private int awaitNumber(NodeProcess process) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    int number = sight.numberOf(process);
    while (number == 0 && System.nanoTime() - deadline < 0) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      number = sight.numberOf(process);
    }
    return number;
  }

  private NetworkSpaces spaces() {
    return network.orElseThrow(
        () -> new IllegalStateException("a network fault needs a cluster in namespaces"));
  }

  private void cutOff(NodeProcess victim) throws InterruptedException {
    List<NodeProcess> others = others(victim);
    arm();
    for (NodeProcess other : others) {
      spaces().cut(victim.address(), other.address());
      spaces().cut(other.address(), victim.address());
    }
    for (ZooKeeperProcess server : processes.zooKeepers()) {
      spaces().cut(victim.address(), server.address());
    }
    mendAfterFlow();
  }

  /**
   * @param outwards the victim's packets are lost, else those to it
   */
  private void oneWay(NodeProcess victim, boolean outwards) throws InterruptedException {
    arm();
    for (NodeProcess other : others(victim)) {
      spaces()
          .cut(
              outwards ? victim.address() : other.address(),
              outwards ? other.address() : victim.address());
    }
    mendAfterFlow();
  }

  private void zooKeeperAway() throws InterruptedException {
    arm();
    for (NodeProcess node : processes.nodes()) {
      for (ZooKeeperProcess server : processes.zooKeepers()) {
        spaces().cut(node.address(), server.address());
      }
    }
    mendAfterFlow();
  }

  private void mendAfterFlow() throws InterruptedException {
    try {
      hold();
      awaitFlow();
    } finally {
      spaces().mend();
    }
  }

  private List<NodeProcess> others(NodeProcess victim) {
    return processes.nodes().stream().filter(node -> node != victim).toList();
  }

  /** Long enough for every session to end that is not heard of. */
  private void hold() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(session.multipliedBy(2).plus(BEGIN).toMillis());
  }

  /** Blocks until every lane has an acknowledgement that is clearly later than the last fault. */
  private void awaitFlow() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(BEGIN.toMillis());
    long since = System.nanoTime();
    while (!outages.flowsSince(since)) {
      load.check();
      if (System.nanoTime() - since > patience.toNanos()) {
        throw new HoldfastException(
            ErrorCode.DEADLINE_EXCEEDED,
            "no push of some range was acknowledged for " + patience.toSeconds() + " s");
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
  }

  /** Starts, continues and connects whatever a fault that was broken off has left behind. */
  void mendAll() {
    network.ifPresent(NetworkSpaces::mend);
    processes.nodes().forEach(NodeProcess::resume);
    processes.nodes().stream().filter(node -> !node.isAlive()).forEach(NodeProcess::start);
    processes.zooKeepers().stream()
        .filter(server -> !server.isAlive())
        .forEach(ZooKeeperProcess::start);
  }
}
