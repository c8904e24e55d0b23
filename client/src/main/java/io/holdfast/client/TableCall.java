package io.holdfast.client;

import io.holdfast.client.retry.PullCall;
import io.holdfast.client.retry.PushCall;
import io.holdfast.client.retry.RangeCall;
import io.holdfast.client.retry.RangeSet;
import io.holdfast.client.retry.RangeUnit;
import io.holdfast.client.retry.RowSource;
import io.holdfast.filter.Encoding;
import io.holdfast.filter.NumberFormat;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyHash;
import io.holdfast.model.TableSpec;
import io.holdfast.wire.ValueShape;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One push or pull, cut by range and then into pieces; ranges that are numbered as one are cut as
 * one, since each piece takes a seq. Each piece waits for room in the window on the caller's thread
 * before it is sent, so that a call larger than the window goes piece by piece.
 */
final class TableCall {
  private final Session session;
  private final RangeSet ranges;
  private final TableSpec spec;
  private final KeyOrder keys;
  private final Encoding pushes;
  private final Encoding pulls;
  private final long deadline;

  /**
   * @param pushes how pushes go, where {@link #push} is not told
   * @param pulls how answers to pulls come
   */
  TableCall(
      Session session,
      RangeSet ranges,
      TableSpec spec,
      KeyOrder keys,
      Encoding pushes,
      Encoding pulls) {
    this.session = session;
    this.ranges = ranges;
    this.spec = spec;
    this.keys = keys;
    this.pushes = pushes;
    this.pulls = pulls;
    this.deadline = session.deadline();
  }

  /** A part of the call that one request carries: placed keys {@code [from, to)}. */
  private interface Piece {
    void send(RangeUnit unit, int from, int to);
  }

  CompletableFuture<PushReceipt> push(float @Nullable [] floats, long @Nullable [] longs) {
    return push(floats, longs, new PushEncoding(pushes, seed(), null));
  }

  /** Encodes the pieces as they are sent, on the caller's thread. */
  CompletableFuture<PushReceipt> push(
      float @Nullable [] floats, long @Nullable [] longs, PushEncoding encoding) {
    var group =
        new CallGroup<PushReceipt>(
            session.executor(), done -> new PushReceipt(done.parts(), done.duplicates()));
    boolean digests = encoding.encoding().cacheKeys();
    var rows = new CalledRows(keys, digests, spec.width(), floats, longs);
    send(
        group,
        (unit, from, to) -> {
          var source = encoded(rows, from, to, encoding);
          var outcome = new PartOutcome.Pushed(group, session.window());
          var push = new PushCall(outcome, deadline, source, from, to);
          acquire(outcome, push.byteLength(), push);
          session.submit(unit, push);
        });
    return group.future();
  }

  /**
   * @param latest whether it must see every push acknowledged before (P16)
   */
  CompletableFuture<Rows> pull(float @Nullable [] floats, long @Nullable [] longs, boolean latest) {
    CallGroup<Rows> group = pulling(floats, longs);
    var target = new PullTarget(spec.width(), floats, longs, keys.rows());
    var rows = new CalledRows(keys, pulls.cacheKeys(), spec.width(), floats, longs);
    send(
        group,
        (unit, from, to) -> {
          var outcome = new PartOutcome.Pulled(group, session.window(), target);
          var pull = pullCall(outcome, rows, from, to, latest);
          acquire(outcome, pull.keyBytes() + (long) target.byteLength(to - from), pull);
          session.submit(unit, pull);
        });
    return group.future();
  }

  CompletableFuture<Rows> pushPull(
      float @Nullable [] floats,
      long @Nullable [] longs,
      float @Nullable [] intoFloats,
      long @Nullable [] intoLongs) {
    CallGroup<Rows> group = pulling(intoFloats, intoLongs);
    var target = new PullTarget(spec.width(), intoFloats, intoLongs, keys.rows());
    var encoding = new PushEncoding(pushes, seed(), null);
    boolean digests = pushes.cacheKeys() || pulls.cacheKeys();
    var rows = new CalledRows(keys, digests, spec.width(), floats, longs);
    send(
        group,
        (unit, from, to) -> {
          var source = encoded(rows, from, to, encoding);
          var pushed = new PartOutcome.Pushed(group, session.window());
          var pulled = new PartOutcome.Pulled(group, session.window(), target);
          var push = new PushCall(pushed, deadline, source, from, to);
          var pull = pullCall(pulled, rows, from, to, /* latest= */ false);
          // Room for both at once: half of it could wait for ever for the other half.
          acquire(pushed, 2 * push.byteLength(), push, pull);
          session.submit(unit, push, pull);
        });
    return group.future();
  }

  private static RowSource encoded(CalledRows rows, int from, int to, PushEncoding encoding) {
    return encoding.encoding().isPlainValues() ? rows : new EncodedRows(rows, from, to, encoding);
  }

  private PullCall pullCall(
      PartOutcome outcome, CalledRows rows, int from, int to, boolean latest) {
    long seed = pulls.format() == NumberFormat.INT8 ? seed() + from : 0;
    return new PullCall(outcome, deadline, rows, from, to, latest, ValueShape.wanted(pulls), seed);
  }

  // The same for a call that is made again after a resume, so that it sends and gets the same.
  private long seed() {
    long call = keys.count() == 0 ? 0 : keys.key(0);
    return KeyHash.place(KeyHash.place((long) session.rank() << 32 | session.clock()) ^ call);
  }

  private CallGroup<Rows> pulling(float @Nullable [] floats, long @Nullable [] longs) {
    return new CallGroup<>(
        session.executor(),
        done -> new PulledRows(spec.width(), keys.count(), floats, longs, done.minClock()));
  }

  private void send(CallGroup<?> group, Piece piece) {
    try {
      int step = session.limits().rows(spec.rowBytes(), session.options().pieceBytes());
      List<RangeUnit> units = ranges.units();
      int index = keys.count() == 0 ? 0 : indexOf(units, keys.key(0));
      for (int from = 0; from < keys.count(); index++) {
        if (index == units.size()) {
          throw outside(keys.key(from));
        }
        RangeUnit unit = units.get(index);
        int end = keys.endOf(unit.keys(), from);
        while (from < end && !group.hasFailed()) {
          int to = Math.min(end, from + step);
          piece.send(unit, from, to);
          from = to;
        }
        if (group.hasFailed()) {
          break;
        }
      }
    } catch (HoldfastException e) {
      group.fail(e);
    } finally {
      group.done();
    }
  }

  // The last range that starts at the key or before it; ranges cover all keys.
  private static int indexOf(List<RangeUnit> units, long key) {
    int low = 0;
    int high = units.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (Long.compareUnsigned(units.get(middle).keys().start(), key) <= 0) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    if (!units.get(low).keys().contains(key)) {
      throw outside(key);
    }
    return low;
  }

  private static HoldfastException outside(long key) {
    return new HoldfastException(
        ErrorCode.KEY_OUT_OF_RANGE,
        "no range of the table holds the placed key " + Long.toUnsignedString(key));
  }

  // Blocks until the window has room, which the outcome gives back.
  private void acquire(PartOutcome outcome, long bytes, RangeCall... unsent) {
    try {
      outcome.acquired(session.window().acquire(bytes, deadline - System.nanoTime()));
    } catch (HoldfastException e) {
      for (RangeCall call : unsent) {
        call.fail(e);
      }
      throw e;
    }
  }
}
