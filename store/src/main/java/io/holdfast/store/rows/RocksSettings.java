package io.holdfast.store.rows;

import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.CompressionType;
import org.rocksdb.EnvOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.IngestExternalFileOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteOptions;

/**
 * RocksDB's options. Memory is fixed whatever the size of the database: indexes and filters are
 * partitioned and live in the block cache; memtables see only tombstones.
 */
final class RocksSettings implements AutoCloseable {
  static {
    RocksDB.loadLibrary();
  }

  private static final int FILTER_BITS_PER_KEY = 10;
  private static final long MEMTABLE_BYTES = 1 << 20;
  private static final long FILE_BYTES = 64L << 20;
  private static final long READ_AHEAD_BYTES = 1 << 20;

  private final LRUCache blockCache;
  private final BloomFilter filter = new BloomFilter(FILTER_BITS_PER_KEY, false);
  private final Options options;
  private final EnvOptions environment = new EnvOptions();
  private final ReadOptions point = new ReadOptions();
  private final ReadOptions scan =
      new ReadOptions().setFillCache(false).setReadaheadSize(READ_AHEAD_BYTES);
  private final WriteOptions unlogged = new WriteOptions().setDisableWAL(true);
  private final FlushOptions flush = new FlushOptions().setWaitForFlush(true);
  private final IngestExternalFileOptions ingest =
      new IngestExternalFileOptions().setMoveFiles(true);

  RocksSettings(RowStoreOptions limits) {
    this.blockCache = new LRUCache(limits.blockCacheBytes());
    this.options = new Options();
    options
        .setCreateIfMissing(true)
        .setDisableAutoCompactions(true) // until the store is changed: RocksRowStore
        .setParanoidChecks(true)
        .setMaxBackgroundJobs(limits.backgroundJobs())
        .setWriteBufferSize(MEMTABLE_BYTES)
        .setMaxWriteBufferNumber(2)
        .setCompressionType(CompressionType.NO_COMPRESSION)
        .setTargetFileSizeBase(FILE_BYTES)
        .setMaxBytesForLevelBase(4 * FILE_BYTES)
        .setLevelCompactionDynamicLevelBytes(true)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(MEMTABLE_BYTES)
        .setKeepLogFileNum(4)
        .setStatsDumpPeriodSec(0)
        .setStatsPersistPeriodSec(0)
        .setTableFormatConfig(tableFormat());
  }

  private BlockBasedTableConfig tableFormat() {
    return new BlockBasedTableConfig()
        .setBlockCache(blockCache)
        .setFilterPolicy(filter)
        .setWholeKeyFiltering(true)
        .setIndexType(IndexType.kTwoLevelIndexSearch)
        .setPartitionFilters(true)
        .setCacheIndexAndFilterBlocks(true)
        .setCacheIndexAndFilterBlocksWithHighPriority(true)
        .setPinTopLevelIndexAndFilter(true);
  }

  Options options() {
    return options;
  }

  EnvOptions environment() {
    return environment;
  }

  /** For reads of single cells; checksums are verified. */
  ReadOptions point() {
    return point;
  }

  /** For reads in order, which leave the block cache alone; checksums are verified. */
  ReadOptions scan() {
    return scan;
  }

  WriteOptions unlogged() {
    return unlogged;
  }

  FlushOptions flush() {
    return flush;
  }

  IngestExternalFileOptions ingest() {
    return ingest;
  }

  @Override
  public void close() {
    ingest.close();
    flush.close();
    unlogged.close();
    scan.close();
    point.close();
    environment.close();
    options.close();
    filter.close();
    blockCache.close();
  }
}
