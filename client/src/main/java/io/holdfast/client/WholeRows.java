package io.holdfast.client;

import io.holdfast.client.retry.RowSource;
import io.holdfast.wire.OutboundKeys;
import io.holdfast.wire.OutboundValues;

/** Rows with their optimizer state, to be written over; sent as they are. */
record WholeRows(CalledRows rows) implements PushSource, RowSource {
  @Override
  public RowSource piece(int from, int to) {
    return this;
  }

  @Override
  public OutboundKeys keys(int from, int to) {
    return rows.keys(from, to);
  }

  @Override
  public OutboundValues values(int from, int to) {
    return rows.values(from, to).asWholeRows();
  }

  @Override
  public int indexOf(long key, int from, int to) {
    return rows.indexOf(key, from, to);
  }
}
