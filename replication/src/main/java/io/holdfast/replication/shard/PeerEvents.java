package io.holdfast.replication.shard;

import io.holdfast.replication.chain.ChainMessage;
import io.holdfast.store.log.RecordHeader;

/**
 * What comes from other nodes. Implemented by a shard, for the ranges that it owns; called by the
 * transport's threads in the order of the stream, never after {@link #disconnected} for what was
 * sent before; nothing blocks.
 */
public interface PeerEvents {
  /** To all shards: a new connection stands. Before anything that comes over it. */
  void connected(int node);

  /** To all shards: the connection is gone. */
  void disconnected(int node);

  /** To all shards: more can be sent. */
  void ready(int node);

  void received(int from, int range, ChainMessage message);

  /**
   * A forwarded record.
   *
   * @param lease the frame, to be let go once the payload has been read; the sender gets credit for
   *     more then
   * @param at where in the frame the payload begins
   */
  void record(
      int from, int range, int epoch, RecordHeader header, FrameLease lease, int at, int length);

  /** A piece of a copy. */
  void copy(
      int from, int range, int epoch, Peers.CopyPart part, FrameLease lease, int at, int length);
}
