package io.holdfast.wire;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The lists of keys that one stream has named to ranges, within a budget of bytes; the one that was
 * not used for longest is given up first. The client counts as the server does, so it knows mostly
 * what the server still has. Any thread may use it.
 *
 * @param <T> what is kept of a list
 */
public final class KeyLists<T> {
  private static final int OVERHEAD_BYTES = 64;

  private record Id(int range, long digest) {}

  private record Kept<T>(T list, long bytes) {}

  private final long budget;
  private final Map<Id, Kept<T>> kept = new LinkedHashMap<>(16, 0.75f, /* accessOrder= */ true);
  private long bytes;

  /**
   * @param budget bytes for the encoded keys and 64 beside each list
   */
  public KeyLists(long budget) {
    this.budget = budget;
  }

  /** The list, which is used by this; null where it is not there. */
  public synchronized @Nullable T get(int range, long digest) {
    Kept<T> found = kept.get(new Id(range, digest));
    return found == null ? null : found.list();
  }

  /**
   * Keeps a list, unless it is larger than the budget.
   *
   * @param keyBytes of the encoded keys
   */
  public synchronized void put(int range, long digest, T list, int keyBytes) {
    long more = (long) keyBytes + OVERHEAD_BYTES;
    if (more > budget) {
      return;
    }
    Kept<T> before = kept.put(new Id(range, digest), new Kept<>(list, more));
    bytes += more - (before == null ? 0 : before.bytes());
    var oldest = kept.values().iterator();
    while (bytes > budget) {
      bytes -= oldest.next().bytes();
      oldest.remove();
    }
  }
}
