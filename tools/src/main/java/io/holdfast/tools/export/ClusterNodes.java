package io.holdfast.tools.export;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.Retry;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.StateTensor;
import io.holdfast.v1.ControlGrpc;
import io.holdfast.v1.ExportGrpc;
import io.holdfast.v1.Member;
import io.holdfast.v1.Range;
import io.holdfast.v1.Table;
import io.holdfast.v1.TableName;
import io.holdfast.wire.Definitions;
import io.holdfast.wire.Statuses;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Connections to a cluster's nodes: those that were named, and those of the maps since. */
final class ClusterNodes implements AutoCloseable {
  private static final int FLOW_CONTROL_BYTES = 16 << 20;
  private static final int MAX_MESSAGE_BYTES = 64 << 20;
  private static final long ATTEMPT_SECONDS = 5;

  // A node that is there but does not answer is given up after the sum of these.
  private static final long PING_SECONDS = 10;
  private static final long PONG_SECONDS = 5;

  private final Set<String> known = new LinkedHashSet<>();
  private final Map<String, ManagedChannel> channels = new HashMap<>();

  /**
   * @param addresses {@code host:port}, several separated by commas
   */
  ClusterNodes(String addresses) {
    for (String address : addresses.split(",", -1)) {
      known.add(address.strip());
    }
  }

  /**
   * Where a table's ranges are, from the first node that says it. Blocks.
   *
   * @throws HoldfastException UNKNOWN_TABLE; UNAVAILABLE where no node answers
   */
  Table table(TableName name) {
    return ask(
        channel -> {
          Table table =
              ControlGrpc.newBlockingStub(channel)
                  .withMaxInboundMessageSize(MAX_MESSAGE_BYTES)
                  .withDeadlineAfter(ATTEMPT_SECONDS, TimeUnit.SECONDS)
                  .describeTable(name);
          table.getRangesList().forEach(range -> known.addAll(replicas(range)));
          return table;
        });
  }

  /**
   * What stands beside the values of each row of such a table, from the first node that says it.
   * Blocks.
   *
   * @throws HoldfastException UNKNOWN_RULE, INVALID_DEFINITION; UNAVAILABLE where no node answers
   */
  List<StateTensor> state(TableSpec spec) {
    try {
      return ask(
          channel ->
              ExportGrpc.newBlockingStub(channel)
                  .withDeadlineAfter(ATTEMPT_SECONDS, TimeUnit.SECONDS)
                  .layout(Definitions.toProto(spec))
                  .getStateList()
                  .stream()
                  .map(one -> new StateTensor(one.getName(), one.getWidth()))
                  .toList());
    } catch (HoldfastException e) {
      if (e.code() != ErrorCode.UNSUPPORTED_PROTOCOL) {
        throw e;
      }
      throw new HoldfastException(
          ErrorCode.UNSUPPORTED_PROTOCOL,
          "a node of the cluster is of an older release, which takes no optimizer state: bring it"
              + " up to date, or give --model-only to take the values alone",
          e);
    }
  }

  private <T> T ask(Function<ManagedChannel, T> question) {
    HoldfastException last = null;
    for (String address : List.copyOf(known)) {
      try {
        var channel = channel(address);
        channel.resetConnectBackoff();
        return question.apply(channel);
      } catch (StatusRuntimeException e) {
        HoldfastException error = Statuses.fromThrowable(e);
        if (error.retry() == Retry.NEVER) {
          throw error;
        }
        last = error;
      }
    }
    throw new HoldfastException(
        ErrorCode.UNAVAILABLE,
        "no node answers at " + String.join(", ", known) + "; name one that runs by --server",
        last);
  }

  /** Addresses of the replicas that serve a range. */
  static List<String> replicas(Range range) {
    List<String> replicas = new ArrayList<>();
    for (Member member : range.getMembersList()) {
      if (member.getRole() == Member.Role.SERVING && !member.getAddress().isEmpty()) {
        replicas.add(member.getAddress());
      }
    }
    if (replicas.isEmpty() && !range.getAddress().isEmpty()) {
      replicas.add(range.getAddress());
    }
    return replicas;
  }

  /**
   * @throws HoldfastException INVALID_ARGUMENT
   */
  ManagedChannel channel(String address) {
    return channels.computeIfAbsent(
        address,
        node -> {
          try {
            return NettyChannelBuilder.forTarget(node)
                .usePlaintext()
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .flowControlWindow(FLOW_CONTROL_BYTES)
                .keepAliveTime(PING_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(PONG_SECONDS, TimeUnit.SECONDS)
                .build();
          } catch (IllegalArgumentException e) {
            throw new HoldfastException(
                ErrorCode.INVALID_ARGUMENT, "'" + node + "' is no host:port", e);
          }
        });
  }

  @Override
  public void close() {
    channels.values().forEach(ManagedChannel::shutdownNow);
  }
}
