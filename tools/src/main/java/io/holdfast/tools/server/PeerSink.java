package io.holdfast.tools.server;

import io.holdfast.replication.chain.ChainMessage;
import io.holdfast.replication.shard.Peers;
import io.holdfast.store.log.LogRecord;
import java.nio.ByteBuffer;

/**
 * The other nodes, before and after there is a way to them: shards start before the streams do,
 * which hand over to them.
 */
final class PeerSink implements Peers {
  private volatile Peers peers = Peers.NONE;

  void connect(Peers network) {
    peers = network;
  }

  @Override
  public boolean isReady(int node) {
    return peers.isReady(node);
  }

  @Override
  public boolean isReadyForCopy(int node) {
    return peers.isReadyForCopy(node);
  }

  @Override
  public void send(int node, int range, ChainMessage message) {
    peers.send(node, range, message);
  }

  @Override
  public void forward(int node, int range, int epoch, LogRecord record) {
    peers.forward(node, range, epoch, record);
  }

  @Override
  public void copy(int node, int range, int epoch, CopyPart part, ByteBuffer body) {
    peers.copy(node, range, epoch, part, body);
  }
}
