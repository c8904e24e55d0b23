package io.holdfast.replication.shard;

import io.holdfast.model.ElementType;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.replication.chain.RecordType;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.log.RecordHeader;
import io.holdfast.store.log.ShardLog;
import io.holdfast.store.rows.KeyBatch;
import io.holdfast.wire.InboundFrame;
import io.holdfast.wire.KeyField;
import io.holdfast.wire.Request;
import java.nio.ByteBuffer;

/**
 * The one copy that a push's bytes make on their way in: from the transport's buffers into room
 * reserved in the log. They are checked there (rule P4); what does not pass is abandoned and leaves
 * no trace.
 */
final class PushIntake {
  private final ShardLog log;
  private final Limits limits;
  private final KeyBatch keys = new KeyBatch();

  PushIntake(ShardLog log, Limits limits) {
    this.log = log;
    this.limits = limits;
  }

  /**
   * Logs a push that the chain has admitted.
   *
   * @throws HoldfastException where the push is refused; nothing has changed
   */
  LogRecord append(RangeReplica replica, Request.Push push, int rank, InboundFrame frame) {
    int length = length(replica, push);
    var reservation = log.reserve(length);
    boolean appended = false;
    try {
      fill(replica, push, frame, reservation.payload(), keys);
      var chain = replica.chain();
      var header =
          new RecordHeader(
              RecordType.PUSH,
              (byte) 0,
              replica.range(),
              chain.epoch(),
              chain.nextLsn(),
              rank,
              push.incarnation(),
              push.seq(),
              push.clock());
      var record = reservation.append(header, length);
      appended = true;
      return record;
    } finally {
      if (!appended) {
        reservation.abandon();
      }
    }
  }

  /**
   * Bytes of the push's payload in the log.
   *
   * @throws HoldfastException where its shape is not the table's
   */
  int length(RangeReplica replica, Request.Push push) {
    checkShape(push.keys(), push.valuesLength(), replica.spec().rowBytes());
    return PushPayload.HEAD_BYTES + push.keys().length() + push.valuesLength();
  }

  /**
   * Writes the payload and checks it.
   *
   * @param payload little-endian, of {@link #length} bytes at least
   * @param keys becomes the push's
   * @throws HoldfastException where keys or values are refused
   */
  void fill(
      RangeReplica replica,
      Request.Push push,
      InboundFrame frame,
      ByteBuffer payload,
      KeyBatch keys) {
    var field = push.keys();
    PushPayload.writeHead(payload, field, push.valuesLength());
    copy(frame, field.at(), field.length(), payload, PushPayload.HEAD_BYTES);
    int valuesAt = PushPayload.HEAD_BYTES + field.length();
    copy(frame, push.valuesAt(), push.valuesLength(), payload, valuesAt);
    PushPayload.readKeys(payload, keys);
    checkInside(keys, replica.keys());
    var spec = replica.spec();
    if (spec.element() == ElementType.FLOAT32) {
      ValueCheck.apply(spec.nanPolicy(), payload, valuesAt, push.valuesLength(), spec.rowBytes());
    }
  }

  private static void copy(InboundFrame frame, int from, int length, ByteBuffer payload, int to) {
    if (length > 0) {
      payload.limit(to + length).position(to);
      frame.copyTo(from, length, payload);
      payload.clear();
    }
  }

  private void checkShape(KeyField field, int valueBytes, int rowBytes) {
    checkCount(field, 0, limits);
    if (valueBytes != (long) field.count() * rowBytes) {
      throw new HoldfastException(
          ErrorCode.WRONG_WIDTH,
          field.count()
              + " keys with rows of "
              + rowBytes
              + " bytes need "
              + (long) field.count() * rowBytes
              + " bytes of values, the push has "
              + valueBytes
              + ": open the table again and use its width and type");
    }
    if ((long) PushPayload.HEAD_BYTES + field.length() + valueBytes > log.maxPayload()) {
      throw new HoldfastException(
          ErrorCode.LIMIT_EXCEEDED,
          "a push of "
              + valueBytes
              + " bytes is over the log's limit of "
              + log.maxPayload()
              + ": split it");
    }
  }

  static void checkCount(KeyField field, int least, Limits limits) {
    if (field.count() < least || field.count() > limits.maxKeys()) {
      throw new HoldfastException(
          ErrorCode.LIMIT_EXCEEDED,
          field.count()
              + " keys in one request are not within "
              + least
              + " and "
              + limits.maxKeys()
              + ": split it");
    }
    // Before anything is sized by the count: a listed key takes a byte at the least.
    if (field.encoding() != KeyField.Encoding.CONTIGUOUS && field.length() < field.count()) {
      throw new HoldfastException(
          ErrorCode.MALFORMED_FRAME,
          field.count() + " keys cannot be in " + field.length() + " bytes");
    }
  }

  /** The keys ascend, so the first and the last say it for all. */
  static void checkInside(KeyBatch keys, KeyRange range) {
    if (keys.count() == 0) {
      return; // Such a push only uses up its seq, in place of one that was refused.
    }
    long first = keys.key(0);
    long last = keys.key(keys.count() - 1);
    if (Long.compareUnsigned(last, first) < 0 || !range.contains(first) || !range.contains(last)) {
      throw new HoldfastException(
          ErrorCode.KEY_OUT_OF_RANGE,
          "keys "
              + Long.toUnsignedString(first)
              + " to "
              + Long.toUnsignedString(last)
              + " are not within "
              + range
              + ", the keys of this range");
    }
  }
}
