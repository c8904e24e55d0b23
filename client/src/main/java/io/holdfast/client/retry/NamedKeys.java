package io.holdfast.client.retry;

import io.holdfast.wire.KeyLists;
import io.holdfast.wire.OutboundKeys;
import org.jspecify.annotations.Nullable;

/** The keys of a call, which go as a digest where the stream has sent them to the range before. */
final class NamedKeys {
  private final OutboundKeys keys;
  private boolean inFull;

  NamedKeys(OutboundKeys keys) {
    this.keys = keys;
  }

  int byteLength() {
    return keys.byteLength();
  }

  /**
   * As they are to be sent.
   *
   * @param sent what the stream has sent; null where the server keeps no lists
   */
  OutboundKeys forSending(int range, @Nullable KeyLists<Boolean> sent) {
    if (sent == null || !keys.isDigested()) {
      return keys.withoutDigest();
    }
    return inFull || sent.get(range, keys.digest()) == null ? keys : keys.digestAlone();
  }

  /** They have gone into a frame of the stream. */
  void sent(int range, KeyLists<Boolean> sent) {
    if (keys.isDigested()) {
      sent.put(range, keys.digest(), true, keys.byteLength());
    }
  }

  /** The server does not have them: from now on they go in full. False where they did already. */
  boolean spellOut() {
    boolean changes = keys.isDigested() && !inFull;
    inFull = true;
    return changes;
  }
}
