package io.holdfast.replication.shard;

import io.holdfast.replication.chain.CombinedPush;
import io.holdfast.store.log.LogRecord;
import io.holdfast.wire.KeyCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The payload of a {@link io.holdfast.replication.chain.RecordType#COMBINED} record: which pushes
 * it holds, and then what the payload of one push with their keys and sums would be.
 *
 * <pre>
 *   0  u32  number of pushes
 *   4       20 bytes for each, in the order in which the head took them:
 *           u32 worker, u32 incarnation, u64 seq, u32 clock
 *           the payload of a push, see {@link PushPayload}
 * </pre>
 */
final class CombinedPayload {
  private static final int COUNT_BYTES = 4;
  private static final int PUSH_BYTES = 20;

  private CombinedPayload() {}

  /** Where the push's payload begins. */
  static int sumAt(int pushes) {
    return COUNT_BYTES + pushes * PUSH_BYTES;
  }

  static void writePushes(ByteBuffer payload, List<CombinedPush> pushes) {
    payload.putInt(0, pushes.size());
    int at = COUNT_BYTES;
    for (var push : pushes) {
      payload.putInt(at, push.worker());
      payload.putInt(at + 4, push.incarnation());
      payload.putLong(at + 8, push.seq());
      payload.putInt(at + 16, push.clock());
      at += PUSH_BYTES;
    }
  }

  static List<CombinedPush> pushes(LogRecord record) {
    var payload = record.payload();
    int count = payload.getInt(0);
    var pushes = new ArrayList<CombinedPush>(count);
    for (int i = 0, at = COUNT_BYTES; i < count; i++, at += PUSH_BYTES) {
      pushes.add(
          new CombinedPush(
              payload.getInt(at),
              payload.getInt(at + 4),
              payload.getLong(at + 8),
              payload.getInt(at + 16)));
    }
    return pushes;
  }

  /** The sums, as one push. */
  static ByteBuffer sum(ByteBuffer payload) {
    int at = sumAt(payload.getInt(0));
    return payload.slice(at, payload.limit() - at).order(payload.order());
  }

  /** The sums to be written: their keys encoded, their length known. */
  static final class Sum {
    private final PushMerge.Part merged;
    private final int valueBytes;
    private final int keyBytes;
    private final boolean deltas;

    Sum(PushMerge.Part merged, int rowBytes) {
      this.merged = merged;
      var keys = merged.keys();
      valueBytes = keys.count() * rowBytes;
      int raw = keys.isContiguous() ? 0 : keys.count() * Long.BYTES;
      int delta = keys.isContiguous() ? 0 : KeyCodec.deltaLength(keys.listed(), 0, keys.count());
      deltas = delta < raw;
      keyBytes = Math.min(delta, raw);
    }

    int length() {
      return PushPayload.HEAD_BYTES + keyBytes + valueBytes;
    }

    void write(ByteBuffer payload, int at) {
      var keys = merged.keys();
      var sum = payload.slice(at, length()).order(payload.order());
      PushPayload.writeHead(sum, keys, deltas, keyBytes, valueBytes);
      if (deltas) {
        byte[] encoded = new byte[keyBytes];
        KeyCodec.encodeDeltas(keys.listed(), 0, keys.count(), encoded);
        sum.put(PushPayload.HEAD_BYTES, encoded);
      } else if (!keys.isContiguous()) {
        sum.slice(PushPayload.HEAD_BYTES, keyBytes)
            .order(sum.order())
            .asLongBuffer()
            .put(keys.listed(), 0, keys.count());
      }
      sum.put(PushPayload.HEAD_BYTES + keyBytes, merged.values(), 0, valueBytes);
    }
  }
}
