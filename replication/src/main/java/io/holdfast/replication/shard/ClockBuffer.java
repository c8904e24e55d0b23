package io.holdfast.replication.shard;

import io.holdfast.model.Consistency.Combine;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.rows.KeyBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/**
 * Pushes of a sequential table that wait for the end of their clock. They stay where they are, in
 * the log, which is kept for them; here are only references. At the end of the clock they are
 * combined in order of rank and seq, so that the same bits come out whatever the order of arrival
 * was.
 */
final class ClockBuffer {
  private static final Comparator<LogRecord> BY_WORKER =
      Comparator.<LogRecord>comparingInt(r -> r.header().worker())
          .thenComparingLong(r -> r.header().seq());

  private final int width;
  private final boolean floats;
  private final TreeMap<Integer, List<LogRecord>> byClock = new TreeMap<>();
  private long[] keys = new long[0];
  private int count;
  private ByteBuffer values = ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN);

  ClockBuffer(int width, boolean floats) {
    this.width = width;
    this.floats = floats;
  }

  void add(LogRecord push) {
    byClock.computeIfAbsent(push.header().clock(), c -> new ArrayList<>()).add(push);
  }

  /** Forgets some. */
  void dropIf(Predicate<LogRecord> which) {
    byClock.values().forEach(pushes -> pushes.removeIf(which));
    byClock.values().removeIf(List::isEmpty);
  }

  /** Forgets all. */
  void clear() {
    byClock.clear();
  }

  /** All that wait. */
  List<LogRecord> records() {
    return byClock.values().stream().flatMap(List::stream).toList();
  }

  /** Index of the oldest record that is still needed; {@code Long.MAX_VALUE} for none. */
  long oldestIndex() {
    long oldest = Long.MAX_VALUE;
    for (var pushes : byClock.values()) {
      oldest = Math.min(oldest, pushes.get(0).index());
    }
    return oldest;
  }

  /**
   * Combines the pushes of a clock and forgets them.
   *
   * @param workers what a mean divides by
   * @param counted whose pushes count; those of other ranks are dropped
   * @param into gets the keys
   * @return {@code [keys][width]} little-endian values; valid until the next call
   */
  ByteBuffer combine(int clock, Combine combine, int workers, IntPredicate counted, KeyBatch into) {
    count = 0;
    var pushes = byClock.remove(clock);
    if (pushes != null) {
      pushes.sort(BY_WORKER);
      var batch = new KeyBatch();
      for (var push : pushes) {
        if (counted.test(push.header().worker())) {
          PushPayload.readKeys(push.payload(), batch);
          addPush(batch, push.payload(), PushPayload.valuesAt(push.payload()));
        }
      }
    }
    if (combine == Combine.MEAN && workers > 1) {
      divideBy(workers);
    }
    System.arraycopy(keys, 0, into.setListed(count), 0, count);
    return values.slice(0, count * rowBytes()).order(ByteOrder.LITTLE_ENDIAN);
  }

  private int rowBytes() {
    return width * (floats ? Float.BYTES : Long.BYTES);
  }

  /**
   * Merges one push into the combined rows: a left fold, so the order of addition is the order of
   * the calls.
   */
  private void addPush(KeyBatch batch, ByteBuffer pushed, int valuesAt) {
    int most = count + batch.count();
    long[] mergedKeys = new long[most];
    var merged =
        ByteBuffer.allocateDirect(Math.max(1, most * rowBytes())).order(ByteOrder.LITTLE_ENDIAN);
    int left = 0;
    int right = 0;
    int out = 0;
    while (left < count || right < batch.count()) {
      int order =
          left == count
              ? 1
              : right == batch.count() ? -1 : Long.compareUnsigned(keys[left], batch.key(right));
      mergedKeys[out] = order <= 0 ? keys[left] : batch.key(right);
      int at = out * rowBytes();
      if (order <= 0) {
        merged.put(at, values, left++ * rowBytes(), rowBytes());
      } else {
        merged.put(at, pushed, valuesAt + right * rowBytes(), rowBytes());
      }
      if (order == 0) {
        addRow(merged, at, pushed, valuesAt + right * rowBytes());
      }
      if (order >= 0) {
        right++;
      }
      out++;
    }
    keys = mergedKeys;
    values = merged;
    count = out;
  }

  private void addRow(ByteBuffer target, int at, ByteBuffer source, int from) {
    for (int i = 0; i < width; i++) {
      if (floats) {
        int offset = i * Float.BYTES;
        target.putFloat(at + offset, target.getFloat(at + offset) + source.getFloat(from + offset));
      } else {
        int offset = i * Long.BYTES;
        target.putLong(at + offset, target.getLong(at + offset) + source.getLong(from + offset));
      }
    }
  }

  private void divideBy(int workers) {
    if (!floats) {
      throw new IllegalStateException("a mean of int64 rows is refused when the table is made");
    }
    for (int at = 0; at < count * rowBytes(); at += Float.BYTES) {
      values.putFloat(at, values.getFloat(at) / workers);
    }
  }
}
