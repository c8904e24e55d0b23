package io.holdfast.store.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.model.ElementType;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.RangeFunction;
import io.holdfast.plugin.UpdateContext;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** A table as a plain sorted map from key to what was pushed to it: what {@link RangeRows} owes. */
final class ModelRows {
  static final UpdateContext CONTEXT = new UpdateContext(1, 0, 0, 1, 1);

  /** A row: values, then how often it was pushed to. */
  record Row(double[] values, int updates) {}

  final TableSpec table;
  final TreeMap<Long, Row> rows = new TreeMap<>(Long::compareUnsigned);
  private final boolean stateful;

  ModelRows(TableSpec table) {
    this.table = table;
    this.stateful = table.rule().parameter("state", 0) > 0;
  }

  ModelRows copy() {
    ModelRows copy = new ModelRows(table);
    copy.rows.putAll(rows);
    return copy;
  }

  /** Pushes random small whole numbers to both. */
  void push(SplittableRandom random, KeyBatch keys, RangeRows target) {
    int pad = random.nextInt(4) * 4;
    ByteBuffer values = buffer(random, pad + keys.count() * table.rowBytes());
    values.position(pad);
    int at = pad;
    for (int i = 0; i < keys.count(); i++) {
      double[] update = new double[table.width()];
      for (int j = 0; j < update.length; j++) {
        update[j] = random.nextInt(-8, 9);
        at = put(values, at, update[j]);
      }
      add(keys.key(i), update);
    }
    target.apply(keys, values, CONTEXT);
    assertEquals(pad, values.position(), "apply leaves the position alone");
  }

  /** Writes random rows over in both, each as if it had been pushed to some times. */
  void replace(SplittableRandom random, KeyBatch keys, RangeRows target) {
    int state = (int) table.rule().parameter("state", 0);
    int rowBytes = (table.width() + state) * table.element().bytes();
    assertEquals(rowBytes, target.wholeRowBytes());
    int pad = random.nextInt(4) * 4;
    ByteBuffer rowsOver = buffer(random, pad + keys.count() * rowBytes);
    rowsOver.position(pad);
    int at = pad;
    for (int i = 0; i < keys.count(); i++) {
      double[] row = new double[table.width()];
      for (int j = 0; j < row.length; j++) {
        row[j] = random.nextInt(-8, 9);
        at = put(rowsOver, at, row[j]);
      }
      int updates = random.nextInt(5);
      for (int j = 0; j < state; j++) {
        at = put(rowsOver, at, updates);
      }
      rows.put(keys.key(i), new Row(row, updates));
    }
    target.replace(keys, rowsOver);
    assertEquals(pad, rowsOver.position(), "replace leaves the position alone");
  }

  private void add(long key, double[] update) {
    Row old = rows.getOrDefault(key, new Row(new double[table.width()], 0));
    double[] sum = old.values().clone();
    for (int j = 0; j < sum.length; j++) {
      sum[j] += update[j] + (stateful ? old.updates() : 0);
    }
    rows.put(key, new Row(sum, old.updates() + 1));
  }

  private int put(ByteBuffer values, int at, double value) {
    if (table.element() == ElementType.FLOAT32) {
      values.putFloat(at, (float) value);
    } else {
      values.putLong(at, (long) value);
    }
    return at + table.element().bytes();
  }

  private double value(ByteBuffer values, int at) {
    return table.element() == ElementType.FLOAT32 ? values.getFloat(at) : values.getLong(at);
  }

  static ByteBuffer buffer(SplittableRandom random, int bytes) {
    ByteBuffer buffer =
        random.nextBoolean() ? ByteBuffer.allocate(bytes) : ByteBuffer.allocateDirect(bytes);
    return buffer.order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Pulls the keys in pieces of random size, and compares. */
  void checkPull(SplittableRandom random, KeyBatch keys, RangeRows source, String where) {
    int from = 0;
    while (from < keys.count()) {
      int rows = 1 + random.nextInt(keys.count() - from);
      ByteBuffer out = buffer(random, 8 + rows * table.rowBytes() + table.rowBytes() - 1);
      out.position(8);
      int next = source.gather(keys, from, out);
      assertEquals(from + rows, next, where);
      assertEquals(8 + rows * table.rowBytes(), out.position(), where);
      for (int i = from; i < next; i++) {
        checkRow(keys.key(i), out, 8 + (i - from) * table.rowBytes(), where);
      }
      from = next;
    }
  }

  private void checkRow(long key, ByteBuffer out, int at, String where) {
    Row row = rows.get(key);
    for (int j = 0; j < table.width(); j++) {
      double expected = row == null ? 0 : row.values()[j];
      double actual = value(out, at + j * table.element().bytes());
      if (expected != actual) {
        assertEquals(
            expected, actual, where + ": key " + Long.toUnsignedString(key) + " column " + j);
      }
    }
  }

  /** Walks all rows and compares; a dense table may show rows beside written ones. */
  void checkAll(RangeRows source, String where) {
    List<Long> seen = new ArrayList<>();
    source.evaluate(
        new RangeFunction() {
          @Override
          public void accept(long key, float[] values, int at, int width) {
            check(key, j -> values[at + j]);
          }

          @Override
          public void accept(long key, long[] values, int at, int width) {
            check(key, j -> values[at + j]);
          }

          private void check(long key, java.util.function.IntToDoubleFunction actual) {
            seen.add(key);
            Row row = rows.get(key);
            for (int j = 0; j < table.width(); j++) {
              double expected = row == null ? 0 : row.values()[j];
              assertEquals(expected, actual.applyAsDouble(j), where + ": walked key " + key);
            }
          }

          @Override
          public void merge(RangeFunction other) {}

          @Override
          public Result result() {
            return new Result(new long[0], new double[0]);
          }
        });
    for (int i = 1; i < seen.size(); i++) {
      assertEquals(-1, Long.compareUnsigned(seen.get(i - 1), seen.get(i)), where + ": order");
    }
    if (table.isDense()) {
      seen.retainAll(rows.keySet());
    }
    assertEquals(List.copyOf(rows.keySet()), seen, where + ": rows that exist");
  }
}
