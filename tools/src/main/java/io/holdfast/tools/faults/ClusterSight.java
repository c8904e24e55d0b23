package io.holdfast.tools.faults;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.ControlCalls;
import io.holdfast.tools.local.NodeProcess;
import io.holdfast.tools.local.ProcessCluster;
import io.holdfast.v1.ChainStatus;
import io.holdfast.v1.ChangeNodeRequest;
import io.holdfast.v1.ClusterStatusReply;
import io.holdfast.v1.ClusterStatusRequest;
import io.holdfast.v1.Member;
import io.holdfast.v1.NodeInfo;
import io.holdfast.v1.Range;
import io.holdfast.v1.ScrubRequest;
import io.holdfast.v1.ScrubResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Who is what in a cluster of processes, as the cluster itself says. Calls block. */
final class ClusterSight implements AutoCloseable {
  private static final Duration PER_NODE = Duration.ofSeconds(3);
  private static final long LOOK_MILLIS = 50;

  private final ProcessCluster processes;
  private final ControlCalls control;
  private final ControlCalls scrubs;

  ClusterSight(ProcessCluster processes) {
    this.processes = processes;
    control = new ControlCalls(processes.addresses(), PER_NODE);
    scrubs = new ControlCalls(processes.addresses(), Duration.ofMinutes(2));
  }

  ClusterStatusReply status() {
    return control.call(stub -> stub.clusterStatus(ClusterStatusRequest.getDefaultInstance()));
  }

  /** The chain of one of the counters' ranges, in the order of their keys. */
  Range chain(int lane) {
    List<Range> ranges =
        status().getTablesList().stream()
            .filter(
                table ->
                    table.getJob().equals(Counters.JOB) && table.getTable().equals(Counters.TABLE))
            .flatMap(table -> table.getRangesList().stream())
            .map(ChainStatus::getRange)
            .sorted(Comparator.comparing(Range::getStart, Long::compareUnsigned))
            .toList();
    if (ranges.isEmpty()) {
      throw new HoldfastException(ErrorCode.INTERNAL, "the status has no table of counters");
    }
    return ranges.get(lane % ranges.size());
  }

  /**
   * The process that serves at a place of a chain.
   *
   * @param place 0: the head
   */
  NodeProcess member(Range chain, int place) {
    List<Member> serving =
        chain.getMembersList().stream()
            .filter(member -> member.getRole() == Member.Role.SERVING)
            .toList();
    if (serving.size() <= place) {
      throw new HoldfastException(
          ErrorCode.UNDER_REPLICATED,
          "range " + chain.getId() + " has " + serving.size() + " serving replicas only");
    }
    return node(serving.get(place).getNode());
  }

  /** The process that is the controller. */
  NodeProcess controller() throws InterruptedException {
    for (int turn = 0; turn < 100; turn++) {
      int controller = status().getControllerNode();
      if (controller != 0) {
        return node(controller);
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    throw new HoldfastException(ErrorCode.NOT_READY, "the cluster has no controller");
  }

  private NodeProcess node(int number) {
    String address =
        status().getNodesList().stream()
            .filter(info -> info.getNode() == number)
            .map(NodeInfo::getAddress)
            .findFirst()
            .orElse("");
    return processes
        .at(address)
        .orElseThrow(
            () ->
                new HoldfastException(
                    ErrorCode.INTERNAL,
                    "node " + number + " at '" + address + "' is no process of this cluster"));
  }

  /** The number of the newest live node at an address; 0 where there is none. */
  int numberOf(NodeProcess process) {
    return status().getNodesList().stream()
        .filter(info -> info.getAddress().equals(process.address()) && info.getLive())
        .mapToInt(NodeInfo::getNode)
        .max()
        .orElse(0);
  }

  /** Takes a node whose store is gone out of the cluster. */
  void remove(int node) {
    want(node, "REMOVED");
  }

  /** Has all ranges moved off a node. Blocks until that is done. */
  void drain(int node, Duration atMost) throws InterruptedException {
    want(node, "DRAINING");
    await(
        atMost,
        () ->
            status().getNodesList().stream()
                    .anyMatch(info -> info.getNode() == node && info.getRanges() > 0)
                ? "node " + node + " is not drained"
                : missing());
  }

  private void want(int node, String wanted) {
    var unused =
        control.call(
            stub ->
                stub.changeNode(
                    ChangeNodeRequest.newBuilder().setNode(node).setWanted(wanted).build()));
  }

  /** Blocks until the live nodes have as many replicas each as they will get. */
  void awaitBalance(Duration atMost) throws InterruptedException {
    await(
        atMost,
        () -> {
          var counts =
              status().getNodesList().stream()
                  .filter(info -> info.getLive() && info.getWanted().equals("ACTIVE"))
                  .mapToInt(NodeInfo::getRanges)
                  .summaryStatistics();
          return counts.getMax() - counts.getMin() > 1
              ? "nodes have from " + counts.getMin() + " to " + counts.getMax() + " replicas"
              : missing();
        });
  }

  /**
   * Blocks until every process is a live node and every chain is complete.
   *
   * @throws HoldfastException DEADLINE_EXCEEDED, saying what is missing
   */
  void awaitFullReplication(Duration atMost) throws InterruptedException {
    await(atMost, this::missing);
  }

  /**
   * @param missing what is to come to pass, empty once it has
   */
  private static void await(Duration atMost, Supplier<String> missing) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (true) {
      String left;
      try {
        left = missing.get();
      } catch (HoldfastException e) {
        left = String.valueOf(e.getMessage());
      }
      if (left.isEmpty()) {
        return;
      }
      if (System.nanoTime() - deadline > 0) {
        throw new HoldfastException(
            ErrorCode.DEADLINE_EXCEEDED,
            "not fully replicated within " + atMost.toSeconds() + " s: " + left);
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
  }

  private String missing() {
    ClusterStatusReply reply = status();
    long live = reply.getNodesList().stream().filter(NodeInfo::getLive).count();
    if (live < processes.nodes().size()) {
      return live + " nodes live of " + processes.nodes().size();
    }
    return reply.getTablesList().stream()
        .flatMap(table -> table.getRangesList().stream())
        .filter(chain -> !isComplete(chain))
        .findFirst()
        .map(
            chain ->
                "range "
                    + chain.getRange().getId()
                    + " epoch "
                    + chain.getRange().getEpoch()
                    + " activated "
                    + chain.getRange().getActivatedEpoch()
                    + ", members "
                    + chain.getRange().getMembersList().stream()
                        .map(member -> member.getNode() + " " + member.getRole())
                        .toList())
        .orElse("");
  }

  private static boolean isComplete(ChainStatus chain) {
    Range range = chain.getRange();
    return range.getMembersList().stream().allMatch(m -> m.getRole() == Member.Role.SERVING)
        && range.getMembersCount() == chain.getWantedReplicas()
        && range.getMovingTo() == 0
        && range.getEpoch() == range.getActivatedEpoch();
  }

  /** One answer for each range of the counters. */
  List<ScrubResult> scrub() {
    ScrubRequest request =
        ScrubRequest.newBuilder().setJob(Counters.JOB).setTable(Counters.TABLE).build();
    return scrubs.call(
        stub -> {
          List<ScrubResult> results = new ArrayList<>();
          stub.scrub(request).forEachRemaining(results::add);
          return results;
        });
  }

  @Override
  public void close() {
    control.close();
    scrubs.close();
  }
}
