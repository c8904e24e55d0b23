package io.holdfast.replication.shard;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Records of a shard that are logged and not yet committed, in the order of the log. */
final class PendingRecords {
  private final ArrayDeque<PendingRecord> records = new ArrayDeque<>();

  void add(PendingRecord record) {
    records.addLast(record);
  }

  /** Removes the oldest if it is durable, else null. */
  @Nullable PendingRecord pollDurable(long durableIndex) {
    var first = records.peekFirst();
    return first != null && first.record().index() <= durableIndex ? records.pollFirst() : null;
  }

  /** Removes the oldest, durable or not. */
  @Nullable PendingRecord poll() {
    return records.pollFirst();
  }

  /** Whether the oldest can be committed. */
  boolean hasDurable(long durableIndex) {
    var first = records.peekFirst();
    return first != null && first.record().index() <= durableIndex;
  }

  boolean isEmpty() {
    return records.isEmpty();
  }

  /** Index of the oldest pending record of a range, or {@code otherwise}. */
  long firstIndexOf(RangeReplica replica, long otherwise) {
    for (var pending : records) {
      if (pending.replica() == replica) {
        return pending.record().index();
      }
    }
    return otherwise;
  }
}
