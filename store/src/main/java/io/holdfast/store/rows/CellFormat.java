package io.holdfast.store.rows;

import io.holdfast.model.ElementType;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The shape of a range's cells. A cell is the unit of caching, eviction and storage: one row of a
 * sparse table, a page of rows with consecutive keys of a dense one. A row is {@code width} values
 * followed by {@code stateWidth} values of optimizer state.
 *
 * <p>Pages are aligned to their size in the table's keys, so a page has the same number whatever
 * the bounds of the range.
 *
 * @param pageShift dense: a page has {@code 1 << pageShift} rows; sparse: 0
 */
record CellFormat(boolean dense, ElementType element, int width, int stateWidth, int pageShift) {
  private static final int MAGIC = 'H' | 'F' << 8 | 'R' << 16 | '1' << 24;
  private static final int HEADER_BYTES = 16;
  private static final int PAGE_BYTES = 64 << 10;

  /** The shape for a range that has nothing stored. */
  static CellFormat of(TableSpec table, KeyRange keys, int stateWidth) {
    int shift = 0;
    if (table.isDense()) {
      int rowBytes = (table.width() + stateWidth) * table.element().bytes();
      long wanted = Math.max(1, PAGE_BYTES / rowBytes);
      shift = Math.min(log2Down(wanted), log2Up(keys.size()));
    }
    return new CellFormat(table.isDense(), table.element(), table.width(), stateWidth, shift);
  }

  private static int log2Down(long value) {
    return 63 - Long.numberOfLeadingZeros(value);
  }

  private static int log2Up(long value) {
    return value <= 1 ? 0 : 64 - Long.numberOfLeadingZeros(value - 1);
  }

  int rowsPerCell() {
    return 1 << pageShift;
  }

  /** Values from one row to the next. */
  int stride() {
    return width + stateWidth;
  }

  int cellLength() {
    return stride() << pageShift;
  }

  int cellBytes() {
    return cellLength() * element.bytes();
  }

  int strideBytes() {
    return stride() * element.bytes();
  }

  /** Bytes of a row on the wire. */
  int rowBytes() {
    return width * element.bytes();
  }

  long cellOf(long key) {
    return key >>> pageShift;
  }

  long firstKeyOf(long cell) {
    return cell << pageShift;
  }

  int rowInCell(long key) {
    return (int) key & (rowsPerCell() - 1);
  }

  /** What is stored as a range's metadata: this shape, then the caller's bytes. */
  byte[] wrap(byte[] metadata) {
    return ByteBuffer.allocate(HEADER_BYTES + metadata.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(MAGIC)
        .put((byte) (dense ? 1 : 0))
        .put((byte) element.bytes())
        .put((byte) pageShift)
        .put((byte) 0)
        .putInt(width)
        .putInt(stateWidth)
        .put(metadata)
        .array();
  }

  static CellFormat unwrap(int range, byte[] stored) {
    ByteBuffer in = ByteBuffer.wrap(stored).order(ByteOrder.LITTLE_ENDIAN);
    if (stored.length < HEADER_BYTES || in.getInt() != MAGIC) {
      throw StoreFailures.corrupt(
          "the metadata of range " + range + " is not of a format that this version knows");
    }
    boolean dense = in.get() == 1;
    ElementType element = in.get() == Float.BYTES ? ElementType.FLOAT32 : ElementType.INT64;
    int pageShift = in.get();
    in.get();
    return new CellFormat(dense, element, in.getInt(), in.getInt(), pageShift);
  }

  static byte[] unwrapMetadata(int range, byte[] stored) {
    unwrap(range, stored);
    return java.util.Arrays.copyOfRange(stored, HEADER_BYTES, stored.length);
  }

  /** Whether cells of this shape can be read as cells of the other; page sizes may differ. */
  boolean holdsRowsOf(CellFormat other) {
    return dense == other.dense
        && element == other.element
        && width == other.width
        && stateWidth == other.stateWidth;
  }
}
