package io.holdfast.wire;

/**
 * Where the keys of a request stand in its frame.
 *
 * @param encoding the form
 * @param count number of keys
 * @param first first key, for {@link Encoding#CONTIGUOUS}
 * @param at offset of the encoded keys in the frame, bytes
 * @param length encoded length, bytes; 0 for {@link Encoding#CONTIGUOUS}
 */
public record KeyField(Encoding encoding, int count, long first, int at, int length) {
  /** How keys are written; see {@code Push} in exchange.proto. */
  public enum Encoding {
    CONTIGUOUS,
    RAW,
    DELTA
  }
}
