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
import io.holdfast.wire.ValueDecoder;
import java.nio.ByteBuffer;

/**
 * The one copy that a push's bytes make on their way in: from the transport's buffers into room
 * reserved in the log, where encoded values are as they are again. They are checked there (rule
 * P4); what does not pass is abandoned and leaves no trace.
 */
final class PushIntake {
  private final ShardLog log;
  private final Limits limits;
  private final KeyBatch keys = new KeyBatch();
  private final ValueDecoder decoder = new ValueDecoder();

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
    if (push.wholeRows()) {
      checkWhole(push, rank);
    }
    int length = length(replica, push);
    var reservation = log.reserve(length);
    boolean appended = false;
    try {
      fill(replica, push, frame, reservation.payload(), keys);
      var chain = replica.chain();
      var header =
          new RecordHeader(
              push.wholeRows() ? RecordType.REPLACE : RecordType.PUSH,
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
    int rowBytes = rowBytes(replica, push);
    checkShape(push, rowBytes);
    return PushPayload.HEAD_BYTES + push.keys().length() + push.keys().count() * rowBytes;
  }

  /**
   * Writes the payload, with the values as they are however they came, and checks it.
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
    var spec = replica.spec();
    int rowBytes = rowBytes(replica, push);
    int valueBytes = field.count() * rowBytes;
    PushPayload.writeHead(payload, field, valueBytes);
    if (field.length() > 0) {
      field.copyTo(frame, payload.position(PushPayload.HEAD_BYTES));
      payload.clear();
    }
    PushPayload.readKeys(payload, keys);
    checkInside(keys, replica.keys());
    int valuesAt = PushPayload.HEAD_BYTES + field.length();
    if (!push.shape().isPlain()) {
      decoder.decode(
          frame,
          push.valuesAt(),
          push.valuesLength(),
          push.shape(),
          spec.element(),
          field.count(),
          rowBytes,
          payload,
          valuesAt);
    } else if (valueBytes > 0) {
      frame.copyTo(push.valuesAt(), valueBytes, payload.position(valuesAt));
      payload.clear();
    }
    if (spec.element() == ElementType.FLOAT32) {
      ValueCheck.apply(spec.nanPolicy(), payload, valuesAt, valueBytes, rowBytes);
    }
  }

  private static int rowBytes(RangeReplica replica, Request.Push push) {
    return push.wholeRows() ? replica.rows().wholeRowBytes() : replica.spec().rowBytes();
  }

  private static void checkWhole(Request.Push push, int rank) {
    if (rank >= 0) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "a worker of a group does not write rows over: push them as a caller outside any group,"
              + " with a rank of 2^31 or more");
    }
    if (!push.shape().isPlain()) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "rows with their optimizer state come as they are: send them without number format, mask"
              + " and compression");
    }
  }

  private void checkShape(Request.Push push, int rowBytes) {
    KeyField field = push.keys();
    checkCount(field, 0, limits);
    long valueBytes = (long) field.count() * rowBytes;
    if (push.shape().isPlain() && push.valuesLength() != valueBytes) {
      throw new HoldfastException(
          ErrorCode.WRONG_WIDTH,
          field.count()
              + " keys with rows of "
              + rowBytes
              + " bytes need "
              + valueBytes
              + " bytes of values"
              + (push.wholeRows() ? " and optimizer state" : "")
              + ", the push has "
              + push.valuesLength()
              + ": open the table again and use its width and type"
              + (push.wholeRows() ? ", and the state of its rule" : ""));
    }
    if (PushPayload.HEAD_BYTES + field.length() + valueBytes > log.maxPayload()) {
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
    boolean listed =
        field.encoding() == KeyField.Encoding.RAW || field.encoding() == KeyField.Encoding.DELTA;
    if (listed && field.length() < field.count()) {
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
