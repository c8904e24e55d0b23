package io.holdfast.store.rows;

import io.holdfast.model.KeyRange;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SizeApproximationFlag;
import org.rocksdb.Slice;

/** An open RocksDB of ranges, and what is read from it. Any thread. */
final class OpenRocks implements AutoCloseable {
  private final RocksDB db;
  private final RocksSettings settings;
  private final BiFunction<String, RocksDBException, StoreException> failures;
  private final Set<RocksRowExport> exports = ConcurrentHashMap.newKeySet();

  /** Read: uses of the database; write: its closing. */
  private final ReadWriteLock use = new ReentrantReadWriteLock();

  private boolean closed;

  /**
   * @param settings closed with this
   * @param failures makes an error of what was being done and of what RocksDB says
   */
  OpenRocks(
      RocksDB db,
      RocksSettings settings,
      BiFunction<String, RocksDBException, StoreException> failures) {
    this.db = db;
    this.settings = settings;
    this.failures = failures;
  }

  RocksDB db() {
    return db;
  }

  RocksSettings settings() {
    return settings;
  }

  StoreException failure(String doing, RocksDBException cause) {
    return failures.apply(doing, cause);
  }

  /** Keeps the database open while {@code action} runs. */
  <T extends @Nullable Object> T using(Supplier<T> action) {
    use.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("the row store is closed");
      }
      return action.get();
    } finally {
      use.readLock().unlock();
    }
  }

  byte @Nullable [] metadata(int range) {
    return using(
        () -> {
          try {
            return db.get(settings.point(), CellKey.metadata(range));
          } catch (RocksDBException e) {
            throw failure("reading the metadata of range " + range, e);
          }
        });
  }

  /** See {@link RowStore#export}. */
  Optional<RowExport> export(int range, KeyRange keys) {
    return using(
        () -> {
          var export = RocksRowExport.begin(this, range, keys, db.newIterator(settings.scan()));
          if (export != null) {
            exports.add(export);
          }
          return Optional.ofNullable(export);
        });
  }

  /** Does nothing where the database has been closed, which has released the export. */
  void closeExport(RocksRowExport export) {
    use.readLock().lock();
    try {
      if (exports.remove(export) && !closed) {
        export.release();
      }
    } finally {
      use.readLock().unlock();
    }
  }

  /** Bytes that a range's stored rows take, about. */
  long approximateBytes(int range) {
    return using(
        () -> {
          try (Slice first = new Slice(CellKey.first(range));
              Slice end = new Slice(CellKey.end(range))) {
            var all = List.of(new org.rocksdb.Range(first, end));
            return db.getApproximateSizes(all, SizeApproximationFlag.INCLUDE_FILES)[0];
          }
        });
  }

  /** Waits for running uses, and ends exports. */
  @Override
  public void close() {
    use.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        exports.forEach(RocksRowExport::release);
        db.close();
        settings.close();
      }
    } finally {
      use.writeLock().unlock();
    }
  }
}
