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
 * in every range, the rows that filters hold back, and the caller's own bytes. A worker that
 * resumes from it numbers its pushes from those seqs again, so that ranges drop what they have
 * (rule P14).
 *
 * <p>Form, little-endian: version (1 byte), clock (int32), number of ranges (int32), range id
 * (int32) and seq (int64) of each; in version 2 number of tables whose filters hold rows back
 * (int32), table id (int32), length (int32) and bytes of each; then the caller's bytes to the end.
 * Version 1 is written where no table has such filters.
 *
 * @param clock clocks finished
 * @param seqs range id to last seq
 * @param held table id to a {@link io.holdfast.filter.PipelineState}
 * @param state the caller's
 */
record SavedState(int clock, Map<Integer, Long> seqs, Map<Integer, byte[]> held, byte[] state) {
  /** Of the caller's bytes and the rows held back; the rest is for the seqs. */
  static final int MAX_BYTES = 15 << 20;

  /** Of a frame, this part is left to the seqs where a frame is smaller. */
  static final int SHARE_OF_SEQS = 16;

  private static final byte PLAIN = 1;
  private static final byte WITH_HELD_ROWS = 2;
  private static final int HEAD_BYTES = 1 + 2 * Integer.BYTES;
  private static final int RANGE_BYTES = Integer.BYTES + Long.BYTES;
  private static final int TABLE_BYTES = 2 * Integer.BYTES;

  byte[] encode() {
    int heldBytes = held.isEmpty() ? 0 : Integer.BYTES + held.size() * TABLE_BYTES;
    for (byte[] rows : held.values()) {
      heldBytes += rows.length;
    }
    ByteBuffer bytes =
        ByteBuffer.allocate(HEAD_BYTES + seqs.size() * RANGE_BYTES + heldBytes + state.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(held.isEmpty() ? PLAIN : WITH_HELD_ROWS)
            .putInt(clock)
            .putInt(seqs.size());
    seqs.forEach((range, seq) -> bytes.putInt(range).putLong(seq));
    if (!held.isEmpty()) {
      bytes.putInt(held.size());
      held.forEach((table, rows) -> bytes.putInt(table).putInt(rows.length).put(rows));
    }
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
      if (version < PLAIN || version > WITH_HELD_ROWS || clock < 0) {
        throw unreadable(null);
      }
      var seqs = new TreeMap<Integer, Long>();
      for (int i = count(bytes, RANGE_BYTES); i > 0; i--) {
        seqs.put(bytes.getInt(), bytes.getLong());
      }
      var held = new TreeMap<Integer, byte[]>();
      for (int i = version == PLAIN ? 0 : count(bytes, TABLE_BYTES); i > 0; i--) {
        int table = bytes.getInt();
        held.put(table, bytes(bytes, count(bytes, 1)));
      }
      return new SavedState(clock, seqs, held, bytes(bytes, bytes.remaining()));
    } catch (BufferUnderflowException e) {
      throw unreadable(e);
    }
  }

  private static byte[] bytes(ByteBuffer from, int length) {
    byte[] bytes = new byte[length];
    from.get(bytes);
    return bytes;
  }

  private static int count(ByteBuffer bytes, int bytesOfEach) {
    int count = bytes.getInt();
    if (count < 0 || count > bytes.remaining() / bytesOfEach) {
      throw unreadable(null);
    }
    return count;
  }

  private static HoldfastException unreadable(@org.jspecify.annotations.Nullable Exception cause) {
    return new HoldfastException(
        ErrorCode.INVALID_ARGUMENT,
        "another kind or version of client saved this rank's state; resume with that one, or join"
            + " FRESH",
        cause);
  }
}
