package io.holdfast.store.rows;

import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.store.rule.BatchRule;
import io.holdfast.store.rule.RuleBook;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.SstFileWriter;

/**
 * The rows of a node in one RocksDB, which lies in {@code rocks} under the store's directory;
 * sorted files of running checkpoints lie in {@code incoming} until they are ingested, and images
 * until they are closed.
 *
 * <p>RocksDB's log is not used and its memtable sees nothing but the tombstones of dropped ranges:
 * rows come in as ingested files only, each with its range's metadata, so rows and metadata are
 * always of the same checkpoint.
 */
public final class RocksRowStore implements RowStore {
  private static final int MAX_SLAB_BYTES = 4 << 20;
  private static final int MIN_SLAB_BYTES = 16 << 10;
  private static final String IMAGE = "image-";

  private final Path incoming;
  private final RowStoreOptions options;
  private final RuleBook rules;
  private final CacheBudget budget;
  private final RocksSettings settings;
  private final RocksDB db;
  private final OpenRocks rocks;
  private final ConcurrentLinkedQueue<StoredCells> readers = new ConcurrentLinkedQueue<>();
  private final AtomicLong images = new AtomicLong();
  private volatile boolean compacts;

  private RocksRowStore(
      Path incoming, RowStoreOptions options, RuleBook rules, RocksSettings settings, RocksDB db) {
    this.incoming = incoming;
    this.options = options;
    this.rules = rules;
    this.budget = new CacheBudget(options.cacheBudgetBytes());
    this.settings = settings;
    this.db = db;
    this.rocks = new OpenRocks(db, settings, StoreFailures::of);
  }

  /**
   * Opens the store, or makes it; reads no rows, so it takes no longer for many. Removes what a
   * crashed checkpoint left.
   *
   * @param directory is created if it does not exist
   * @throws StoreException CORRUPT where RocksDB's files are damaged; IO, also where another
   *     process has the directory open
   */
  public static RocksRowStore open(Path directory, RowStoreOptions options, RuleBook rules) {
    Path rocks = directory.resolve("rocks");
    Path incoming = directory.resolve("incoming");
    prepare(rocks, incoming);
    RocksSettings settings = new RocksSettings(options);
    try {
      RocksDB db = RocksDB.open(settings.options(), rocks.toString());
      removeLeftovers(incoming);
      return new RocksRowStore(incoming, options, rules, settings, db);
    } catch (RocksDBException e) {
      settings.close();
      throw StoreFailures.of("opening " + rocks, e);
    }
  }

  /**
   * Merges files from the first change on. A start that is refused for another reason, such as a
   * damaged log, leaves them as they are.
   */
  private void compact() throws RocksDBException {
    if (!compacts) {
      db.enableAutoCompaction(List.of(db.getDefaultColumnFamily()));
      compacts = true;
    }
  }

  private static void prepare(Path rocks, Path incoming) {
    try {
      Files.createDirectories(rocks);
      Files.createDirectories(incoming);
    } catch (IOException e) {
      throw new StoreException(StoreException.Kind.IO, "cannot make " + rocks + ": " + e, e);
    }
  }

