package io.holdfast.tools.server;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.holdfast.store.rows.RowChunks;
import io.holdfast.store.rows.RowExport;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The chunks of an export, with the rows' optimizer state or without. For one thread. */
final class ExportChunks {
  private static final int CHUNK_BYTES = 256 << 10;

  private final RowExport rows;
  private final int chunkBytes;
  private final @Nullable Trimmed trimmed;

  ExportChunks(RowExport rows, boolean state) {
    this.rows = rows;
    this.chunkBytes = Math.max(CHUNK_BYTES, rows.minChunkBytes());
    this.trimmed = state ? null : new Trimmed(chunkBytes);
  }

  /** The next one; null at the end. Blocks. */
  @Nullable ByteString next() {
    var chunk = ByteBuffer.allocate(chunkBytes);
    if (!rows.next(chunk)) {
      return null;
    }
    return UnsafeByteOperations.unsafeWrap(
        trimmed == null ? chunk.flip() : trimmed.of(chunk.flip()));
  }

  /** Leaves the state out: a chunk becomes a shorter one of the same rows. */
  private static final class Trimmed {
    private final RowChunks.Reader reader = new RowChunks.Reader();
    private final ByteBuffer values;
    private RowChunks.@Nullable Writer writer;

    Trimmed(int chunkBytes) {
      values = ByteBuffer.allocate(chunkBytes);
    }

    ByteBuffer of(ByteBuffer chunk) {
      var made = ByteBuffer.allocate(values.capacity());
      reader.read(chunk, (firstKey, count, rows) -> add(made, firstKey, count, rows));
      if (made.position() == 0) {
        writer().begin(made); // of a range without rows: a head and no more
      }
      return made.flip();
    }

    private RowChunks.Writer writer() {
      if (writer == null) {
        writer =
            new RowChunks.Writer(
                new RowChunks.Shape(shape().dense(), shape().element(), shape().width(), 0));
      }
      return writer;
    }

    private RowChunks.Shape shape() {
      var shape = reader.shape();
      if (shape == null) {
        throw new IllegalStateException("rows before their shape");
      }
      return shape;
    }

    private void add(ByteBuffer made, long firstKey, int count, ByteBuffer rows) {
      int rowBytes = shape().width() * shape().element().bytes();
      int stride = shape().rowBytes();
      for (int i = 0; i < count; i++) {
        values.put(i * rowBytes, rows, rows.position() + i * stride, rowBytes);
      }
      if (made.position() == 0) {
        writer().begin(made);
      }
      int added = writer().add(firstKey, count, values, 0);
      if (added != count) {
        throw new IllegalStateException(added + " of " + count + " rows fitted");
      }
    }
  }
}
