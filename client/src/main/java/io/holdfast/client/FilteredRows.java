package io.holdfast.client;

import io.holdfast.client.retry.RowSource;
import io.holdfast.filter.PushPipeline;
import io.holdfast.wire.OutboundKeys;
import io.holdfast.wire.OutboundValues;
import java.util.Arrays;

/**
 * The rows of a push that its table's filters have kept. Pieces are cut by all keys of the push, so
 * that they take the same seqs whatever was kept; each carries the kept rows between its bounds,
 * which may be none.
 */
final class FilteredRows implements RowSource {
  // Beyond this many keys for one that is kept, the bits that mask the others take more than its key.
  private static final int MOST_MASKED = 64;

  private final KeyOrder keys;
  private final int width;
  private final int[] rows;
  private final float[] values;
  private final boolean masks;

  /**
   * @param masks whether held rows may be pushed as zeros, which the encoding leaves out, so that
   *     the list of keys stays one that the server knows
   */
  FilteredRows(KeyOrder keys, int width, PushPipeline.Kept kept, boolean masks) {
    this.keys = keys;
    this.width = width;
    this.rows = kept.rows();
    this.values = kept.values();
    this.masks = masks;
  }

  @Override
  public OutboundKeys keys(int from, int to) {
    int first = firstKept(from);
    int end = firstKept(to);
    if (end - first == to - from || isMasked(from, to)) {
      return keys.encode(from, to);
    }
    long[] kept = new long[end - first];
    for (int i = first; i < end; i++) {
      kept[i - first] = keys.key(rows[i]);
    }
    return OutboundKeys.of(kept, 0, kept.length);
  }

  @Override
  public OutboundValues values(int from, int to) {
    int first = firstKept(from);
    int end = firstKept(to);
    if (end - first < to - from && isMasked(from, to)) {
      float[] masked = new float[(to - from) * width];
      for (int i = first; i < end; i++) {
        System.arraycopy(values, i * width, masked, (rows[i] - from) * width, width);
      }
      return OutboundValues.of(masked, 0, masked.length);
    }
    return OutboundValues.of(values, first * width, (end - first) * width);
  }

  @Override
  public int indexOf(long key, int from, int to) {
    return keys.indexOf(key, from, to);
  }

  private boolean isMasked(int from, int to) {
    return masks && (firstKept(to) - firstKept(from)) * (long) MOST_MASKED >= to - from;
  }

  private int firstKept(int index) {
    int found = Arrays.binarySearch(rows, index);
    return found >= 0 ? found : -found - 1;
  }
}
