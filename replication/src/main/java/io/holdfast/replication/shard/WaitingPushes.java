package io.holdfast.replication.shard;

import io.holdfast.wire.Request;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Pushes that arrived in this turn of the shard and may become one record with those that follow
 * (rule P9). Nothing has been looked at in them yet; their frames are kept. Belongs to the shard's
 * thread.
 */
final class WaitingPushes {
  /** A record of more is not made: the chain goes on with the first part meanwhile. */
  private static final int MAX_BYTES = 8 << 20;

  private static final int MAX_PUSHES = 256;

  private final int maxBytes;
  private final Map<RangeReplica, Group> groups = new LinkedHashMap<>();

  private static final class Group {
    final List<ShardRequest> pushes = new ArrayList<>();
    long bytes;
  }

  /**
   * @param maxPayload of a record, in bytes
   */
  WaitingPushes(int maxPayload) {
    maxBytes = Math.min(MAX_BYTES, maxPayload);
  }

  /** Whether a request is a push that may wait; one that would leave no room for others is not. */
  boolean suits(RangeReplica replica, ShardRequest request) {
    return replica.combines()
        && request.request() instanceof Request.Push push
        && !push.wholeRows()
        && CombinedIntake.bytesOf(replica, push) <= maxBytes / 2;
  }

  /** Whether there is room for it beside those that wait already. */
  boolean hasRoom(RangeReplica replica, ShardRequest request) {
    var group = groups.get(replica);
    return group == null
        || (group.pushes.size() < MAX_PUSHES && group.bytes + bytes(replica, request) <= maxBytes);
  }

  void add(RangeReplica replica, ShardRequest request) {
    var group = groups.computeIfAbsent(replica, r -> new Group());
    group.pushes.add(request);
    group.bytes += bytes(replica, request);
  }

  private static long bytes(RangeReplica replica, ShardRequest request) {
    return request.request() instanceof Request.Push push
        ? CombinedIntake.bytesOf(replica, push)
        : 0;
  }

  /** Takes those of a range, in the order in which they came; none where there are none. */
  List<ShardRequest> remove(RangeReplica replica) {
    var group = groups.remove(replica);
    return group == null ? List.of() : group.pushes;
  }

  /** A range with some, null for none. */
  @Nullable RangeReplica next() {
    return groups.isEmpty() ? null : groups.keySet().iterator().next();
  }
}
