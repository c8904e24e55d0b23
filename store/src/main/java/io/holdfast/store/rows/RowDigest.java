package io.holdfast.store.rows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A fingerprint of all rows of a range with their optimizer state: equal on replicas that have
 * applied the same records to the same start, whatever their caches and checkpoints were. Finds
 * damage and divergence, not malice.
 *
 * @param rows how many there are
 * @param hash of shape, keys and values, in order
 */
public record RowDigest(long rows, long hash) {
  private static final int CHUNK_BYTES = 1 << 20;

  /** Reads an export to its end, which is still to be closed. Blocks. */
  public static RowDigest of(RowExport export) {
    var reader = new RowChunks.Reader();
    var hash = new RowHash();
    int bytes = CHUNK_BYTES;
    ByteBuffer chunk = ByteBuffer.allocate(Math.max(bytes, export.minChunkBytes()));
    while (export.next(chunk.clear())) {
      reader.read(
          chunk.flip(),
          (firstKey, count, rows) -> hash.add(firstKey, count, rows, shapeOf(reader)));
    }
    return new RowDigest(hash.rows, hash.value());
  }

  private static RowChunks.Shape shapeOf(RowChunks.Reader reader) {
    var shape = reader.shape();
    if (shape == null) {
      throw new IllegalStateException("rows before their shape");
    }
    return shape;
  }

  @Override
  public String toString() {
    return String.format("%016x", hash) + " of " + rows + " rows";
  }

  /** The rounds of xxHash64 (Yann Collet), in one lane. */
  private static final class RowHash {
    private static final long P1 = 0x9E3779B185EBCA87L;
    private static final long P2 = 0xC2B2AE3D27D4EB4FL;
    private static final long P3 = 0x165667B19E3779F9L;

    private long hash = P1;
    private long rows;

    void add(long firstKey, int count, ByteBuffer from, RowChunks.Shape shape) {
      int bytes = shape.rowBytes();
      int at = from.position();
      ByteBuffer in = from.order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < count; i++, at += bytes) {
        round(firstKey + i);
        int end = at + bytes;
        int next = at;
        for (; next + Long.BYTES <= end; next += Long.BYTES) {
          round(in.getLong(next));
        }
        if (next < end) {
          round(in.getInt(next));
        }
      }
      rows += count;
    }

    private void round(long word) {
      hash = Long.rotateLeft(hash ^ (Long.rotateLeft(word * P2, 31) * P1), 27) * P1 + P3;
    }

    long value() {
      long mixed = hash ^ rows;
      mixed = (mixed ^ (mixed >>> 33)) * P2;
      mixed = (mixed ^ (mixed >>> 29)) * P3;
      return mixed ^ (mixed >>> 32);
    }
  }
}
