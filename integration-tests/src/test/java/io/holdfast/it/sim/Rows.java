package io.holdfast.it.sim;

import io.holdfast.replication.chain.Roster;
import io.holdfast.store.log.RecordHeader;
import java.util.ArrayList;

/** A range's rows: some values, and a hash of all that was ever applied, in its order. */
final class Rows {
  private static final int KEYS = 8;
  private static final long ODD = 0x9E3779B97F4A7C15L;

  final long[] values = new long[KEYS];
  long hash;

  /** Of a sequential table: pushes of clocks that have not ended, in the order of the log. */
  private final ArrayList<Held> held = new ArrayList<>();

  private record Held(int worker, int incarnation, int clock, int op) {}

  void apply(RecordHeader header, int op) {
    hash = mix(hash * 31 + header.lsn() * ODD + header.type());
    hash = mix(hash + header.recordEpoch() * ODD + header.worker() * 7919L + header.incarnation());
    hash = mix(hash + header.seq() * ODD + header.clock() * 104_729L + op);
    add(op);
  }

  private void add(int op) {
    int key = op & (KEYS - 1);
    values[key] = values[key] * 31 + op;
  }

  /** A push whose clock has not ended. */
  void hold(RecordHeader header, int op) {
    hash = mix(hash * 31 + header.lsn() * ODD + op);
    held.add(new Held(header.worker(), header.incarnation(), header.clock(), op));
  }

  /** What was pushed by those that were given up, for clocks in which they do not count. */
  void dropIf(Roster roster) {
    held.removeIf(push -> roster.isVoid(push.worker(), push.incarnation(), push.clock()));
  }

  /** All have finished a clock: what was pushed in it counts now. */
  void combine(int clock) {
    hash = mix(hash * 31 + clock);
    for (var push : held) {
      if (push.clock() == clock) {
        add(push.op());
      }
    }
    held.removeIf(push -> push.clock() == clock);
  }

  Rows copy() {
    var copy = new Rows();
    copy.held.addAll(held);
    System.arraycopy(values, 0, copy.values, 0, KEYS);
    copy.hash = hash;
    return copy;
  }

  long digest() {
    long digest = hash;
    for (long value : values) {
      digest = mix(digest + value);
    }
    for (var push : held) {
      digest = mix(digest + push.clock() * ODD + push.op());
    }
    return digest;
  }

  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
