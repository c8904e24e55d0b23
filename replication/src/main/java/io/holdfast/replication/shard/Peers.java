package io.holdfast.replication.shard;

import io.holdfast.replication.chain.ChainMessage;
import io.holdfast.store.log.LogRecord;
import java.nio.ByteBuffer;

/**
 * The way to the other nodes: one ordered stream for each. Called by all shards' threads; nothing
 * blocks. What is sent to a node without a connection is lost, and so may be what was sent before a
 * connection broke; {@link PeerEvents} tells of both.
 */
public interface Peers {
  /** Whether more can be sent without piling up in memory; {@link PeerEvents#ready} tells when. */
  boolean isReady(int node);

  /**
   * Whether another piece of a copy can be sent: like {@link #isReady}, and copies do not take more
   * of the network than they may. {@link PeerEvents#ready} tells when, after this was false.
   */
  default boolean isReadyForCopy(int node) {
    return isReady(node);
  }

  void send(int node, int range, ChainMessage message);

  /** Sends a record of the log; its payload has been read when this returns. */
  void forward(int node, int range, int epoch, LogRecord record);

  /**
   * Sends a piece of a copy of a range (rule P19), in the order BEGIN, ROWS..., RECORD..., METADATA...,
   * END.
   *
   * @param body has been read when this returns
   */
  void copy(int node, int range, int epoch, CopyPart part, ByteBuffer body);

  /** Of a node without others. */
  Peers NONE =
      new Peers() {
        @Override
        public boolean isReady(int node) {
          return false;
        }

        @Override
        public void send(int node, int range, ChainMessage message) {}

        @Override
        public void forward(int node, int range, int epoch, LogRecord record) {}

        @Override
        public void copy(int node, int range, int epoch, CopyPart part, ByteBuffer body) {}
      };

  /** What a piece of a copy is. */
  enum CopyPart {
    /** Nothing: what came before of any copy of the range is void. */
    BEGIN,
    /** A chunk of a {@code RowExport}. */
    ROWS,
    /**
     * A record whose LSN the rows have passed, but which is in no row yet: a push of a sequential
     * table's clock that has not ended.
     */
    RECORD,
    /** The next part of the metadata that belongs to the rows, where it does not fit one frame. */
    METADATA,
    /** The last part of the range's metadata; all of it where there are no others. */
    END
  }
}
