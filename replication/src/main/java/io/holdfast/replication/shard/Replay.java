package io.holdfast.replication.shard;

import io.holdfast.replication.chain.RecordType;
import io.holdfast.store.log.LogRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a restart makes of the log: for each range the records that follow its checkpoint, pending
 * until the chain says what of them is committed. Belongs to the thread that starts the shard.
 *
 * <p>A range's records in the log need not be one history: a {@link RecordType#CUT} voids the end
 * of what stands before it, an {@link RecordType#INSTALL} all of it. A gap is corruption only where
 * no such note follows.
 */
final class Replay {
  private final Map<Integer, RangeReplica> replicas;
  private final Map<RangeReplica, String> gaps = new HashMap<>();
  private final Map<RangeReplica, List<LogRecord>> held = new HashMap<>();

  Replay(Map<Integer, RangeReplica> replicas) {
    this.replicas = replicas;
  }

  void take(LogRecord record) {
    var replica = replicas.get(record.header().range());
    if (replica == null || replica.quarantine() != null) {
      return; // It is not here any more, or waits for repair.
    }
    var header = record.header();
    switch (header.type()) {
      case RecordType.CUT -> cut(replica, header.lsn());
      case RecordType.INSTALL -> {
        cut(replica, 0);
        replica.retained().clear(header.lsn() + 1);
        held.remove(replica);
      }
      default -> {
        if ((header.flags() & RecordType.HELD) != 0) {
          held.computeIfAbsent(replica, r -> new ArrayList<>()).add(record);
        } else {
          follow(replica, record);
        }
      }
    }
  }

  private void cut(RangeReplica replica, long lastLsn) {
    gaps.remove(replica);
    var chain = replica.chain();
    long from = Math.max(lastLsn, chain.appliedLsn()) + 1;
    if (chain.lastLsn() >= from) {
      chain.dropFrom(from);
    }
    replica.cut(lastLsn + 1);
  }

  private void follow(RangeReplica replica, LogRecord record) {
    var chain = replica.chain();
    long lsn = record.header().lsn();
    if (gaps.containsKey(replica)) {
      return;
    }
    if (lsn <= chain.appliedLsn()) {
      replica.retained().add(record);
    } else if (lsn == chain.lastLsn() + 1) {
      replica.logged(record);
    } else {
      gaps.put(
          replica,
          "the log goes on at record " + lsn + " where " + (chain.lastLsn() + 1) + " is due");
    }
  }

  /** The whole log has been taken. */
  void end() {
    gaps.forEach(RangeReplica::quarantine);
    for (var replica : replicas.values()) {
      if (replica.quarantine() == null) {
        end(replica);
      }
    }
  }

  private void end(RangeReplica replica) {
    var chain = replica.chain();
    var retained = replica.retained();
    for (var record : held.getOrDefault(replica, List.of())) {
      buffer(replica, record);
    }
    for (long lsn = retained.firstLsn(); lsn <= chain.appliedLsn(); lsn++) {
      var record = retained.get(lsn);
      if (record != null) {
        buffer(replica, record);
      }
    }
    chain.retained(retained.firstLsn());
    replica.durable(chain.lastLsn());
  }

  /** Pushes of a sequential table whose clock had not ended at the checkpoint are in no row yet. */
  private static void buffer(RangeReplica replica, LogRecord record) {
    var header = record.header();
    if (header.type() == RecordType.PUSH
        && header.lsn() <= replica.chain().appliedLsn()
        && replica.waitsForClock(header)) {
      replica.buffered().add(record);
    }
  }
}
