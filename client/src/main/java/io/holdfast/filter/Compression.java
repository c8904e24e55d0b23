package io.holdfast.filter;

/**
 * How the bytes of values are compressed. The numbers of docs/wire-protocol.md are the ordinals.
 * Bytes that would not shrink travel as they are.
 */
public enum Compression {
  /** Not at all. */
  NONE,
  /** An LZ4 block: quick, saves where values repeat. */
  LZ4,
  /** A zstd frame: slower, saves more. */
  ZSTD
}
