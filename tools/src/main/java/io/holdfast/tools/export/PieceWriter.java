package io.holdfast.tools.export;

import io.holdfast.model.ElementType;
import io.holdfast.model.Initial;
import io.holdfast.model.KeyHash;
import io.holdfast.model.KeyRange;
import io.holdfast.model.Placement;
import io.holdfast.store.rows.InitialRow;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Takes the rows of a range apart into tensors. Of a dense table every row is written: one that the
 * range has not stored as what it reads as.
 */
final class PieceWriter {
  private static final int BUFFER_BYTES = 1 << 20;

  private final TensorTarget target;
  private final TableLayout layout;
  private final KeyRange keys;
  private final List<TensorSpec> tensors;
  private final Column[] columns;
  private final ByteBuffer initial;
  private final float[] initialValues;
  private long nextKey;
  private long rows;

  /** What is still to be written of a tensor. */
  private final class Column {
    final int number;
    final int rowBytes;
    final CRC32C crc = new CRC32C();
    final ByteBuffer pending;
    long firstRow;

    Column(int number, long firstRow) {
      this.number = number;
      this.rowBytes = tensors.get(number).rowBytes();
      this.firstRow = firstRow;
      this.pending =
          ByteBuffer.allocate(Math.max(rowBytes, BUFFER_BYTES / rowBytes * rowBytes))
              .order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Makes room for one row at least; gives for how many there is some. */
    int room() {
      if (pending.remaining() < rowBytes) {
        flush();
      }
      return pending.remaining() / rowBytes;
    }

    /** Takes its part, at {@code at}, of rows that are {@code stride} bytes apart. */
    void take(ByteBuffer from, int at, int stride, int count) {
      for (int done = 0; done < count; ) {
        int room = room();
        int some = stride == rowBytes ? Math.min(room, count - done) : 1;
        int to = pending.position();
        pending.put(to, from, at + done * stride, some * rowBytes);
        pending.position(to + some * rowBytes);
        done += some;
      }
    }

    void takeKeys(long firstKey, int count) {
      boolean hashed = layout.table().placement() == Placement.HASHED;
      for (int i = 0; i < count; i++) {
        room();
        pending.putLong(hashed ? KeyHash.unplace(firstKey + i) : firstKey + i);
      }
    }

    void flush() {
      pending.flip();
      long written = pending.remaining() / rowBytes;
      crc.update(pending.duplicate());
      target.write(number, firstRow, pending);
      firstRow += written;
      pending.clear();
    }
  }

  /**
   * @param keys of the rows to come, placed
   * @param firstRow where in the tensors they begin
   */
  PieceWriter(TensorTarget target, TableLayout layout, KeyRange keys, long firstRow) {
    this.target = target;
    this.layout = layout;
    this.keys = keys;
    this.tensors = layout.tensors();
    this.columns = new Column[tensors.size()];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = new Column(i, firstRow);
    }
    this.nextKey = keys.start();
    this.initial = ByteBuffer.allocate(layout.rowBytes()).order(ByteOrder.LITTLE_ENDIAN);
    this.initialValues = new float[layout.table().width()];
  }

  /**
   * Adds rows with consecutive keys, above those before.
   *
   * @param from {@code count} rows from its position on, with the state that the layout has
   * @throws IllegalArgumentException where they are not above, or beyond the range
   */
  void add(long firstKey, int count, ByteBuffer from) {
    boolean isBehind = rows > 0 && Long.compareUnsigned(firstKey, nextKey) < 0;
    if (isBehind || !keys.contains(firstKey) || !keys.contains(firstKey + count - 1)) {
      throw new IllegalArgumentException(
          "rows from key " + Long.toUnsignedString(firstKey) + " on in " + keys);
    }
    if (layout.table().isDense()) {
      fillUpTo(firstKey);
    }
    take(firstKey, count, from, from.position());
  }

  private void fillUpTo(long key) {
    while (nextKey != key) {
      take(nextKey, 1, initialRow(nextKey), 0);
    }
  }

  private ByteBuffer initialRow(long key) {
    var table = layout.table();
    if (table.element() == ElementType.FLOAT32) {
      InitialRow.fill(table.initial(), key, initialValues, 0, table.width());
      initial.asFloatBuffer().put(0, initialValues);
    } else if (table.initial() instanceof Initial.Constant constant) {
      for (int i = 0; i < table.width(); i++) {
        initial.putLong(i * Long.BYTES, (long) constant.value());
      }
    }
    return initial;
  }

  private void take(long firstKey, int count, ByteBuffer from, int at) {
    int next = at;
    for (Column column : columns) {
      if (column.number < layout.valuesAt()) {
        column.takeKeys(firstKey, count);
      } else {
        column.take(from, next, layout.rowBytes(), count);
        next += column.rowBytes;
      }
    }
    nextKey = firstKey + count;
    rows += count;
  }

  long rows() {
    return rows;
  }

  /** All rows were added: writes what is pending. Gives the checksums, by tensor. */
  Map<String, Long> end() {
    if (layout.table().isDense()) {
      fillUpTo(keys.end());
    }
    Map<String, Long> checksums = new LinkedHashMap<>();
    for (Column column : columns) {
      column.flush();
      checksums.put(tensors.get(column.number).name(), column.crc.getValue());
    }
    return checksums;
  }
}
