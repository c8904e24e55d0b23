package io.holdfast.replication.shard;

import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import io.holdfast.replication.chain.CombinedPush;
import io.holdfast.replication.chain.RecordType;
import io.holdfast.store.log.LogException;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.log.RecordHeader;
import io.holdfast.store.log.ShardLog;
import io.holdfast.store.rows.KeyBatch;
import io.holdfast.wire.InboundFrame;
import io.holdfast.wire.Request;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes one record of several pushes of a range (rule P9): each is checked as a push on its own is,
 * in a buffer aside, and what passed is added up into the log. Belongs to the shard's thread.
 */
final class CombinedIntake {
  private static final int LEAST_STAGING_BYTES = 1 << 16;

  private final ShardLog log;
  private final PushIntake intake;
  private final PushMerge merge = new PushMerge();
  private final List<CombinedPush> pushes = new ArrayList<>();
  private final List<PushMerge.Part> parts = new ArrayList<>();
  private ByteBuffer staging = ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN);
  private int staged;

  CombinedIntake(ShardLog log, PushIntake intake) {
    this.log = log;
    this.intake = intake;
  }

  /** Bytes that a push takes at the most, here and in the record. */
  static long bytesOf(RangeReplica replica, Request.Push push) {
    long rows = push.keys().count();
    return CombinedPayload.sumAt(1)
        + PushPayload.HEAD_BYTES
        + rows * Long.BYTES
        + push.keys().length()
        + Math.max(rows * replica.spec().rowBytes(), push.valuesLength());
  }

  /** Forgets what was added and not appended. */
  void begin() {
    pushes.clear();
    parts.clear();
    staged = 0;
  }

  /**
   * Adds a push that the chain has admitted.
   *
   * @throws HoldfastException where it is refused; nothing has changed
   */
  void add(RangeReplica replica, Request.Push push, int rank, InboundFrame frame) {
    int length = intake.length(replica, push);
    reserve(length);
    var payload = staging.slice(staged, length).order(ByteOrder.LITTLE_ENDIAN);
    var keys = new KeyBatch();
    intake.fill(replica, push, frame, payload, keys);
    staged += length;
    pushes.add(new CombinedPush(rank, push.incarnation(), push.seq(), push.clock()));
    var values = payload.slice(PushPayload.valuesAt(payload), PushPayload.valueBytes(payload));
    parts.add(new PushMerge.Part(keys, values.order(ByteOrder.LITTLE_ENDIAN)));
  }

  /** What was added before keeps the old buffer. */
  private void reserve(int length) {
    if (staging.capacity() - staged < length) {
      int capacity = Math.max(LEAST_STAGING_BYTES, Math.max(length, 2 * staging.capacity()));
      staging = ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN);
      staged = 0;
    }
  }

  /**
   * Logs what was added as one record.
   *
   * @throws LogException as {@link ShardLog#reserve} does; nothing was logged
   */
  LogRecord append(RangeReplica replica) {
    TableSpec spec = replica.spec();
    var sum = new CombinedPayload.Sum(merge.merge(parts, spec), spec.rowBytes());
    int sumAt = CombinedPayload.sumAt(pushes.size());
    int length = sumAt + sum.length();
    var reservation = log.reserve(length);
    boolean appended = false;
    try {
      CombinedPayload.writePushes(reservation.payload(), pushes);
      sum.write(reservation.payload(), sumAt);
      var first = pushes.get(0);
      var chain = replica.chain();
      var header =
          new RecordHeader(
              RecordType.COMBINED,
              (byte) 0,
              replica.range(),
              chain.epoch(),
              chain.nextLsn(),
              first.worker(),
              first.incarnation(),
              first.seq(),
              first.clock());
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
