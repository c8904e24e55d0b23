package io.holdfast.tools.server;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import io.holdfast.coordination.Chains;
import io.holdfast.replication.chain.Roster;
import io.holdfast.replication.chain.RosterAnswer;
import io.holdfast.v1.ApplyRosterRequest;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.ControlGrpc;
import io.holdfast.v1.Range;
import io.holdfast.v1.RangeRoster;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings versions of a roster to the heads of ranges, here and on other nodes. Calls block. */
final class RosterCarrier implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RosterCarrier.class);
  private static final long PATIENCE_MILLIS = 2_000;

  private final Node node;
  private final Executor threads;
  private final Map<String, ManagedChannel> channels = new ConcurrentHashMap<>();

  RosterCarrier(Node node, Executor threads) {
    this.node = node;
    this.threads = threads;
  }

  /**
   * Brings it to ranges of any node.
   *
   * @return what those said that have it committed within two seconds; try again for the others
   */
  Map<Integer, RosterAnswer> carry(CatalogState state, Roster roster, List<Range> ranges) {
    var byHead = new HashMap<Integer, List<Integer>>();
    for (var range : ranges) {
      var serving = Chains.serving(range);
      if (!serving.isEmpty()) {
        byHead
            .computeIfAbsent(serving.get(0).getNode(), head -> new ArrayList<>())
            .add(range.getId());
      }
    }
    var asked = new ArrayList<CompletableFuture<Map<Integer, RosterAnswer>>>();
    byHead.forEach(
        (head, of) ->
            asked.add(
                CompletableFuture.supplyAsync(() -> carryTo(state, head, roster, of), threads)));
    var answers = new HashMap<Integer, RosterAnswer>();
    asked.forEach(one -> answers.putAll(one.join()));
    return answers;
  }

  private Map<Integer, RosterAnswer> carryTo(
      CatalogState state, int head, Roster roster, List<Integer> ranges) {
    if (head == node.authority().node()) {
      return apply(roster, ranges);
    }
    var answers = new HashMap<Integer, RosterAnswer>();
    try {
      String address = Chains.node(state, head).orElseThrow().getAddress();
      var reply =
          ControlGrpc.newBlockingStub(channel(address))
              .withDeadlineAfter(2 * PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
              .applyRoster(
                  ApplyRosterRequest.newBuilder()
                      .setRoster(ByteString.copyFrom(roster.encode()))
                      .addAllRanges(ranges)
                      .build());
      for (var range : reply.getRangesList()) {
        answers.put(range.getRange(), answer(range));
      }
    } catch (StatusRuntimeException e) {
      LOG.info("node {} does not take the roster: {}", head, e.getMessage());
    }
    return answers;
  }

  private static RosterAnswer answer(RangeRoster range) {
    return new RosterAnswer(range.getVersion(), range.getEnded(), range.getClocksList());
  }

  /** As {@link #carry}, to ranges of which this node is the head. */
  @SuppressWarnings(
      "FutureReturnValueIgnored") // none is: thenCompose unfolds the future in the future
  Map<Integer, RosterAnswer> apply(Roster roster, List<Integer> ranges) {
    var asked = new HashMap<Integer, CompletableFuture<RosterAnswer>>();
    for (int range : ranges) {
      asked.put(
          range,
          node.shardOf(range)
              .ask(shard -> shard.applyRoster(range, roster))
              .thenCompose(answer -> answer)
              .orTimeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS));
    }
    var answers = new HashMap<Integer, RosterAnswer>();
    asked.forEach(
        (range, asking) -> {
          try {
            answers.put(range, asking.join());
          } catch (CompletionException e) {
            LOG.debug("range {} does not take the roster: {}", range, e.getMessage());
          }
        });
    return answers;
  }

  /** To another node's control service; kept. */
  ManagedChannel channel(String address) {
    return channels.computeIfAbsent(
        address, to -> ManagedChannelBuilder.forTarget(to).usePlaintext().build());
  }

  @Override
  public void close() {
    channels.values().forEach(ManagedChannel::shutdownNow);
  }
}
