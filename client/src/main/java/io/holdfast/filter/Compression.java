package io.holdfast.filter;

/**
 * How the bytes of values are compressed. Those that would not shrink travel as they are.
 */
public enum Compression {
  /** Not at all. */
  NONE(0),
  /** An LZ4 block: quick, saves where values repeat. */
  LZ4(1),
  /** A zstd frame: slower, saves more. */
  ZSTD(2);

  private final int number;

  Compression(int number) {
    this.number = number;
  }

  /** Its number on the wire. */
  public int number() {
    return number;
  }
}
