package io.holdfast.replication.shard;

import io.holdfast.store.rows.KeyBatch;
import io.holdfast.store.rows.RangeRows;
import io.holdfast.wire.ValueSource;
import java.nio.ByteBuffer;

/**
 * The values of a pull's answer, read from the rows as the transport takes them: they are never in
 * an array of their own.
 */
final class GatheredRows implements ValueSource {
  private final RangeRows rows;
  private final KeyBatch keys;
  private final int rowBytes;
  private int next;

  GatheredRows(RangeRows rows, KeyBatch keys, int rowBytes) {
    this.rows = rows;
    this.keys = keys;
    this.rowBytes = rowBytes;
  }

  @Override
  public int byteLength() {
    return keys.count() * rowBytes;
  }

  @Override
  public void fill(ByteBuffer target) {
    next = rows.gather(keys, next, target);
  }
}
