package io.holdfast.replication.shard;

import io.holdfast.store.rows.KeyBatch;
import io.holdfast.wire.KeyCodec;
import io.holdfast.wire.KeyField;
import java.nio.ByteBuffer;

/**
 * The payload of a push's log record: 24 bytes of head, then the keys as they came, then the values
 * as they came.
 *
 * <pre>
 *   0  u8   form of the keys: 0 contiguous, 1 raw, 2 delta
 *   4  u32  number of keys
 *   8  u64  first key (contiguous), else 0
 *  16  u32  bytes of keys
 *  20  u32  bytes of values
 * </pre>
 */
final class PushPayload {
  static final int HEAD_BYTES = 24;

  private static final int FORM_CONTIGUOUS = 0;
  private static final int FORM_RAW = 1;
  private static final int FORM_DELTA = 2;

  private PushPayload() {}

  static void writeHead(ByteBuffer payload, KeyField keys, int valueBytes) {
    payload.putInt(0, form(keys.encoding()));
    payload.putInt(4, keys.count());
    payload.putLong(8, keys.first());
    payload.putInt(16, keys.length());
    payload.putInt(20, valueBytes);
  }

  /**
   * @param deltas whether keys that are not contiguous are written so
   */
  static void writeHead(
      ByteBuffer payload, KeyBatch keys, boolean deltas, int keyBytes, int valueBytes) {
    payload.putInt(0, keys.isContiguous() ? FORM_CONTIGUOUS : deltas ? FORM_DELTA : FORM_RAW);
    payload.putInt(4, keys.count());
    payload.putLong(8, keys.isContiguous() && keys.count() > 0 ? keys.key(0) : 0);
    payload.putInt(16, keyBytes);
    payload.putInt(20, valueBytes);
  }

  /** Of keys as they are, 8 bytes each. */
  static void writeRawHead(ByteBuffer payload, int count, int valueBytes) {
    payload.putInt(0, FORM_RAW);
    payload.putInt(4, count);
    payload.putLong(8, 0);
    payload.putInt(16, count * Long.BYTES);
    payload.putInt(20, valueBytes);
  }

  static int valuesAt(ByteBuffer payload) {
    return HEAD_BYTES + payload.getInt(16);
  }

  static int valueBytes(ByteBuffer payload) {
    return payload.getInt(20);
  }

  /**
   * Decodes the keys.
   *
   * @throws io.holdfast.model.HoldfastException KEYS_NOT_ASCENDING or MALFORMED_FRAME
   */
  static void readKeys(ByteBuffer payload, KeyBatch into) {
    int count = payload.getInt(4);
    int length = payload.getInt(16);
    int form = payload.getInt(0);
    switch (form) {
      case FORM_CONTIGUOUS -> into.setContiguous(payload.getLong(8), count);
      case FORM_RAW ->
          KeyCodec.decodeRaw(payload, HEAD_BYTES, length, into.setListed(count), count);
      case FORM_DELTA ->
          KeyCodec.decodeDeltas(payload, HEAD_BYTES, length, into.setListed(count), count);
      default -> throw new IllegalStateException("keys of unknown form " + form);
    }
  }

  private static int form(KeyField.Encoding encoding) {
    return switch (encoding) {
      case CONTIGUOUS -> FORM_CONTIGUOUS;
      case RAW -> FORM_RAW;
      case DELTA -> FORM_DELTA;
      case DIGEST -> throw new IllegalStateException("a digest is no form of the log");
    };
  }
}
