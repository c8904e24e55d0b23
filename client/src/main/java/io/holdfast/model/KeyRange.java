package io.holdfast.model;

/**
 * Half-open range {@code [start, end)} of unsigned 64-bit keys; {@code end == 0} stands for 2^64.
 *
 * @param start first key, unsigned
 * @param end the key after the last, unsigned, or 0 for 2^64
 */
public record KeyRange(long start, long end) {
  /** All keys. */
  public static final KeyRange ALL = new KeyRange(0, 0);

  public KeyRange {
    if (end != 0 && Long.compareUnsigned(start, end) >= 0) {
      throw new IllegalArgumentException(
          "empty key range ["
              + Long.toUnsignedString(start)
              + ", "
              + Long.toUnsignedString(end)
              + ")");
    }
  }

  public boolean contains(long key) {
    return Long.compareUnsigned(key, start) >= 0 && isBeforeEnd(key);
  }

  /** Whether {@code key} lies below the end of this range; it may lie below its start too. */
  public boolean isBeforeEnd(long key) {
    return end == 0 || Long.compareUnsigned(key, end) < 0;
  }

  /** Number of keys, unsigned; 0 for all 2^64. */
  public long size() {
    return end - start;
  }

  @Override
  public String toString() {
    return "["
        + Long.toUnsignedString(start)
        + ", "
        + (end == 0 ? "2^64" : Long.toUnsignedString(end))
        + ")";
  }
}
