package io.holdfast.client;

import io.holdfast.client.retry.RowSource;
import io.holdfast.filter.Encoding;

/** What a push call sends, piece by piece. */
interface PushSource {
  /** The piece with the keys {@code [from, to)} of the call, as it is to be sent. */
  RowSource piece(int from, int to);

  /** All pieces have been made that will be. */
  default void made() {}

  /** Rows that are sent as they were given, but for the encoding. */
  static PushSource of(CalledRows rows, PushEncoding encoding) {
    return (from, to) -> encoded(rows, from, to, encoding);
  }

  /** A piece in the encoding, made here and now. */
  static RowSource encoded(CalledRows rows, int from, int to, PushEncoding as) {
    Encoding encoding = as.encoding();
    return encoding.isPlainValues() || from == to ? rows : new EncodedRows(rows, from, to, as);
  }
}
