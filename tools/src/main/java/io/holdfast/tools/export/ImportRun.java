package io.holdfast.tools.export;

import io.holdfast.client.PushReceipt;
import io.holdfast.client.Table;
import io.holdfast.model.ElementType;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyHash;
import io.holdfast.model.KeyRange;
import io.holdfast.model.NanPolicy;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Checks the rows of a file and pushes them, some megabytes at a time. Calls block.
 *
 * @param progress told now and then of the rows and bytes that are done
 */
public record ImportRun(ImportSource source, BiConsumer<Long, Long> progress) {
  private static final int BATCH_BYTES = 1 << 20;
  private static final int IN_FLIGHT = 8;
  private static final int KEY_BYTES = Long.BYTES;

  /** Takes some rows; the keys are null of a dense table. */
  @FunctionalInterface
  private interface Batch {
    /**
     * @param columns of each of {@link ImportSource#columns}, the rows; values come first
     */
    void take(long firstRow, int count, List<ByteBuffer> columns, @Nullable ByteBuffer keys);
  }

  /**
   * Reads all rows once, and pushes none.
   *
   * @throws HoldfastException NOT_A_NUMBER where the policy refuses what is there;
   *     KEYS_NOT_ASCENDING; INVALID_ARGUMENT where bytes are not those that the export wrote
   */
  public void check(NanPolicy policy) {
    var checksums = new Checksums();
    var keysSeen = new KeysSeen();
    read(
        (firstRow, count, columns, keys) -> {
          if (source.element() == ElementType.FLOAT32 && policy == NanPolicy.REFUSE) {
            for (int i = 0; i < columns.size(); i++) {
              requireNumbers(firstRow, source.columns().get(i), columns.get(i));
            }
          }
          if (keys != null) {
            keysSeen.add(firstRow, keys);
          }
          checksums.add(count, columns, keys);
        });
  }

  private void requireNumbers(long firstRow, StoredTensor tensor, ByteBuffer values) {
    int width = source.rowBytes(tensor) / Float.BYTES;
    for (int i = 0; i < values.limit() / Float.BYTES; i++) {
      float value = values.getFloat(i * Float.BYTES);
      if (!Float.isFinite(value)) {
        throw new HoldfastException(
            ErrorCode.NOT_A_NUMBER,
            tensor
                + " has "
                + value
                + " in row "
                + (firstRow + i / width)
                + ", column "
                + i % width
                + ": give --nan zero or --nan allow to take such values");
      }
    }
  }

  /** Keys that ascend, by themselves or by their places in a hashed table, are distinct. */
  private final class KeysSeen {
    private boolean plain = true;
    private boolean placed = true;
    private long last;

    void add(long firstRow, ByteBuffer keys) {
      for (int i = 0; i < keys.limit() / KEY_BYTES; i++) {
        long key = keys.getLong(i * KEY_BYTES);
        if (firstRow + i > 0) {
          plain &= Long.compareUnsigned(key, last) > 0;
          placed &= Long.compareUnsigned(KeyHash.place(key), KeyHash.place(last)) > 0;
        }
        last = key;
        if (!plain && !placed) {
          throw new HoldfastException(
              ErrorCode.KEYS_NOT_ASCENDING,
              "key "
                  + Long.toUnsignedString(key)
                  + " in row "
                  + (firstRow + i)
                  + " of "
                  + source.keys()
                  + " is not above the one before: sort the rows by their unsigned keys, each once");
        }
      }
    }
  }

  /** Compares with what the export has noted of each of its pieces. */
  private final class Checksums {
    private final Map<StoredTensor, CRC32C> ofColumns = new LinkedHashMap<>();
    private final CRC32C ofKeys = new CRC32C();
    private int piece;
    private long left = source.pieces().isEmpty() ? 0 : source.pieces().get(0).rows();

    Checksums() {
      source.columns().forEach(column -> ofColumns.put(column, new CRC32C()));
      skipEmpty();
    }

    void add(int count, List<ByteBuffer> columns, @Nullable ByteBuffer keys) {
      int done = 0;
      while (done < count && piece < source.pieces().size()) {
        int some = (int) Math.min(left, count - done);
        int column = 0;
        for (var entry : ofColumns.entrySet()) {
          int rowBytes = source.rowBytes(entry.getKey());
          entry.getValue().update(columns.get(column++).slice(done * rowBytes, some * rowBytes));
        }
        if (keys != null) {
          ofKeys.update(keys.slice(done * KEY_BYTES, some * KEY_BYTES));
        }
        done += some;
        left -= some;
        skipEmpty();
      }
    }

