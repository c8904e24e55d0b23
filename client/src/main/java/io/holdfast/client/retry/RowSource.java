package io.holdfast.client.retry;

import io.holdfast.wire.OutboundKeys;
import io.holdfast.wire.OutboundValues;

/** The placed keys of a push or pull in ascending order, and the rows of a push. */
public interface RowSource {
  /** The keys {@code [from, to)}. */
  OutboundKeys keys(int from, int to);

  /** The rows of the keys {@code [from, to)}; asked for pushes only. */
  OutboundValues values(int from, int to);

  /** Index of the first key in {@code [from, to)} that is not below this one; else {@code to}. */
  int indexOf(long key, int from, int to);
}
