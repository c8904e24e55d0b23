package io.holdfast.store.rows;

import io.holdfast.model.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Rows on their way from one store to another, little-endian; of no cell size, so that the other
 * store may have another. The first chunk of an export begins with a head of 16 bytes:
 *
 * <pre>
 *   0  u32  "HFX1"
 *   4  u8   1 dense, 0 sparse
 *   5  u8   bytes of a value: 4 float32, 8 int64
 *   8  u32  values of a row
 *  12  u32  values of its optimizer state
 * </pre>
 *
 * <p>Then, in this and all further chunks, runs of rows with consecutive keys, in ascending order:
 * u64 first key, u32 number of rows, the rows with their state.
 */
public final class RowChunks {
  static final int HEAD_BYTES = 16;
  static final int RUN_BYTES = 12;
  private static final int MAGIC = 'H' | 'F' << 8 | 'X' << 16 | '1' << 24;

  private RowChunks() {}

  /** What the rows of an export are. */
  public record Shape(boolean dense, ElementType element, int width, int stateWidth) {
    public int rowBytes() {
      return (width + stateWidth) * element.bytes();
    }

    static Shape of(CellFormat format) {
      return new Shape(format.dense(), format.element(), format.width(), format.stateWidth());
    }
  }

  /** Takes rows out of chunks. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * @param rows {@code count} rows from its position on, to be used before returning
     */
    void rows(long firstKey, int count, ByteBuffer rows);
  }

  /** Fills chunks, one after the other. */
  public static final class Writer {
    private final Shape shape;
    private boolean isFirst = true;
    private ByteBuffer out = ByteBuffer.allocate(0);
    private int runAt;
    private long nextKey;

    public Writer(Shape shape) {
      this.shape = shape;
    }

    /**
     * Begins a chunk, whose order of bytes becomes little-endian.
     *
     * @throws IllegalArgumentException where not even one row fits
     */
    public void begin(ByteBuffer target) {
      int least = (isFirst ? HEAD_BYTES : 0) + RUN_BYTES + shape.rowBytes();
      if (target.remaining() < least) {
        throw new IllegalArgumentException(
            "a chunk of " + target.remaining() + " bytes holds no row: give at least " + least);
      }
      out = target.order(ByteOrder.LITTLE_ENDIAN);
      runAt = -1;
      if (isFirst) {
        isFirst = false;
        out.putInt(MAGIC)
            .put((byte) (shape.dense() ? 1 : 0))
            .put((byte) shape.element().bytes())
            .putShort((short) 0)
            .putInt(shape.width())
            .putInt(shape.stateWidth());
      }
    }

    /**
     * Adds rows with consecutive keys.
     *
     * @param at where in {@code rows} they begin
     * @return how many fitted
     */
    public int add(long firstKey, int count, ByteBuffer rows, int at) {
      boolean goesOn = runAt >= 0 && firstKey == nextKey;
      int room = out.remaining() - (goesOn ? 0 : RUN_BYTES);
      int fitting = Math.min(count, Math.max(0, room) / shape.rowBytes());
      if (fitting == 0) {
        return 0;
      }
      if (!goesOn) {
        runAt = out.position();
        out.putLong(firstKey).putInt(0);
      }
      int bytes = fitting * shape.rowBytes();
      out.put(out.position(), rows, at, bytes).position(out.position() + bytes);
      out.putInt(runAt + Long.BYTES, out.getInt(runAt + Long.BYTES) + fitting);
      nextKey = firstKey + fitting;
      return fitting;
    }
  }

  /** Reads the chunks of one export in their order. */
  public static final class Reader {
    private @Nullable Shape shape;

    /** What the head said; null before the first chunk. */
    public @Nullable Shape shape() {
      return shape;
    }

    /**
     * Reads a chunk to its end.
     *
     * @throws IllegalArgumentException where it is not one
     */
    public void read(ByteBuffer chunk, Visitor visitor) {
      chunk.order(ByteOrder.LITTLE_ENDIAN);
      Shape known = shape == null ? head(chunk) : shape;
      shape = known;
      while (chunk.hasRemaining()) {
        if (chunk.remaining() < RUN_BYTES) {
          throw malformed(chunk);
        }
        long firstKey = chunk.getLong();
        int count = chunk.getInt();
        if (count < 1 || count > chunk.remaining() / known.rowBytes()) {
          throw malformed(chunk);
        }
        int end = chunk.position() + count * known.rowBytes();
        visitor.rows(firstKey, count, chunk.duplicate().limit(end).order(ByteOrder.LITTLE_ENDIAN));
        chunk.position(end);
      }
    }

    private static Shape head(ByteBuffer chunk) {
      if (chunk.remaining() < HEAD_BYTES || chunk.getInt() != MAGIC) {
        throw malformed(chunk);
      }
      boolean dense = chunk.get() == 1;
      ElementType element = chunk.get() == Float.BYTES ? ElementType.FLOAT32 : ElementType.INT64;
      chunk.getShort();
      int width = chunk.getInt();
      int stateWidth = chunk.getInt();
      long bytes = ((long) width + stateWidth) * element.bytes();
      if (width < 1 || stateWidth < 0 || bytes > Integer.MAX_VALUE) {
        throw malformed(chunk);
      }
      return new Shape(dense, element, width, stateWidth);
    }

    private static IllegalArgumentException malformed(ByteBuffer chunk) {
      return new IllegalArgumentException(
          "at byte " + chunk.position() + ": not a chunk of rows that this version knows");
    }
  }
}
