package io.holdfast.model;

/** What a row is made of. Both travel and rest in little-endian byte order. */
public enum ElementType {
  FLOAT32(Float.BYTES),
  INT64(Long.BYTES);

  private final int bytes;

  ElementType(int bytes) {
    this.bytes = bytes;
  }

  /** Size of one value in bytes. */
  public int bytes() {
    return bytes;
  }
}