    private void skipEmpty() {
      while (left == 0 && piece < source.pieces().size()) {
        ofColumns.forEach(this::compare);
        if (source.keys() != null) {
          compare(source.keys(), ofKeys);
        }
        piece++;
        left = piece < source.pieces().size() ? source.pieces().get(piece).rows() : 0;
      }
    }

    private void compare(StoredTensor tensor, CRC32C crc) {
      Long noted = source.pieces().get(piece).checksums().get(tensor.name());
      if (noted != null && noted != crc.getValue()) {
        throw new HoldfastException(
            ErrorCode.INVALID_ARGUMENT,
            tensor
                + " is damaged: rows of range "
                + source.pieces().get(piece).range()
                + " are not those that were exported; copy the file again, or export again");
      }
      crc.reset();
    }
  }

  /**
   * Pushes all rows, or writes them over where they have state; each is in, once, when this
   * returns. Where it throws, some may be.
   *
   * @param table of a shape that {@link ImportSource#requireSuits suits}
   * @throws java.util.concurrent.CompletionException with what the first push failed with
   */
  public void push(Table table) {
    var inFlight = new ArrayDeque<CompletableFuture<PushReceipt>>();
    read(
        (firstRow, count, columns, keys) -> {
          inFlight.add(
              source.hasState()
                  ? table.replace(keys(firstRow, count, keys), whole(count, columns))
                  : push(table, firstRow, count, columns.get(0), keys));
          if (inFlight.size() > IN_FLIGHT) {
            inFlight.removeFirst().join();
          }
        });
    inFlight.forEach(CompletableFuture::join);
  }

  private CompletableFuture<PushReceipt> push(
      Table table, long firstRow, int count, ByteBuffer values, @Nullable ByteBuffer keys) {
    boolean isFloat = source.element() == ElementType.FLOAT32;
    if (keys == null) {
      var range = new KeyRange(firstRow, firstRow + count);
      return isFloat ? table.push(range, floats(values)) : table.push(range, longs(values));
    }
    return isFloat
        ? table.push(longs(keys), floats(values))
        : table.push(longs(keys), longs(values));
  }

  private static long[] keys(long firstRow, int count, @Nullable ByteBuffer keys) {
    return keys == null ? LongStream.range(firstRow, firstRow + count).toArray() : longs(keys);
  }

  /** Each row's values, then its state. */
  private float[] whole(int count, List<ByteBuffer> columns) {
    int stride = source.rowBytes() / Float.BYTES;
    float[] rows = new float[count * stride];
    int before = 0;
    for (int column = 0; column < columns.size(); column++) {
      int width = source.rowBytes(source.columns().get(column)) / Float.BYTES;
      var values = columns.get(column).asFloatBuffer();
      for (int row = 0; row < count; row++) {
        values.get(rows, row * stride + before, width);
      }
      before += width;
    }
    return rows;
  }

  private static float[] floats(ByteBuffer bytes) {
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  private static long[] longs(ByteBuffer bytes) {
    long[] values = new long[bytes.remaining() / Long.BYTES];
    bytes.asLongBuffer().get(values);
    return values;
  }

  private void read(Batch batch) {
    StoredTensor keyed = source.keys();
    int step = Math.max(1, BATCH_BYTES / source.rowBytes());
    List<RowReader> readers = new ArrayList<>();
    try (var keys = keyed == null ? null : new RowReader(keyed, KEY_BYTES)) {
      source.columns().forEach(one -> readers.add(new RowReader(one, source.rowBytes(one))));
      for (long row = 0; row < source.rows(); row += step) {
        long from = row;
        int count = (int) Math.min(step, source.rows() - row);
        batch.take(
            row,
            count,
            readers.stream().map(reader -> reader.read(from, count)).toList(),
            keys == null ? null : keys.read(row, count));
        progress.accept(row + count, (row + count) * source.rowBytes());
      }
    } finally {
      readers.forEach(RowReader::close);
    }
  }
}
