package io.holdfast.client;

/**
 * What a {@link CachedTable} has done so far.
 *
 * @param hits keys of pulls that were answered from kept rows
 * @param misses keys of pulls that were asked of the servers
 * @param pulls that named keys
 * @param localPulls those of them that made no call
 * @param prefetched keys that were pulled because they were announced
 * @param evicted rows given up for want of room
 * @param rows kept now
 * @param bytes of these, keys and clocks included
 */
public record CacheStatistics(
    long hits,
    long misses,
    long pulls,
    long localPulls,
    long prefetched,
    long evicted,
    int rows,
    long bytes) {
  /** Hits of all keys pulled, 0 to 1; 0 where none was. */
  public double hitShare() {
    return hits + misses == 0 ? 0 : (double) hits / (hits + misses);
  }
}
