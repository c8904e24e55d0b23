package io.holdfast.it.sim;

import io.holdfast.store.log.RecordHeader;

/** A range's rows: some values, and a hash of all that was ever applied, in its order. */
final class Rows {
  private static final int KEYS = 8;
  private static final long ODD = 0x9E3779B97F4A7C15L;

  final long[] values = new long[KEYS];
  long hash;

  void apply(RecordHeader header, int op) {
    hash = mix(hash * 31 + header.lsn() * ODD + header.type());
    hash = mix(hash + header.recordEpoch() * ODD + header.worker() * 7919L + header.incarnation());
    hash = mix(hash + header.seq() * ODD + header.clock() * 104_729L + op);
    int key = op & (KEYS - 1);
    values[key] = values[key] * 31 + op;
  }

  Rows copy() {
    var copy = new Rows();
    System.arraycopy(values, 0, copy.values, 0, KEYS);
    copy.hash = hash;
    return copy;
  }

  long digest() {
    long digest = hash;
    for (long value : values) {
      digest = mix(digest + value);
    }
    return digest;
  }

  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
