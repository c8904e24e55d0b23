package io.holdfast.coordination;

import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import java.util.ArrayList;
import java.util.List;

/** Cuts a table's keys into ranges of equal size. Pure. */
public final class RangePlan {
  private RangePlan() {}

  /**
   * @param otherwise how many ranges where the table does not say
   * @return ranges in order that cover all keys of the table
   */
  public static List<KeyRange> cut(TableSpec table, int otherwise) {
    long rows = table.rows();
    int count = table.rangeCount() > 0 ? table.rangeCount() : otherwise;
    if (table.isDense()) {
      count = (int) Math.min(count, rows);
    }
    var ranges = new ArrayList<KeyRange>(count);
    long start = 0;
    for (int i = 1; i <= count; i++) {
      long end = i == count ? table.keys().end() : boundary(rows, i, count);
      ranges.add(new KeyRange(start, end));
      start = end;
    }
    return ranges;
  }

  /** Where the i-th of {@code count} ranges ends; rows 0 stands for 2^64. */
  private static long boundary(long rows, int i, int count) {
    if (rows > 0) {
      return Math.multiplyHigh(rows, i) == 0 && rows <= Long.MAX_VALUE / count
          ? rows * i / count
          : rows / count * i;
    }
    return Long.divideUnsigned(-1L, count) * i;
  }
}
