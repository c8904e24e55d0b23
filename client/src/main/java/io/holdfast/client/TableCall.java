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
import io.holdfast.model.KnownConsistency;
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
  private final KnownConsistency known;
  private final KeyOrder keys;
  private final Encoding pulls;
  // Is told what is pulled.
  private final @Nullable TableFilter filter;
  private final long deadline;

  /**
   * @param known by which pulls wait for other workers
   * @param pulls how answers to pulls come
   */
  TableCall(
      Session session,
      RangeSet ranges,
      TableSpec spec,
      KnownConsistency known,
      KeyOrder keys,
      Encoding pulls,
      @Nullable TableFilter filter) {
    this.session = session;
    this.ranges = ranges;
    this.spec = spec;
    this.known = known;
    this.keys = keys;
    this.pulls = pulls;
    this.filter = filter;
    this.deadline = session.deadline();
  }

  /** A part of the call that one request carries: placed keys {@code [from, to)}. */
  private interface Piece {
    void send(RangeUnit unit, int from, int to);
  }

  /**
   * Makes the pieces as they are sent, on the caller's thread.
   *
   * @param rowBytes of a row that is sent
   */
  CompletableFuture<PushReceipt> push(PushSource source, int rowBytes) {
    CallGroup<PushReceipt> group = pushing();
    send(group, rowBytes, (unit, from, to) -> push(group, source, unit, from, to));
    source.made();
    return group.future();
  }

  /**
   * Pushes to every range of the table, nothing where there are no keys for it: it takes a seq in
   * each, whatever there is to be pushed. More than a frame takes is cut further.
   */
  CompletableFuture<PushReceipt> pushToAll(PushSource source) {
    CallGroup<PushReceipt> group = pushing();
    try {
      int step = session.limits().rows(spec.rowBytes(), Integer.MAX_VALUE);
      int from = 0;
      for (RangeUnit unit : ranges.units()) {
        int end = keys.count() == 0 ? 0 : keys.endOf(unit.keys(), from);
        do {
          int to = Math.min(end, from + step);
          push(group, source, unit, from, to);
          from = to;
        } while (from < end && !group.hasFailed());
      }
    } catch (HoldfastException e) {
      group.fail(e);
    } finally {
      group.done();
    }
    return group.future();
  }

  private CallGroup<PushReceipt> pushing() {
    return new CallGroup<>(
        session.executor(), done -> new PushReceipt(done.parts(), done.duplicates()));
  }

  private void push(
      CallGroup<PushReceipt> group, PushSource source, RangeUnit unit, int from, int to) {
    RowSource rows = source.piece(from, to);
    var outcome = new PartOutcome.Pushed(group, session.window());
    var push = new PushCall(outcome, deadline, rows, from, to);
    acquire(outcome, push.byteLength(), push);
    session.submit(unit, push);
  }

  /**
   * @param latest whether it must see every push acknowledged before (P16)
   * @param clocksAhead as of so many clocks of the worker's later than it is at
   */
  CompletableFuture<Rows> pull(
      float @Nullable [] floats, long @Nullable [] longs, boolean latest, int clocksAhead) {
    CallGroup<Rows> group = pulling(floats, longs);
    var target = new PullTarget(spec.width(), floats, longs, keys.rows());
    var rows = new CalledRows(keys, pulls.cacheKeys(), spec.width(), floats, longs);
    send(
        group,
        spec.rowBytes(),
        (unit, from, to) -> {
          var outcome = new PartOutcome.Pulled(group, session.window(), target);
          var pull = pullCall(outcome, rows, from, to, latest).ahead(clocksAhead);
          acquire(outcome, pull.keyBytes() + (long) target.byteLength(to - from), pull);
          session.submit(unit, pull);
        });
    return group.future();
  }

  CompletableFuture<Rows> pushPull(
      PushSource source, float @Nullable [] intoFloats, long @Nullable [] intoLongs) {
    CallGroup<Rows> group = pulling(intoFloats, intoLongs);
    var target = new PullTarget(spec.width(), intoFloats, intoLongs, keys.rows());
    var rows = new CalledRows(keys, pulls.cacheKeys(), spec.width(), intoFloats, intoLongs);
    send(
        group,
        spec.rowBytes(),
        (unit, from, to) -> {
          RowSource pushed = source.piece(from, to);
          var pushing = new PartOutcome.Pushed(group, session.window());
          var pulling = new PartOutcome.Pulled(group, session.window(), target);
          var push = new PushCall(pushing, deadline, pushed, from, to);
          var pull = pullCall(pulling, rows, from, to, /* latest= */ false);
          // Room for both at once: half of it could wait for ever for the other half.
          acquire(
              pushing,
              push.byteLength() + pull.keyBytes() + (long) target.byteLength(to - from),
              push,
              pull);
          session.submit(unit, push, pull);
        });
    source.made();
    return group.future();
  }

  private PullCall pullCall(
      PartOutcome outcome, CalledRows rows, int from, int to, boolean latest) {
    long seed = pulls.format() == NumberFormat.INT8 ? seed(session, keys) + from : 0;
    return new PullCall(outcome, deadline, rows, from, to, latest, ValueShape.wanted(pulls), seed)
        .by(known);
  }

  /** The same for a call that is made again after a resume, so that it sends and gets the same. */
  static long seed(Session session, KeyOrder keys) {
    long call = keys.count() == 0 ? 0 : keys.key(0);
    return KeyHash.place(KeyHash.place((long) session.rank() << 32 | session.clock()) ^ call);
  }

  private CallGroup<Rows> pulling(float @Nullable [] floats, long @Nullable [] longs) {
    return new CallGroup<>(
        session.executor(),
        done -> {
          if (filter != null && floats != null) {
            filter.pulled(keys, floats);
          }
          return new PulledRows(spec.width(), keys.count(), floats, longs, done.minClock());
        });
  }

  private void send(CallGroup<?> group, int rowBytes, Piece piece) {
    try {
      int step = session.limits().rows(rowBytes, session.options().pieceBytes());
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
