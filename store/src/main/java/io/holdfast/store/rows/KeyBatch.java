package io.holdfast.store.rows;

/**
 * The keys of one request, strictly ascending as unsigned numbers. Mutable and reused, so that
 * decoding a request allocates nothing.
 */
public final class KeyBatch {
  private long[] keys = new long[1024];
  private int count;
  private boolean contiguous;
  private long first;

  /** Becomes {@code first, first + 1, ...}. */
  public void setContiguous(long firstKey, int keyCount) {
    this.contiguous = true;
    this.first = firstKey;
    this.count = keyCount;
  }

  /** Becomes a list of {@code keyCount} keys, to be written into the array that is returned. */
  public long[] setListed(int keyCount) {
    if (keys.length < keyCount) {
      keys = new long[Math.max(keyCount, keys.length * 2)];
    }
    this.contiguous = false;
    this.count = keyCount;
    return keys;
  }

  public int count() {
    return count;
  }

  public boolean isContiguous() {
    return contiguous;
  }

  public long key(int i) {
    return contiguous ? first + i : keys[i];
  }

  /** The keys, from index 0 to {@link #count()}; not for a contiguous batch. */
  public long[] listed() {
    return keys;
  }
}
