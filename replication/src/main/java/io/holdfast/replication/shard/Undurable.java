package io.holdfast.replication.shard;

import java.util.ArrayDeque;
import java.util.function.Consumer;

/** Records of a shard that are logged, and count as durable here once they are on disk. */
final class Undurable {
  private record Entry(RangeReplica replica, long lsn, long index) {}

  private final ArrayDeque<Entry> entries = new ArrayDeque<>();

  void add(RangeReplica replica, long lsn, long index) {
    entries.addLast(new Entry(replica, lsn, index));
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  /** Whether the oldest is on disk. */
  boolean hasDurable(long durableIndex) {
    var first = entries.peekFirst();
    return first != null && first.index() <= durableIndex;
  }

  /** Tells the replicas what is on disk, and the caller which they are. */
  void settle(long durableIndex, Consumer<RangeReplica> changed) {
    while (hasDurable(durableIndex)) {
      var entry = entries.removeFirst();
      entry.replica().durable(entry.lsn());
      changed.accept(entry.replica());
    }
  }

  /** Records of a replica from an LSN on are dropped: another record will have that LSN. */
  void cut(RangeReplica replica, long fromLsn) {
    entries.removeIf(entry -> entry.replica() == replica && entry.lsn() >= fromLsn);
  }

  void clear() {
    entries.clear();
  }
}
