package io.holdfast.tools.demo;

import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.ControlCalls;
import io.holdfast.tools.local.NodeProcess;
import io.holdfast.tools.local.ProcessCluster;
import io.holdfast.v1.ChainStatus;
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
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Who holds what, as the cluster itself says; nodes are called by the number of their process.
 * Calls block. For one thread.
 */
final class ClusterSight implements AutoCloseable {
  private static final Duration PER_NODE = Duration.ofSeconds(1);
  private static final Duration SCRUB = Duration.ofMinutes(1);

  private final ProcessCluster processes;
  private final ControlCalls control;

  /**
   * What was seen.
   *
   * @param chains of the ranges asked for, such as {@code 1>3>2}, in the order of their keys; a
   *     member that is being brought up to date stands in brackets
   * @param heads processes that are the head of so many of them
   * @param complete whether every range of the cluster has all its replicas
   */
  record Seen(List<String> chains, Map<Integer, Integer> heads, boolean complete) {
    static final Seen NOTHING = new Seen(List.of(), Map.of(), false);
  }

  ClusterSight(ProcessCluster processes) {
    this.processes = processes;
    this.control = new ControlCalls(processes.addresses(), PER_NODE);
  }

  /** The chains of a job's tables; nothing where no node answers. */
  Seen look(String job) {
    ClusterStatusReply status;
    try {
      status = control.call(stub -> stub.clusterStatus(ClusterStatusRequest.getDefaultInstance()));
    } catch (HoldfastException e) {
      return Seen.NOTHING;
    }
    Map<Integer, Integer> names = names(status);
    List<Range> ranges =
        status.getTablesList().stream()
            .filter(table -> table.getJob().equals(job) && !table.getTable().isEmpty())
            .flatMap(table -> table.getRangesList().stream())
            .map(ChainStatus::getRange)
            .sorted(Comparator.comparing(Range::getStart, Long::compareUnsigned))
            .toList();
    var heads = new TreeMap<Integer, Integer>();
    for (Range range : ranges) {
      head(range).ifPresent(head -> heads.merge(names.getOrDefault(head, head), 1, Integer::sum));
    }
    boolean complete =
        status.getTablesList().stream()
            .flatMap(table -> table.getRangesList().stream())
            .allMatch(ClusterSight::isComplete);
    return new Seen(ranges.stream().map(range -> text(range, names)).toList(), heads, complete);
  }

  private Map<Integer, Integer> names(ClusterStatusReply status) {
    var names = new TreeMap<Integer, Integer>();
    List<NodeProcess> nodes = processes.nodes();
    for (NodeInfo info : status.getNodesList()) {
      for (int i = 0; i < nodes.size(); i++) {
        if (nodes.get(i).address().equals(info.getAddress())) {
          names.put(info.getNode(), i + 1);
        }
      }
    }
    return names;
  }

  private static Optional<Integer> head(Range range) {
    return range.getMembersList().stream()
        .filter(member -> member.getRole() == Member.Role.SERVING)
        .map(Member::getNode)
        .findFirst();
  }

  private static String text(Range range, Map<Integer, Integer> names) {
    String serving =
        range.getMembersList().stream()
            .filter(member -> member.getRole() == Member.Role.SERVING)
            .map(member -> Integer.toString(names.getOrDefault(member.getNode(), 0)))
            .collect(Collectors.joining(">"));
    String others =
        range.getMembersList().stream()
            .filter(member -> member.getRole() != Member.Role.SERVING)
            .map(member -> "(" + names.getOrDefault(member.getNode(), 0) + ")")
            .collect(Collectors.joining());
    return (serving.isEmpty() ? "nobody" : serving) + others;
  }

  private static boolean isComplete(ChainStatus chain) {
    Range range = chain.getRange();
    return range.getMembersCount() == chain.getWantedReplicas()
        && range.getMembersList().stream().allMatch(m -> m.getRole() == Member.Role.SERVING)
        && range.getEpoch() == range.getActivatedEpoch();
  }

  /** One answer for each range of every table, replicas compared bit by bit. */
  static List<ScrubResult> scrub(ProcessCluster processes) {
    try (var calls = new ControlCalls(processes.addresses(), SCRUB)) {
      return calls.call(
          stub -> {
            List<ScrubResult> results = new ArrayList<>();
            stub.scrub(ScrubRequest.getDefaultInstance()).forEachRemaining(results::add);
            return results;
          });
    }
  }

  @Override
  public void close() {
    control.close();
  }
}