  /** Only once RocksDB is open, which shows that no other process is writing here. */
  private static void removeLeftovers(Path incoming) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(incoming, "*.sst");
        DirectoryStream<Path> images = Files.newDirectoryStream(incoming, IMAGE + "*")) {
      for (Path file : files) {
        Files.delete(file);
      }
      for (Path image : images) {
        RocksImage.remove(image);
      }
    } catch (IOException e) {
      throw new StoreException(StoreException.Kind.IO, "cannot empty " + incoming + ": " + e, e);
    }
  }

  @Override
  public Optional<byte[]> metadata(int range) {
    byte[] stored = rocks.metadata(range);
    return stored == null
        ? Optional.empty()
        : Optional.of(CellFormat.unwrapMetadata(range, stored));
  }

  /**
   * {@inheritDoc}
   *
   * @throws StoreException CORRUPT where the range's stored rows are not of the table's shape
   */
  @Override
  public RangeRows open(int range, KeyRange keys, TableSpec table) {
    BatchRule rule = rules.rule(table);
    byte[] stored = rocks.metadata(range);
    CellFormat format = CellFormat.of(table, keys, rule.stateWidth());
    if (stored != null) {
      CellFormat old = CellFormat.unwrap(range, stored);
      if (!old.holdsRowsOf(format)) {
        throw StoreFailures.corrupt(
            "range " + range + " holds rows of " + old + ", but its table has " + format);
      }
      format = old;
    }
    var definition = new RangeDefinition(range, keys, format, rule, table.initial());
    boolean nothingStored = stored == null;
    budget.rangeOpened();
    return format.dense()
        ? new DenseRows(this, definition, nothingStored)
        : new SparseRows(this, definition, nothingStored);
  }

  @Override
  public void drop(int range) {
    byte[] first = CellKey.first(range);
    byte[] end = CellKey.end(range);
    using(
        () -> {
          try {
            compact();
            db.deleteRange(settings.unlogged(), first, end);
            db.flush(settings.flush());
            // Frees the space at once; the tombstone hides what this leaves.
            db.deleteFilesInRanges(db.getDefaultColumnFamily(), List.of(first, end), false);
            return true;
          } catch (RocksDBException e) {
            throw StoreFailures.of("dropping range " + range, e);
          }
        });
  }

  @Override
  public Optional<RowExport> export(int range, KeyRange keys) {
    return rocks.export(range, keys);
  }

  @Override
  public RowImport importer(int range, KeyRange keys, TableSpec table) {
    CellFormat format = CellFormat.of(table, keys, rules.rule(table).stateWidth());
    return new RocksRowImport(
        this, range, keys, CellMemory.of(format, slabBytes(), table.initial()));
  }

  @Override
  public StoreImage image() {
    Path directory = incoming.resolve(IMAGE + images.incrementAndGet());
    return using(() -> RocksImage.make(this, db, settings, directory));
  }

  /** Where an import writes its files. */
  Path importFile(int range, int number) {
    return incoming.resolve("import-" + Integer.toUnsignedString(range) + "-" + number + ".sst");
  }

  void requireSpace(Path file, long bytes) {
    CheckpointFile.requireSpace(file, bytes, options.diskReserveBytes());
  }

  /** A sorted file to be written; to be closed. */
  SstFileWriter newFile() {
    return new SstFileWriter(settings.environment(), settings.options());
  }

  /**
   * Puts files in the place of all that is kept of a range. RocksDB cannot do both in one step:
   * what was there goes first, in one, and then the files come, in one.
   */
  void replace(int range, List<Path> files) {
    drop(range);
    using(
        () -> {
          try {
            compact();
            db.ingestExternalFile(files.stream().map(Path::toString).toList(), settings.ingest());
            return true;
          } catch (RocksDBException e) {
            throw StoreFailures.of(
                "ingesting the import of range " + Integer.toUnsignedString(range), e);
          }
        });
  }

  @Override
  public long cacheBudgetBytes() {
    return budget.total();
  }

  @Override
  public long cachedBytes() {
    return budget.used();
  }

  /**
   * Waits for running reads and checkpoint writes, and ends exports and imports. Ranges should be
   * closed.
   */
  @Override
  public void close() {
    rocks.close();
  }

  CacheBudget budget() {
    return budget;
  }

  /** A slab is small in the budget, so that eviction and growth go in small steps. */
  int slabBytes() {
    return (int)
        Math.max(MIN_SLAB_BYTES, Math.min(MAX_SLAB_BYTES, options.cacheBudgetBytes() / 64));
  }

  /** Keeps the database open while {@code action} runs. */
  <T extends @Nullable Object> T using(Supplier<T> action) {
    return rocks.using(action);
  }

  /** Reads cells {@code keys[from + which[i]]}; see {@link StoredCells#read}. */
  void readCells(
      int range,
      CellFormat format,
      long[] keys,
      int from,
      int[] which,
      int count,
      StoredCells.Sink sink) {
    using(
        () -> {
          StoredCells polled = readers.poll();
          StoredCells reader = polled == null ? new StoredCells() : polled;
          try {
            reader.read(
                db, settings.point(), range, format.cellBytes(), keys, from, which, count, sink);
          } finally {
            readers.add(reader);
          }
          return true;
        });
  }

  /** Takes one stored cell; {@code stored} is to be used before returning. */
  interface Visitor {
    /**
     * @return whether to go on
     */
    boolean visit(long cell, java.nio.ByteBuffer stored);
  }

  /**
   * Visits a range's stored cells in order, from {@code firstCell} on, as they were when this was
   * called.
   *
   * @return whether the end was reached
   */
  boolean scan(int range, CellFormat format, long firstCell, Visitor visitor) {
    return using(
        () -> {
          try (RocksIterator iterator = db.newIterator(settings.scan())) {
            return new CellScan(iterator, range, format).run(firstCell, visitor);
          } catch (RocksDBException e) {
            throw StoreFailures.of("reading rows of range " + range, e);
          }
        });
  }

  /** Visits those of a range's stored cells that hold keys of an ascending list. */
  void pick(int range, CellFormat format, long[] keys, int count, Visitor visitor) {
    using(
        () -> {
          try (RocksIterator iterator = db.newIterator(settings.scan())) {
            new CellScan(iterator, range, format).pick(keys, count, visitor);
            return true;
          } catch (RocksDBException e) {
            throw StoreFailures.of("reading rows of range " + range, e);
          }
        });
  }

  /** Bytes that a range's stored rows take, about. */
  long approximateBytes(int range) {
    return rocks.approximateBytes(range);
  }

  /** Where a range's checkpoint writes its file. */
  Path incomingFile(int range) {
    return incoming.resolve("range-" + Integer.toUnsignedString(range) + ".sst");
  }

  /** Writes and syncs the sorted file of a checkpoint, without ingesting it. */
  void writeFile(int range, CellFormat format, FrozenCells cells, byte[] metadata) {
    using(
        () -> {
          var writer = new CheckpointFile(incomingFile(range), settings, format);
          writer.write(range, cells, metadata, options.diskReserveBytes());
          return true;
        });
  }

  /** Makes a checkpoint's file part of the database; durable when it returns. */
  void ingest(int range) {
    String file = incomingFile(range).toString();
    using(
        () -> {
          try {
            compact();
            db.ingestExternalFile(List.of(file), settings.ingest());
            return true;
          } catch (RocksDBException e) {
            CheckpointFile.deleteQuietly(incomingFile(range));
            throw StoreFailures.of("ingesting " + file, e);
          }
        });
  }
}
