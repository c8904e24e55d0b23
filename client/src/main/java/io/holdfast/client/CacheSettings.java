package io.holdfast.client;

/**
 * What a {@link CachedTable} may keep.
 *
 * @param bytes of memory for rows, keys and clocks, at least 64 KiB; it is taken as it is needed
 * @param eventualStaleness clocks of this worker for which a row of an eventual table may answer
 *     after the clock in which it was pulled; 0: in that clock only. Other tables have a bound of
 *     their own, and this counts for nothing there
 */
public record CacheSettings(long bytes, int eventualStaleness) {
  private static final long LEAST_BYTES = 1 << 16;

  public CacheSettings {
    if (bytes < LEAST_BYTES) {
      throw new IllegalArgumentException(
          "a cache of " + bytes + " bytes; it needs " + LEAST_BYTES + " at least");
    }
    if (eventualStaleness < 0) {
      throw new IllegalArgumentException("staleness " + eventualStaleness + " is negative");
    }
  }

  /** 64 MiB, 0. */
  public static CacheSettings defaults() {
    return new CacheSettings(64L << 20, 0);
  }

  public CacheSettings withBytes(long changed) {
    return new CacheSettings(changed, eventualStaleness);
  }

  public CacheSettings withEventualStaleness(int changed) {
    return new CacheSettings(bytes, changed);
  }
}
