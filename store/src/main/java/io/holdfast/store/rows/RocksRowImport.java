package io.holdfast.store.rows;

import io.holdfast.model.KeyRange;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileWriter;

/** Writes rows to sorted files in this range's own cell size, and has the store take them in. */
final class RocksRowImport implements RowImport {
  private static final long FILE_BYTES = 256L << 20;
  private static final long STEP_BYTES = 4L << 20;

  private final RocksRowStore store;
  private final int range;
  private final KeyRange keys;
  private final CellFormat format;
  private final CellMemory memory;
  private final RowChunks.Reader reader = new RowChunks.Reader();
  private final List<Path> files = new ArrayList<>();
  private final ByteBuffer key = ByteBuffer.allocateDirect(CellKey.BYTES);
  private final ByteBuffer cell;
  private final BitSet filled = new BitSet();
  private @Nullable SstFileWriter writer;
  private long written;
  private long checked;
  private long page;
  private long lastKey;
  private boolean hasRows;
  private boolean ended;

  /**
   * @param memory of the range's shape; makes initial rows
   */
  RocksRowImport(RocksRowStore store, int range, KeyRange keys, CellMemory memory) {
    this.store = store;
    this.range = range;
    this.keys = keys;
    this.memory = memory;
    this.format = memory.format;
    this.cell = ByteBuffer.allocateDirect(format.cellBytes());
  }

  @Override
  public void add(ByteBuffer chunk) {
    run(() -> reader.read(chunk, this::take));
  }

  @Override
  public void complete(byte[] metadata) {
    run(
        () -> {
          flushCell();
          finishFile();
          write(CellKey.metadata(range), format.wrap(metadata));
          finishFile();
          store.replace(range, files);
          ended = true;
          files.clear();
        });
  }

  @Override
  public void close() {
    if (ended) {
      return;
    }
    ended = true;
    if (writer != null) {
      writer.close();
      writer = null;
    }
    files.forEach(CheckpointFile::deleteQuietly);
  }

  private interface Step {
    void run() throws RocksDBException;
  }

  private void run(Step step) {
    if (ended) {
      throw new IllegalStateException(
          "the import of range " + Integer.toUnsignedString(range) + " has ended");
    }
    boolean isDone = false;
    try {
      store.using(
          () -> {
            try {
              step.run();
              return true;
            } catch (RocksDBException e) {
              throw StoreFailures.of("importing range " + Integer.toUnsignedString(range), e);
            }
          });
      isDone = true;
    } finally {
      if (!isDone) {
        close();
      }
    }
  }

  private void take(long firstKey, int count, ByteBuffer rows) {
    var shape = RowChunks.Shape.of(format);
    long last = firstKey + (count - 1);
    boolean ascends = !hasRows || Long.compareUnsigned(lastKey, firstKey) < 0;
    if (!shape.equals(reader.shape())
        || !ascends
        || Long.compareUnsigned(last, firstKey) < 0
        || !keys.contains(firstKey)
        || !keys.contains(last)) {
      throw new IllegalArgumentException(
          "rows "
              + Long.toUnsignedString(firstKey)
              + " to "
              + Long.toUnsignedString(last)
              + " of "
              + reader.shape()
              + " do not belong into range "
              + Integer.toUnsignedString(range)
              + " "
              + keys
              + " of "
              + shape
              + (ascends ? "" : ", or not after " + Long.toUnsignedString(lastKey)));
    }
    try {
      put(firstKey, count, rows);
    } catch (RocksDBException e) {
      throw StoreFailures.of("importing range " + Integer.toUnsignedString(range), e);
    }
    hasRows = true;
    lastKey = last;
  }

  private void put(long firstKey, int count, ByteBuffer rows) throws RocksDBException {
    int stride = format.strideBytes();
    int at = rows.position();
    for (int done = 0; done < count; ) {
      long next = firstKey + done;
      if (filled.isEmpty() || format.cellOf(next) != page) {
        flushCell();
        page = format.cellOf(next);
      }
      int row = format.rowInCell(next);
      int taken = Math.min(count - done, format.rowsPerCell() - row);
      cell.put(row * stride, rows, at + done * stride, taken * stride);
      filled.set(row, row + taken);
      done += taken;
    }
  }

  private void flushCell() throws RocksDBException {
    if (filled.isEmpty()) {
      return;
    }
    if (filled.cardinality() < format.rowsPerCell()) {
      fillUp();
    }
    CellKey.putCell(key.clear(), range, page);
    file().put(key.flip(), cell.clear());
    written += format.cellBytes();
    filled.clear();
    if (written >= FILE_BYTES) {
      finishFile();
    } else if (written >= checked) {
      store.requireSpace(files.getLast(), STEP_BYTES);
      checked += STEP_BYTES;
    }
  }

  // Rows of a page that nobody has written, or that are of another range, are initial.
  private void fillUp() {
    Object initial = memory.newArray(format.cellLength());
    memory.initialise(initial, 0, page);
    ByteBuffer encoded = ByteBuffer.allocate(format.cellBytes());
    memory.encode(initial, 0, encoded);
    int stride = format.strideBytes();
    int rows = format.rowsPerCell();
    for (int row = filled.nextClearBit(0); row < rows; row = filled.nextClearBit(row + 1)) {
      cell.put(row * stride, encoded, row * stride, stride);
    }
  }

  private void write(byte[] storedKey, byte[] value) throws RocksDBException {
    file().put(storedKey, value);
  }

  private SstFileWriter file() throws RocksDBException {
    if (writer == null) {
      Path file = store.importFile(range, files.size());
      CheckpointFile.deleteQuietly(file);
      store.requireSpace(file, STEP_BYTES);
      files.add(file);
      writer = store.newFile();
      writer.open(file.toString());
      written = 0;
      checked = STEP_BYTES;
    }
    return writer;
  }

  private void finishFile() throws RocksDBException {
    if (writer != null) {
      writer.finish();
      writer.close();
      writer = null;
    }
  }
}
