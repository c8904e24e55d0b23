package io.holdfast.tools.command;

import io.holdfast.tools.display.ByteCount;
import io.holdfast.v1.ChainStatus;
import io.holdfast.v1.ClusterStatusReply;
import io.holdfast.v1.Member;
import io.holdfast.v1.NodeInfo;
import io.holdfast.v1.Range;
import io.holdfast.v1.RangeStatus;
import io.holdfast.v1.ReplicaStatus;
import io.holdfast.v1.Split;
import io.holdfast.v1.TableChains;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A cluster as commands show it. */
final class ClusterView {
  private ClusterView() {}

  /** Whether it is more than a node that runs alone. */
  static boolean isCluster(ClusterStatusReply reply) {
    return reply.getControllerEpoch() > 0 || reply.getNodesCount() > 1;
  }

  static Map<String, Object> document(ClusterStatusReply reply) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("mapVersion", reply.getMapVersion());
    document.put("controller", reply.getControllerNode());
    document.put("controllerEpoch", reply.getControllerEpoch());
    document.put("underReplicated", reply.getUnderReplicated());
    document.put("nodes", reply.getNodesList().stream().map(ClusterView::node).toList());
    document.put("tables", reply.getTablesList().stream().map(ClusterView::table).toList());
    return document;
  }

  static Map<String, Object> node(NodeInfo node) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("node", node.getNode());
    document.put("address", node.getAddress());
    document.put("storeId", node.getStoreId());
    document.put("incarnation", node.getIncarnation());
    document.put("live", node.getLive());
    document.put("wanted", node.getWanted());
    document.put("ranges", node.getRanges());
    if (node.hasStatus()) {
      document.put("status", NodeView.document(node.getAddress(), node.getStatus()));
    }
    return document;
  }

  private static Map<String, Object> table(TableChains table) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("job", table.getJob());
    document.put("table", table.getTable());
    document.put("ranges", table.getRangesList().stream().map(ClusterView::chain).toList());
    return document;
  }

  private static Map<String, Object> chain(ChainStatus chain) {
    Map<String, Object> document = range(chain.getRange());
    document.put("wantedReplicas", chain.getWantedReplicas());
    document.put("committedLsn", committed(chain));
    document.put(
        "replicas",
        chain.getReplicasList().stream()
            .map(
                replica -> {
                  Map<String, Object> one = new LinkedHashMap<>();
                  one.put("node", replica.getNode());
                  one.put("lag", lag(chain, replica.getStatus()));
                  one.putAll(NodeView.range(replica.getStatus()));
                  return one;
                })
            .toList());
    return document;
  }

  /** A range and its chain, for JSON. Keys are unsigned, as text. */
  static Map<String, Object> range(Range range) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("range", range.getId());
    document.put("start", Long.toUnsignedString(range.getStart()));
    document.put("end", range.getEnd() == 0 ? "2^64" : Long.toUnsignedString(range.getEnd()));
    document.put("epoch", range.getEpoch());
    document.put("activatedEpoch", range.getActivatedEpoch());
    document.put(
        "members",
        range.getMembersList().stream()
            .map(
                member -> {
                  Map<String, Object> one = new LinkedHashMap<>();
                  one.put("node", member.getNode());
                  one.put("incarnation", member.getIncarnation());
                  one.put("role", member.getRole().name());
                  return one;
                })
            .toList());
    document.put("ancestors", range.getAncestorsList());
    if (range.hasSplit()) {
      document.put("split", split(range.getSplit()));
    }
    return document;
  }

  private static Map<String, Object> split(Split split) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("key", Long.toUnsignedString(split.getKey()));
    document.put("left", split.getLeft());
    document.put("right", split.getRight());
    document.put("cutNodes", split.getCutNodesList());
    return document;
  }

  /** Several lines. */
  static String text(ClusterStatusReply reply) {
    var text = new StringBuilder();
    long live = reply.getNodesList().stream().filter(NodeInfo::getLive).count();
    text.append(
        String.format(
            "%d nodes, %d live; controller %s (epoch %d); map version %d; %s%n%n",
            reply.getNodesCount(),
            live,
            reply.getControllerNode() == 0 ? "none" : "node " + reply.getControllerNode(),
            reply.getControllerEpoch(),
            reply.getMapVersion(),
            reply.getUnderReplicated() == 0
                ? "fully replicated"
                : reply.getUnderReplicated() + " ranges UNDER-REPLICATED"));
    text.append(nodes(reply.getNodesList(), reply.getControllerNode()));
    for (TableChains table : reply.getTablesList()) {
      text.append(
          table.getTable().isEmpty()
              ? String.format("%nhome range of job %s%n", table.getJob())
              : String.format("%ntable %s of job %s%n", table.getTable(), table.getJob()));
      text.append(chains(table.getRangesList()));
    }
    return text.toString();
  }

  /** A line for each node, under a heading. */
  static String nodes(List<NodeInfo> nodes, int controller) {
    var text = new StringBuilder();
    text.append(
        String.format(
            "%6s %-22s %-5s %-9s %7s %10s %9s %s%n",
            "NODE", "ADDRESS", "LIVE", "WANTED", "RANGES", "DISK FREE", "PROCESS", "PUSHES"));
    for (NodeInfo node : nodes) {
      boolean known = node.hasStatus();
      text.append(
          String.format(
              "%6d %-22s %-5s %-9s %7d %10s %9s %s%s%n",
              node.getNode(),
              node.getAddress(),
              node.getLive() ? "yes" : "NO",
              node.getWanted().toLowerCase(java.util.Locale.ROOT),
              node.getRanges(),
              known ? ByteCount.text(node.getStatus().getDiskFreeBytes()) : "-",
              known ? node.getStatus().getProcessId() : "-",
              !known
                  ? "no answer"
                  : node.getStatus().getAcceptingPushes()
                      ? "accepted"
                      : "REFUSED: " + node.getStatus().getRefusal(),
              node.getNode() == controller ? "  (controller)" : ""));
    }
    return text.toString();
  }

  private static String chains(List<ChainStatus> chains) {
    var text = new StringBuilder();
    text.append(
        String.format(
            "  %6s %6s %12s %-8s %-32s %s%n",
            "RANGE", "EPOCH", "COMMITTED", "SERVING", "CHAIN, HEAD FIRST", "LAG"));
    for (ChainStatus chain : chains) {
      long serving =
          chain.getRange().getMembersList().stream()
              .filter(member -> member.getRole() == Member.Role.SERVING)
              .count();
      text.append(
          String.format(
              "  %6d %6d %12d %-8s %-32s %s%s%n",
              chain.getRange().getId(),
              chain.getRange().getEpoch(),
              committed(chain),
              serving + " of " + chain.getWantedReplicas(),
              chain(chain.getRange()),
              lags(chain),
              serving < chain.getWantedReplicas() ? "  UNDER-REPLICATED" : ""));
    }
    return text.toString();
  }

  /**
   * Nodes of a chain, such as {@code 1 -> 3 -> 2, syncing 4}, and the split that is under way, if
   * one is.
   */
  static String chain(Range range) {
    var text =
        new StringBuilder(
            range.getMembersList().stream()
                .filter(member -> member.getRole() == Member.Role.SERVING)
                .map(member -> Integer.toString(member.getNode()))
                .collect(Collectors.joining(" -> ")));
    if (text.isEmpty()) {
      text.append("nobody");
    }
    for (Member member : range.getMembersList()) {
      switch (member.getRole()) {
        case SYNCING -> text.append(", syncing ").append(member.getNode());
        case WAITING -> text.append(", waiting ").append(member.getNode());
        case SERVING, UNRECOGNIZED -> {} // stands above already
      }
    }
    if (range.hasSplit()) {
      var split = range.getSplit();
      text.append(", splitting at ").append(Long.toUnsignedString(split.getKey()));
      text.append(" into ").append(split.getLeft()).append(" and ").append(split.getRight());
      text.append(" (done on ").append(split.getCutNodesCount()).append(')');
    }
    return text.toString();
  }

  /**
   * For each member in its order: records that it has and the chain has not committed, or lacks.
   */
  private static String lags(ChainStatus chain) {
    return IntStream.range(0, chain.getRange().getMembersCount())
        .mapToObj(i -> chain.getRange().getMembers(i))
        .map(member -> status(chain, member.getNode()))
        .map(found -> found.map(status -> Long.toString(lag(chain, status))).orElse("?"))
        .collect(Collectors.joining(" "));
  }

  private static Optional<RangeStatus> status(ChainStatus chain, int node) {
    return chain.getReplicasList().stream()
        .filter(replica -> replica.getNode() == node)
        .map(ReplicaStatus::getStatus)
        .findFirst();
  }

  /** The newest commit that any replica knows of. */
  private static long committed(ChainStatus chain) {
    return chain.getReplicasList().stream()
        .mapToLong(replica -> replica.getStatus().getCommittedLsn())
        .max()
        .orElse(0);
  }

  /**
   * Records between a replica's last one and the chain's commit: above 0 where it has records that
   * are still on their way down the chain, below 0 where it lacks committed ones.
   */
  private static long lag(ChainStatus chain, RangeStatus replica) {
    return replica.getLastLsn() - committed(chain);
  }
}
