package io.holdfast.replication.shard;

import io.holdfast.model.KeyRange;
import io.holdfast.replication.chain.RecordType;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.log.RecordHeader;
import io.holdfast.store.rows.KeyBatch;
import io.holdfast.wire.KeyCodec;
import io.holdfast.wire.KeyField;
import io.holdfast.wire.KeyField.Encoding;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * A committed push of a sequential table that waits for the end of its clock, on its way to a half
 * of its range.
 *
 * @param header of the half's log
 * @param payload with the half's keys alone
 */
record HeldPush(RecordHeader header, ByteBuffer payload) {
  /**
   * The part of a push that belongs to a half; a copy, which does not need the log any more. Empty
   * where it has no key there: its seq is in the clocks already.
   */
  static Optional<HeldPush> cut(LogRecord push, int half, KeyRange keys) {
    return cut(push.header(), push.payload(), half, keys);
  }

  /** Likewise, of a push that is in no log here. */
  static Optional<HeldPush> cut(RecordHeader push, ByteBuffer whole, int half, KeyRange keys) {
    var batch = new KeyBatch();
    PushPayload.readKeys(whole, batch);
    int from = 0;
    while (from < batch.count() && !keys.contains(batch.key(from))) {
      from++;
    }
    int to = from;
    while (to < batch.count() && keys.contains(batch.key(to))) {
      to++;
    }
    if (from == to) {
      return Optional.empty();
    }
    return Optional.of(new HeldPush(header(push, half), payload(whole, batch, from, to)));
  }

  private static RecordHeader header(RecordHeader push, int half) {
    return new RecordHeader(
        RecordType.PUSH,
        RecordType.HELD,
        half,
        push.recordEpoch(),
        push.lsn(),
        push.worker(),
        push.incarnation(),
        push.seq(),
        push.clock());
  }

  /** In the same form as the whole, or a shorter one, so that it is never larger than that. */
  private static ByteBuffer payload(ByteBuffer whole, KeyBatch batch, int from, int to) {
    int rowBytes = PushPayload.valueBytes(whole) / batch.count();
    int valueBytes = (to - from) * rowBytes;
    var encoding = Encoding.CONTIGUOUS;
    int keyBytes = 0;
    if (!batch.isContiguous()) {
      int deltaBytes = KeyCodec.deltaLength(batch.listed(), from, to);
      int rawBytes = (to - from) * Long.BYTES;
      encoding = deltaBytes < rawBytes ? Encoding.DELTA : Encoding.RAW;
      keyBytes = Math.min(deltaBytes, rawBytes);
    }
    long first = batch.isContiguous() ? batch.key(from) : 0;
    var part =
        ByteBuffer.allocate(PushPayload.HEAD_BYTES + keyBytes + valueBytes)
            .order(ByteOrder.LITTLE_ENDIAN);
    PushPayload.writeHead(part, new KeyField(encoding, to - from, first, 0, keyBytes), valueBytes);
    part.position(PushPayload.HEAD_BYTES);
    switch (encoding) {
      case CONTIGUOUS, DIGEST -> {}
      case RAW -> {
        for (int i = from; i < to; i++) {
          part.putLong(batch.key(i));
        }
      }
      case DELTA -> {
        byte[] deltas = new byte[keyBytes];
        KeyCodec.encodeDeltas(batch.listed(), from, to, deltas);
        part.put(deltas);
      }
    }
    part.put(part.position(), whole, PushPayload.valuesAt(whole) + from * rowBytes, valueBytes);
    return part.position(0);
  }
}
