package io.holdfast.tools.server;

import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import io.holdfast.coordination.ChainChanges;
import io.holdfast.coordination.Chains;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.AcceptLossReply;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.ChainStatus;
import io.holdfast.v1.ClusterStatusReply;
import io.holdfast.v1.ControlGrpc;
import io.holdfast.v1.DigestReply;
import io.holdfast.v1.DigestRequest;
import io.holdfast.v1.NodeInfo;
import io.holdfast.v1.Range;
import io.holdfast.v1.RangeStatus;
import io.holdfast.v1.ReplicaStatus;
import io.holdfast.v1.ScrubResult;
import io.holdfast.v1.SplitRangeReply;
import io.holdfast.v1.StatusReply;
import io.holdfast.v1.StatusRequest;
import io.holdfast.v1.TableChains;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an operator asks of a cluster, by way of any of its nodes. Calls block. */
final class ClusterOperations {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterOperations.class);
  private static final long NODE_MILLIS = 2_000;
  private static final long DIGEST_SECONDS = 60;
  private static final int MAX_STATUS_BYTES = 64 << 20;

  private static final Duration SPLIT_PATIENCE = Duration.ofSeconds(45);

  private final Node node;
  private final RangeSplitting splitting;

  ClusterOperations(Node node) {
    this.node = node;
    this.splitting = new RangeSplitting(node, SPLIT_PATIENCE);
  }

  private Authority authority() {
    return node.authority();
  }

  ClusterStatusReply status() {
    var state = authority().refresh();
    var live = authority().live();
    var statuses = statuses(state, live::contains);
    var reply =
        ClusterStatusReply.newBuilder()
            .setMapVersion(state.getVersion())
            .setControllerEpoch(state.getControllerEpoch());
    Map<Integer, Integer> ranges = new HashMap<>();
    int under = 0;
    var tables = new LinkedHashMap<String, TableChains.Builder>();
    for (var placed : Chains.all(state)) {
      var range = placed.range();
      range.getMembersList().forEach(m -> ranges.merge(m.getNode(), 1, Integer::sum));
      under += Chains.serving(range).size() < placed.replicas() ? 1 : 0;
      chains(tables, state, placed)
          .addRanges(
              ChainStatus.newBuilder()
                  .setRange(node.here(state, range))
                  .setWantedReplicas(placed.replicas())
                  .addAllReplicas(replicas(range, statuses)));
    }
    tables.values().forEach(reply::addTables);
    for (var one : state.getNodesList()) {
      var status = statuses.get(one.getId());
      if (status != null && status.getController() && state.getControllerEpoch() > 0) {
        reply.setControllerNode(one.getId());
      }
      reply.addNodes(
          info(one, live.contains(one.getId()), ranges.getOrDefault(one.getId(), 0), status));
    }
    return reply.setUnderReplicated(under).build();
  }

  private static TableChains.Builder chains(
      Map<String, TableChains.Builder> tables, CatalogState state, Chains.Placed placed) {
    var table = placed.table();
    if (table != null) {
      return tables.computeIfAbsent(
          table.getJob() + "/" + table.getName(),
          key -> TableChains.newBuilder().setJob(table.getJob()).setTable(table.getName()));
    }
    var job =
        state.getJobsList().stream()
            .filter(j -> j.getHome().getId() == placed.range().getId())
            .findFirst()
            .orElseThrow();
    return tables.computeIfAbsent(
        job.getName(), key -> TableChains.newBuilder().setJob(job.getName()));
  }

  private static List<ReplicaStatus> replicas(Range range, Map<Integer, StatusReply> statuses) {
    var replicas = new ArrayList<ReplicaStatus>();
    for (var member : range.getMembersList()) {
      var status = statuses.get(member.getNode());
      var found = status == null ? null : find(status, range.getId());
      if (found != null) {
        replicas.add(ReplicaStatus.newBuilder().setNode(member.getNode()).setStatus(found).build());
      }
    }
    return replicas;
  }

  private static @Nullable RangeStatus find(StatusReply status, int range) {
    for (var home : status.getHomesList()) {
      if (home.getRange() == range) {
        return home;
      }
    }
    for (var table : status.getTablesList()) {
      for (var one : table.getRangesList()) {
        if (one.getRange() == range) {
          return one;
        }
      }
    }
    return null;
  }

  private static NodeInfo info(
      io.holdfast.v1.Node node, boolean live, int ranges, @Nullable StatusReply status) {
    var info =
        NodeInfo.newBuilder()
            .setNode(node.getId())
            .setAddress(node.getAddress())
            .setStoreId(node.getStoreId())
            .setIncarnation(node.getIncarnation())
            .setLive(live)
            .setWanted(node.getWanted().name())
            .setRanges(ranges);
    if (status != null) {
      info.setStatus(status);
    }
    return info.build();
  }

  /** Of all nodes that answer within a short time. */
  private Map<Integer, StatusReply> statuses(
      CatalogState state, java.util.function.IntPredicate live) {
    Map<Integer, CompletableFuture<@Nullable StatusReply>> asked = new HashMap<>();
    for (var other : state.getNodesList()) {
      if (other.getId() != authority().node() && live.test(other.getId())) {
        asked.put(other.getId(), CompletableFuture.supplyAsync(() -> status(other.getAddress())));
      }
    }
    var statuses = new HashMap<Integer, StatusReply>();
    statuses.put(authority().node(), node.status());
    asked.forEach(
        (id, answer) -> {
          var status = answer.join();
          if (status != null) {
            statuses.put(id, status);
          }
        });
    return statuses;
  }

  private static @Nullable StatusReply status(String address) {
    var channel =
        ManagedChannelBuilder.forTarget(address)
            .usePlaintext()
            .maxInboundMessageSize(MAX_STATUS_BYTES)
            .build();
    try {
      return ControlGrpc.newBlockingStub(channel)
          .withDeadlineAfter(NODE_MILLIS, TimeUnit.MILLISECONDS)
          .status(StatusRequest.getDefaultInstance());
    } catch (StatusRuntimeException e) {
      return null; // It is shown without.
    } finally {
      channel.shutdownNow();
    }
  }

  NodeInfo changeNode(int id, String wanted) {
    var as = wanted(wanted);
    var state = authority().change(s -> ChainChanges.want(s, id, as));
    var changed = Chains.node(state, id).orElseThrow();
    return info(changed, authority().live().contains(id), 0, null);
  }

  private static io.holdfast.v1.Node.Wanted wanted(String name) {
    try {
      return io.holdfast.v1.Node.Wanted.valueOf(name);
    } catch (IllegalArgumentException e) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "a node can be ACTIVE, DRAINING or REMOVED, not '" + name + "'",
          e);
    }
  }

  Range move(int range, int from, int to) {
    var state = authority().change(s -> ChainChanges.move(s, range, from, to));
    return node.here(state, Chains.existing(state, range).range());
  }

  SplitRangeReply split(int range, long key) {
    return splitting.split(range, key);
  }

  AcceptLossReply acceptLoss(int range, int survivor) {
    var known = authority().refresh();
    var before = Chains.existing(known, range).range();
    var reports = new HashMap<Integer, RangeStatus>();
    statuses(known, authority().live()::contains)
        .forEach(
            (id, status) -> {
              var found = find(status, range);
              if (found != null) {
                reports.put(id, found);
              }
            });
    int chosen = survivor == 0 ? longest(range, reports) : survivor;
    var state = authority().change(s -> ChainChanges.acceptLoss(s, range, chosen));
    var reply = new Loss(before, chosen, reports).reply();
    LOG.warn("a loss was accepted: {}", reply.getLost());
    return reply.setRange(node.here(state, Chains.existing(state, range).range())).build();
  }

  /** By (record epoch, LSN), as recovery compares logs (rule P22). */
  private static int longest(int range, Map<Integer, RangeStatus> reports) {
    return reports.entrySet().stream()
        .filter(report -> !report.getValue().getState().startsWith("QUARANTINED"))
        .max(
            Comparator.comparingInt(
                    (Map.Entry<Integer, RangeStatus> report) ->
                        report.getValue().getLastRecordEpoch())
                .thenComparingLong(report -> report.getValue().getLastLsn()))
        .map(Map.Entry::getKey)
        .orElseThrow(
            () ->
                new HoldfastException(
                    ErrorCode.INVALID_ARGUMENT,
                    "no live node has anything of range "
                        + range
                        + ": bring one back that has, or name one by --node to go on with nothing"));
  }

  /** Of this node's replica; at a mark that it logs where {@code lsn} is 0. */
  @SuppressWarnings(
      "FutureReturnValueIgnored") // none is: thenCompose unfolds the future in the future
  DigestReply digest(int range, long lsn) {
    var shard = node.shardOf(range);
    long at = lsn != 0 ? lsn : Node.await(shard.ask(s -> s.mark(range)));
    var digest = Node.await(shard.ask(s -> s.digest(range, at)).thenCompose(d -> d));
    return DigestReply.newBuilder()
        .setNode(authority().node())
        .setLsn(digest.lsn())
        .setRowsDigest(digest.rows())
        .setStateDigest(digest.state())
        .setBytes(digest.bytes())
        .build();
  }

  /** Compares the replicas of each range, one after the other. */
  void scrub(String job, String table, Consumer<ScrubResult> results) {
    for (var placed : Chains.all(authority().refresh())) {
      var of = placed.table();
      boolean asked =
          (job.isEmpty() || (of != null && of.getJob().equals(job)))
              && (table.isEmpty() || (of != null && of.getName().equals(table)));
      if (asked) {
        results.accept(scrub(placed.range().getId()));
      }
    }
  }

  private ScrubResult scrub(int range) {
    var result = ScrubResult.newBuilder().setRange(range);
    var state = authority().state();
    try {
      var serving = Chains.serving(Chains.existing(state, range).range());
      long lsn = 0;
      for (var member : serving) {
        var digest = digest(state, member.getNode(), range, lsn);
        lsn = digest.getLsn();
        result.setLsn(lsn).addDigests(digest);
      }
      var first = result.getDigests(0);
      result.setEqual(
          result.getDigestsList().stream()
              .allMatch(
                  d ->
                      d.getRowsDigest() == first.getRowsDigest()
                          && d.getStateDigest() == first.getStateDigest()));
    } catch (HoldfastException | StatusRuntimeException | IndexOutOfBoundsException e) {
      result.setError(String.valueOf(e.getMessage()));
    }
    return result.build();
  }

  private DigestReply digest(CatalogState state, int member, int range, long lsn) {
    if (member == authority().node()) {
      return digest(range, lsn);
    }
    String address = Chains.node(state, member).orElseThrow().getAddress();
    var channel = ManagedChannelBuilder.forTarget(address).usePlaintext().build();
    try {
      return ControlGrpc.newBlockingStub(channel)
          .withDeadlineAfter(DIGEST_SECONDS, TimeUnit.SECONDS)
          .digest(DigestRequest.newBuilder().setRange(range).setLsn(lsn).build());
    } finally {
      channel.shutdownNow();
    }
  }
}
