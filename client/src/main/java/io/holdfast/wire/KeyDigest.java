package io.holdfast.wire;

import io.holdfast.model.KeyHash;

/** The digest that stands for a list of keys; see docs/wire-protocol.md, "Key lists". */
public final class KeyDigest {
  private static final long COUNT_FACTOR = 0x9e3779b97f4a7c15L;

  private KeyDigest() {}

  /** Of {@code keys[from] ... keys[to - 1]}, as they are on the wire: placed. */
  public static long of(long[] keys, int from, int to) {
    long digest = (to - from) * COUNT_FACTOR;
    for (int i = from; i < to; i++) {
      digest = KeyHash.place(digest ^ keys[i]);
    }
    return digest;
  }
}
