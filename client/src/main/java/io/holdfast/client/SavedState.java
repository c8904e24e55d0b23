package io.holdfast.client;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a worker stores in its job's home range with a tick: its clock, the seq that it had reached
 * in every range, and the caller's own bytes. A worker that resumes from it numbers its pushes from
 * those seqs again, so that ranges drop what they have (rule P14).
 *
 * <p>Form, little-endian: version (1 byte, 1), clock (int32), number of ranges (int32), range id
 * (int32) and seq (int64) of each, then the caller's bytes to the end.
 *
 * @param clock clocks finished
 * @param seqs range id to last seq
 * @param state the caller's
 */
record SavedState(int clock, Map<Integer, Long> seqs, byte[] state) {
  /** Of the caller's bytes. */
  static final int MAX_STATE_BYTES = 1 << 20;

  private static final byte VERSION = 1;
  private static final int HEAD_BYTES = 1 + 2 * Integer.BYTES;
  private static final int RANGE_BYTES = Integer.BYTES + Long.BYTES;

  byte[] encode() {
    ByteBuffer bytes =
        ByteBuffer.allocate(HEAD_BYTES + seqs.size() * RANGE_BYTES + state.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(VERSION)
            .putInt(clock)
            .putInt(seqs.size());
    seqs.forEach((range, seq) -> bytes.putInt(range).putLong(seq));
    return bytes.put(state).array();
  }

  /**
   * @throws HoldfastException INVALID_ARGUMENT where another kind of client wrote it
   */
  static SavedState decode(byte[] encoded) {
    ByteBuffer bytes = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN);
    try {
      byte version = bytes.get();
      int clock = bytes.getInt();
      int count = bytes.getInt();
      if (version != VERSION || clock < 0 || count < 0 || count > bytes.remaining() / RANGE_BYTES) {
        throw unreadable(null);
      }
      var seqs = new TreeMap<Integer, Long>();
      for (int i = 0; i < count; i++) {
        seqs.put(bytes.getInt(), bytes.getLong());
      }
      byte[] state = new byte[bytes.remaining()];
      bytes.get(state);
      return new SavedState(clock, seqs, state);
    } catch (BufferUnderflowException e) {
      throw unreadable(e);
    }
  }

  private static HoldfastException unreadable(@org.jspecify.annotations.Nullable Exception cause) {
    return new HoldfastException(
        ErrorCode.INVALID_ARGUMENT,
        "another kind or version of client saved this rank's state; resume with that one, or join"
            + " FRESH",
        cause);
  }
}
