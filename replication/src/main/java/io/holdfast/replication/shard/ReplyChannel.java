package io.holdfast.replication.shard;

import io.holdfast.wire.KeyField;
import io.holdfast.wire.KeyLists;
import io.holdfast.wire.OutboundReply;
import java.util.List;

/** The way back to one client. May be used by several shards' threads. */
public interface ReplyChannel {
  /** Rank of the worker whose stream this is; negative for a caller outside any group. */
  int rank();

  /**
   * Sends replies in one frame. Values of pulled rows are read from the rows before this returns.
   * Does nothing on a stream that is closed.
   */
  void send(List<OutboundReply> replies);

  /** Whether a large reply can be sent without piling up in memory. */
  boolean isReady();

  /** Lists of keys that the client has sent on this stream, to be named by their digests. */
  KeyLists<KeyField> keyLists();

  /** Whether the client is gone. */
  boolean isClosed();
}
