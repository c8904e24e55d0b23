package io.holdfast.replication.shard;

import io.holdfast.store.log.LogRecord;
import io.holdfast.store.log.RecordHeader;
import io.holdfast.store.log.ShardLog;
import java.nio.ByteBuffer;
import java.util.function.BiConsumer;

/** Writes what is not a push into a shard's log, as its head. Belongs to the shard's thread. */
final class Records {
  private final ShardLog log;
  private final BiConsumer<RangeReplica, LogRecord> appended;

  /**
   * @param appended told of each record that went into the log
   */
  Records(ShardLog log, BiConsumer<RangeReplica, LogRecord> appended) {
    this.log = log;
    this.appended = appended;
  }

  /** Appends a record whose sender is answered once it is committed. */
  void append(
      RangeReplica replica,
      byte type,
      int rank,
      int incarnation,
      long seq,
      int clock,
      ByteBuffer payload,
      ReplyChannel channel,
      long call) {
    appended(replica, write(replica, type, rank, incarnation, seq, clock, payload), channel, call);
  }

  /** Appends a record that nobody waits for. */
  void append(RangeReplica replica, byte type, int clock, ByteBuffer payload) {
    appended.accept(replica, write(replica, type, 0, 0, 0, clock, payload));
  }

  private LogRecord write(
      RangeReplica replica,
      byte type,
      int rank,
      int incarnation,
      long seq,
      int clock,
      ByteBuffer payload) {
    var chain = replica.chain();
    int length = payload.remaining();
    var reservation = log.reserve(length);
    LogRecord record;
    boolean done = false;
    try {
      reservation.payload().put(0, payload, payload.position(), length);
      record =
          reservation.append(
              new RecordHeader(
                  type,
                  (byte) 0,
                  replica.range(),
                  chain.epoch(),
                  chain.nextLsn(),
                  rank,
                  incarnation,
                  seq,
                  clock),
              length);
      done = true;
    } finally {
      if (!done) {
        reservation.abandon();
      }
    }
    return record;
  }

  /** The record is in the log. */
  void appended(RangeReplica replica, LogRecord record, ReplyChannel channel, long call) {
    replica.waiters().addLast(new Waiter(record.header().lsn(), channel, call));
    appended.accept(replica, record);
  }
}
