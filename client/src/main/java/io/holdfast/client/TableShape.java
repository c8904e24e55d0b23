package io.holdfast.client;

import io.holdfast.model.ElementType;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import org.jspecify.annotations.Nullable;

/** Checks what a caller gives against a table's definition, before anything is sent. */
record TableShape(String table, TableSpec spec) {
  /**
   * Distinct keys in the order that they are sent in.
   *
   * @throws HoldfastException KEYS_NOT_ASCENDING, KEY_OUT_OF_RANGE
   */
  KeyOrder order(long[] keys) {
    KeyOrder order = KeyOrder.of(keys, spec.placement());
    checkInTable(order);
    return order;
  }

  /**
   * All keys of a range of a dense table.
   *
   * @throws HoldfastException INVALID_ARGUMENT, LIMIT_EXCEEDED, KEY_OUT_OF_RANGE
   */
  KeyOrder order(KeyRange keys) {
    if (!spec.isDense()) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "table " + table + " is sparse: a range of its keys has no fixed shape; name the keys");
    }
    long count = keys.size();
    if (count < 0 || count * spec.width() > Integer.MAX_VALUE - 8 || count > Integer.MAX_VALUE) {
      throw new HoldfastException(
          ErrorCode.LIMIT_EXCEEDED, keys + " does not fit one array; take it in parts");
    }
    KeyOrder order = KeyOrder.of(keys, (int) count);
    checkInTable(order);
    return order;
  }

  private void checkInTable(KeyOrder keys) {
    if (spec.isDense()
        && keys.count() > 0
        && Long.compareUnsigned(keys.key(keys.count() - 1), spec.rows()) >= 0) {
      throw new HoldfastException(
          ErrorCode.KEY_OUT_OF_RANGE,
          "key "
              + Long.toUnsignedString(keys.key(keys.count() - 1))
              + " is beyond the "
              + spec.rows()
              + " rows of table "
              + table);
    }
  }

  /** Whether this may take so many rows; gives how many values they are. */
  int checkTarget(int rows, float @Nullable [] into, long @Nullable [] intoLongs) {
    int values = values(rows);
    checkType(into != null, intoLongs != null);
    checkRoom(values, into == null ? intoLongs == null ? values : intoLongs.length : into.length);
    return values;
  }

  /** Whether these are that many rows; gives how many values they are. */
  int checkPushed(KeyOrder keys, float @Nullable [] floats, long @Nullable [] longs) {
    checkType(floats != null, longs != null);
    int values = values(keys.count());
    int given = floats != null ? floats.length : longs != null ? longs.length : 0;
    if (given != values) {
      throw new HoldfastException(
          ErrorCode.WRONG_WIDTH,
          given
              + " values for "
              + keys.count()
              + " rows of width "
              + spec.width()
              + " of table "
              + table);
    }
    return values;
  }

  /** Whether these may be that many rows with their state; gives how many values a row has. */
  int checkReplaced(KeyOrder keys, float[] rows) {
    checkType(true, false);
    int width = keys.count() == 0 ? spec.width() : rows.length / keys.count();
    if (width < spec.width() || rows.length != (long) width * keys.count()) {
      throw new HoldfastException(
          ErrorCode.WRONG_WIDTH,
          rows.length
              + " values are not "
              + keys.count()
              + " rows of "
              + spec.width()
              + " values of table "
              + table
              + " and the same number of values of state: give both of each row, one row after the"
              + " other");
    }
    return width;
  }

  private void checkType(boolean hasFloats, boolean hasLongs) {
    if (spec.element() == ElementType.INT64 ? hasFloats : hasLongs) {
      throw new HoldfastException(
          ErrorCode.WRONG_TYPE, "table " + table + " holds " + spec.element() + " values");
    }
  }

  private void checkRoom(int values, int room) {
    if (room < values) {
      throw new HoldfastException(
          ErrorCode.WRONG_WIDTH, "an array of " + room + " values cannot take " + values);
    }
  }

  private int values(int rows) {
    long values = (long) rows * spec.width();
    if (values > Integer.MAX_VALUE - 8) {
      throw new HoldfastException(
          ErrorCode.LIMIT_EXCEEDED, values + " values do not fit one array; take them in parts");
    }
    return (int) values;
  }
}
