package io.holdfast.client;

import io.holdfast.client.retry.RowSource;
import io.holdfast.filter.PushPipeline;
import io.holdfast.wire.OutboundKeys;
import io.holdfast.wire.OutboundValues;
import java.util.Arrays;

/**
 * What a push sends whose table's filters have kept some of its rows. Pieces are cut by all keys of
 * the push, so that they take the same seqs whatever was kept; each carries the kept rows between
 * its bounds, which may be none.
 */
final class FilteredRows implements PushSource {
  private final KeyOrder all;
  private final int[] kept;
  private final CalledRows rows;
  private final PushEncoding encoding;
  private final Runnable made;

  /**
   * @param made is run when all pieces are made, and the encoding's residue is complete
   */
  FilteredRows(
      KeyOrder all, PushPipeline.Kept kept, int width, PushEncoding encoding, Runnable made) {
    this.all = all;
    this.kept = kept.rows();
    this.encoding = encoding;
    this.made = made;
    long[] keys = new long[this.kept.length];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = all.key(this.kept[i]);
    }
    // What is kept differs from push to push: such a list is not worth remembering.
    boolean digests = encoding.encoding().cacheKeys() && keys.length == all.count();
    this.rows = new CalledRows(KeyOrder.ofPlaced(keys), digests, width, kept.values(), null);
  }

  @Override
  public RowSource piece(int from, int to) {
    return new Piece(PushSource.encoded(rows, firstKept(from), firstKept(to), encoding));
  }

  @Override
  public void made() {
    made.run();
  }

  private int firstKept(int index) {
    int found = Arrays.binarySearch(kept, index);
    return found >= 0 ? found : -found - 1;
  }

  /** By indices of all keys. */
  private final class Piece implements RowSource {
    private final RowSource some;

    Piece(RowSource some) {
      this.some = some;
    }

    @Override
    public OutboundKeys keys(int from, int to) {
      return some.keys(firstKept(from), firstKept(to));
    }

    @Override
    public OutboundValues values(int from, int to) {
      return some.values(firstKept(from), firstKept(to));
    }

    @Override
    public int indexOf(long key, int from, int to) {
      return all.indexOf(key, from, to);
    }
  }
}
