package io.holdfast.store.rows;

/**
 * Limits of a {@link RocksRowStore}. Beside the cache budget RocksDB takes {@code blockCacheBytes}
 * and a few fixed megabytes for write buffers.
 *
 * @param cacheBudgetBytes for cells, indexes and the copies of running checkpoints, of all ranges
 *     together; at least 64 KiB. Rows that no checkpoint holds yet cannot be evicted, so pushes
 *     that go on in spite of {@link RangeRows#isDirtyFull()} exceed it
 * @param blockCacheBytes RocksDB's cache of blocks, index and filter partitions
 * @param diskReserveBytes a checkpoint is refused with DISK_FULL where it would leave less free
 *     than this, so that RocksDB itself never meets a full disk
 * @param backgroundJobs threads of RocksDB for flushes and compactions
 */
public record RowStoreOptions(
    long cacheBudgetBytes, long blockCacheBytes, long diskReserveBytes, int backgroundJobs) {
  private static final long MAX_DEFAULT_BLOCK_CACHE_BYTES = 32L << 20;
  private static final long DEFAULT_DISK_RESERVE_BYTES = 64L << 20;

  public RowStoreOptions {
    if (cacheBudgetBytes < 64 << 10) {
      throw new IllegalArgumentException(
          "cache budget of " + cacheBudgetBytes + " bytes is below 64 KiB");
    }
    if (blockCacheBytes < 0 || diskReserveBytes < 0) {
      throw new IllegalArgumentException("block cache and disk reserve cannot be negative");
    }
    if (backgroundJobs < 1 || backgroundJobs > 64) {
      throw new IllegalArgumentException(
          "background jobs " + backgroundJobs + " is not within 1 and 64");
    }
  }

  /**
   * Defaults: block cache of an eighth of the budget, at most 32 MiB; disk reserve 64 MiB; 2
   * background jobs.
   */
  public static RowStoreOptions ofBudget(long cacheBudgetBytes) {
    return new RowStoreOptions(
        cacheBudgetBytes,
        Math.min(MAX_DEFAULT_BLOCK_CACHE_BYTES, cacheBudgetBytes / 8),
        DEFAULT_DISK_RESERVE_BYTES,
        2);
  }

  public RowStoreOptions withDiskReserveBytes(long bytes) {
    return new RowStoreOptions(cacheBudgetBytes, blockCacheBytes, bytes, backgroundJobs);
  }
}
