package io.holdfast.wire;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Where the keys of a request stand: in its frame, or in a list that the server has kept.
 *
 * @param encoding the form
 * @param count number of keys
 * @param first first key, for {@link Encoding#CONTIGUOUS}
 * @param at offset of the encoded keys in the frame, bytes
 * @param length encoded length, bytes; 0 for {@link Encoding#CONTIGUOUS} and {@link
 *     Encoding#DIGEST}
 * @param digested whether the client gave a digest of the keys
 * @param digest that digest
 * @param kept the encoded keys, where they are not in the frame
 */
public record KeyField(
    Encoding encoding,
    int count,
    long first,
    int at,
    int length,
    boolean digested,
    long digest,
    byte @Nullable [] kept) {
  /** How keys are written; see {@code Push} in exchange.proto. */
  public enum Encoding {
    CONTIGUOUS,
    RAW,
    DELTA,
    /** By a digest of keys that were sent before. */
    DIGEST
  }

  /** Keys in the frame. */
  public KeyField(Encoding encoding, int count, long first, int at, int length) {
    this(encoding, count, first, at, length, false, 0, null);
  }

  /** Copies the encoded keys to the target's position, which moves behind them. */
  public void copyTo(InboundFrame frame, ByteBuffer target) {
    if (kept != null) {
      target.put(kept, 0, length);
    } else {
      frame.copyTo(at, length, target);
    }
  }

  /** Bytes that it took on the wire. */
  public int wireLength() {
    return (kept == null ? length : 0) + (digested ? Long.BYTES : 0);
  }
}
