package io.holdfast.client;

import io.holdfast.client.retry.RangeCall;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.Welcome;
import io.holdfast.wire.KeyLists;
import io.holdfast.wire.OutboundRequest;
import org.jspecify.annotations.Nullable;

/**
 * What a node takes on one stream, and the lists of keys that it has been sent there.
 *
 * @param encodings whether values may be encoded
 * @param sentKeys null where the node keeps no lists
 */
record StreamTerms(boolean encodings, @Nullable KeyLists<Boolean> sentKeys) {
  /** Before the node has welcomed us. */
  static final StreamTerms NONE = new StreamTerms(false, null);

  static StreamTerms of(Welcome welcome) {
    int bytes = welcome.getKeyListBytes();
    return new StreamTerms(welcome.getEncodings(), bytes > 0 ? new KeyLists<Boolean>(bytes) : null);
  }

  /** Why the node would not take a request of that length; null where it does. */
  @Nullable HoldfastException refusal(
      OutboundRequest request, int length, int limit, String address) {
    if (length > limit) {
      // Cut to size for a server that has since come back with a lower limit.
      return new HoldfastException(
          ErrorCode.LIMIT_EXCEEDED,
          "a request of "
              + length
              + " bytes is over the "
              + limit
              + " that "
              + address
              + " now takes in a frame: make the call again, it will be cut anew");
    }
    if (!encodings && isEncoded(request)) {
      return new HoldfastException(
          ErrorCode.UNSUPPORTED_PROTOCOL,
          address
              + " takes values as they are only: upgrade it, or use the table without encodings");
    }
    return null;
  }

  void noteSent(RangeCall call) {
    if (sentKeys != null) {
      call.noteSent(sentKeys);
    }
  }

  private static boolean isEncoded(OutboundRequest request) {
    return request instanceof OutboundRequest.Push push
        ? !push.values().shape().isPlain()
        : request instanceof OutboundRequest.Pull pull && !pull.wanted().isPlain();
  }
}
