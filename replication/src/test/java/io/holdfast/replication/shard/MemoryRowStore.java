package io.holdfast.replication.shard;

import io.holdfast.model.ElementType;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.RangeFunction;
import io.holdfast.plugin.UpdateContext;
import io.holdfast.store.rows.Checkpoint;
import io.holdfast.store.rows.KeyBatch;
import io.holdfast.store.rows.RangeRows;
import io.holdfast.store.rows.RowChunks;
import io.holdfast.store.rows.RowExport;
import io.holdfast.store.rows.RowImport;
import io.holdfast.store.rows.RowStore;
import io.holdfast.store.rows.StoreException;
import io.holdfast.store.rows.StoreImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Rows in plain maps, float32 under "add" (or "assign" by name), with honest checkpoints: what is
 * not in one is gone when the store is opened again.
 */
final class MemoryRowStore implements RowStore {
  private final Map<Integer, Stored> durable = new HashMap<>();
  volatile boolean failing;
  volatile boolean failsImports;
  volatile boolean dirtyFull;

  /** Full, and no checkpoint helps. */
  volatile boolean stuck;

  volatile boolean eager;

  /** That are open. */
  final AtomicInteger images = new AtomicInteger();

  private record Stored(byte[] metadata, int width, Map<Long, float[]> rows) {
    RowChunks.Shape shape() {
      return new RowChunks.Shape(false, ElementType.FLOAT32, width, 0);
    }
  }

  @Override
  public Optional<byte[]> metadata(int range) {
    return Optional.ofNullable(durable.get(range)).map(Stored::metadata);
  }

  @Override
  public RangeRows open(int range, KeyRange keys, TableSpec table) {
    return new Rows(range, table);
  }

  @Override
  public void drop(int range) {
    synchronized (durable) {
      durable.remove(range);
    }
  }

  @Override
  public Optional<RowExport> export(int range, KeyRange keys) {
    synchronized (durable) {
      return Optional.ofNullable(durable.get(range)).map(stored -> new MemoryExport(stored, keys));
    }
  }

  @Override
  public RowImport importer(int range, KeyRange keys, TableSpec table) {
    return new MemoryImport(range, table);
  }

  @Override
  public StoreImage image() {
    var taken = new HashMap<Integer, Stored>();
    synchronized (durable) {
      taken.putAll(durable);
    }
    images.incrementAndGet();
    return new MemoryImage(taken);
  }

  /** What was stored when it was made. */
  final class MemoryImage implements StoreImage {
    private final Map<Integer, Stored> taken;

    private MemoryImage(Map<Integer, Stored> taken) {
      this.taken = taken;
    }

    /** The first value of a row; 0 where it is not there. */
    float value(int range, long key) {
      var stored = taken.get(range);
      float[] row = stored == null ? null : stored.rows().get(key);
      return row == null ? 0 : row[0];
    }

    @Override
    public Path directory() {
      throw new UnsupportedOperationException("nothing is on a disk here");
    }

    @Override
    public List<ImageFile> files() {
      return List.of();
    }

    @Override
    public Optional<byte[]> metadata(int range) {
      return Optional.ofNullable(taken.get(range)).map(Stored::metadata);
    }

    @Override
    public Amount amount(int range, KeyRange keys) {
      var stored = taken.get(range);
      return new Amount(stored == null ? 0 : stored.rows().size(), 0);
    }

    @Override
    public void close() {
      images.decrementAndGet();
    }
  }

  @Override
  public long cacheBudgetBytes() {
    return 1 << 30;
  }

  @Override
  public long cachedBytes() {
    return 0;
  }

  @Override
  public void close() {}

  private static Map<Long, float[]> copy(Map<Long, float[]> rows) {
    var copy = new TreeMap<Long, float[]>(Long::compareUnsigned);
    rows.forEach((key, row) -> copy.put(key, row.clone()));
    return copy;
  }

  private static final class MemoryExport implements RowExport {
    private final Stored stored;
    private final RowChunks.Writer writer;
    private final Iterator<Map.Entry<Long, float[]>> rows;
    private Map.@Nullable Entry<Long, float[]> next;

    MemoryExport(Stored stored, KeyRange keys) {
      this.stored = stored;
      this.writer = new RowChunks.Writer(stored.shape());
      this.rows =
          stored.rows.entrySet().stream().filter(row -> keys.contains(row.getKey())).iterator();
      this.next = rows.hasNext() ? rows.next() : null;
    }

    @Override
    public byte[] metadata() {
      return stored.metadata.clone();
    }

    @Override
    public long approximateBytes() {
      return (long) stored.rows.size() * (Long.BYTES + stored.shape().rowBytes());
    }

    @Override
    public int minChunkBytes() {
      return 64 + stored.shape().rowBytes();
    }

