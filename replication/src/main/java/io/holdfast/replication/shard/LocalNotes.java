package io.holdfast.replication.shard;

import io.holdfast.replication.chain.RecordType;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.log.RecordHeader;
import io.holdfast.store.log.ShardLog;
import java.nio.ByteBuffer;

/** Writes into the log what concerns this node's replica alone, and what a copy brings. */
final class LocalNotes {
  private final ShardLog log;

  LocalNotes(ShardLog log) {
    this.log = log;
  }

  /** {@link RecordType#CUT}: what follows, follows this LSN. */
  void cut(int range, long lastLsn) {
    note(RecordType.CUT, range, lastLsn);
  }

  /** {@link RecordType#INSTALL}: what stands before is void, what follows, follows this LSN. */
  void install(int range, long lsn) {
    note(RecordType.INSTALL, range, lsn);
  }

  private void note(byte type, int range, long lsn) {
    append(new RecordHeader(type, (byte) 0, range, 0, lsn, 0, 0, 0, 0), ByteBuffer.allocate(0));
  }

  /** A record as it came from another node. */
  LogRecord append(RecordHeader header, ByteBuffer payload) {
    int length = payload.remaining();
    var reservation = log.reserve(length);
    boolean appended = false;
    try {
      reservation.payload().put(0, payload, payload.position(), length);
      var record = reservation.append(header, length);
      appended = true;
      return record;
    } finally {
      if (!appended) {
        reservation.abandon();
      }
    }
  }
}