    @Override
    public boolean next(ByteBuffer target) {
      int start = target.position();
      writer.begin(target);
      var row = ByteBuffer.allocate(stored.shape().rowBytes()).order(ByteOrder.LITTLE_ENDIAN);
      while (next != null) {
        row.clear().asFloatBuffer().put(next.getValue());
        if (writer.add(next.getKey(), 1, row, 0) == 0) {
          break;
        }
        next = rows.hasNext() ? rows.next() : null;
      }
      return target.position() > start;
    }

    @Override
    public void close() {}
  }

  private final class MemoryImport implements RowImport {
    private final int range;
    private final int width;
    private final RowChunks.Reader reader = new RowChunks.Reader();
    private final Map<Long, float[]> rows = new TreeMap<>(Long::compareUnsigned);

    MemoryImport(int range, TableSpec table) {
      this.range = range;
      this.width = table.width();
    }

    @Override
    public void add(ByteBuffer chunk) {
      reader.read(
          chunk,
          (firstKey, count, from) -> {
            var values = from.asFloatBuffer();
            for (int i = 0; i < count; i++) {
              float[] row = new float[width];
              values.get(row);
              rows.put(firstKey + i, row);
            }
          });
    }

    @Override
    public void complete(byte[] metadata) {
      if (failsImports) {
        throw new StoreException(StoreException.Kind.DISK_FULL, "no space", null);
      }
      synchronized (durable) {
        durable.put(range, new Stored(metadata, width, rows));
      }
    }

    @Override
    public void close() {}
  }

  private final class Rows implements RangeRows {
    private final int range;
    private final TableSpec table;
    private final Map<Long, float[]> rows;
    private boolean changed;

    Rows(int range, TableSpec table) {
      this.range = range;
      this.table = table;
      var stored = durable.get(range);
      this.rows = stored == null ? new TreeMap<>(Long::compareUnsigned) : copy(stored.rows);
    }

    @Override
    public void apply(KeyBatch keys, ByteBuffer values, UpdateContext context) {
      int at = values.position();
      for (int i = 0; i < keys.count(); i++) {
        float[] row = rows.computeIfAbsent(keys.key(i), k -> new float[table.width()]);
        for (int c = 0; c < table.width(); c++, at += Float.BYTES) {
          row[c] =
              table.rule().name().equals("assign")
                  ? values.getFloat(at)
                  : row[c] + values.getFloat(at) * context.learningRateScale();
        }
      }
      changed = true;
    }

    /** These rows have no state. */
    @Override
    public void replace(KeyBatch keys, ByteBuffer whole) {
      int at = whole.position();
      for (int i = 0; i < keys.count(); i++) {
        float[] row = new float[table.width()];
        for (int c = 0; c < table.width(); c++, at += Float.BYTES) {
          row[c] = whole.getFloat(at);
        }
        rows.put(keys.key(i), row);
      }
      changed = true;
    }

    @Override
    public int wholeRowBytes() {
      return table.rowBytes();
    }

    @Override
    public int gather(KeyBatch keys, int from, ByteBuffer target) {
      int i = from;
      for (; i < keys.count() && target.remaining() >= table.rowBytes(); i++) {
        float[] row = rows.get(keys.key(i));
        for (int c = 0; c < table.width(); c++) {
          target.putFloat(row == null ? 0 : row[c]);
        }
      }
      return i;
    }

    @Override
    public void evaluate(RangeFunction function) {
      rows.forEach((key, row) -> function.accept(key, row, 0, row.length));
    }

    @Override
    public Checkpoint beginCheckpoint() {
      var frozen = copy(rows);
      changed = false;
      return new Checkpoint() {
        private int steps = 3;

        @Override
        public boolean copy(int maxBytes) {
          return --steps <= 0;
        }

        @Override
        public void write(byte[] metadata) {
          if (failing) {
            throw new StoreException(StoreException.Kind.DISK_FULL, "no space", null);
          }
          synchronized (durable) {
            durable.put(range, new Stored(metadata, table.width(), frozen));
          }
        }

        @Override
        public void complete() {
          dirtyFull = false;
        }

        @Override
        public void abandon() {
          changed = true;
        }
      };
    }

    @Override
    public void bring(long[] keys, int count) {
      // All rows are in memory.
    }

    @Override
    public boolean warm() {
      return false;
    }

    @Override
    public long cachedBytes() {
      return 0;
    }

    @Override
    public long dirtyBytes() {
      return changed ? 1 : 0;
    }

    @Override
    public boolean isDirtyFull() {
      return dirtyFull || stuck;
    }

    @Override
    public boolean wantsCheckpoint() {
      return (eager && changed) || dirtyFull;
    }

    @Override
    public void close() {}
  }
}
