package io.holdfast.replication.shard;

import io.holdfast.replication.chain.RecordType;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.log.RecordHeader;
import io.holdfast.store.log.ShardLog;
import io.holdfast.store.rows.RowExport;
import io.holdfast.store.rows.RowStore;
import io.holdfast.store.rows.StoreException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends whole ranges to nodes that join (rule P19): a checkpoint is made, its rows are streamed,
 * and the log after it is kept until the joiner reads on from there. Belongs to the shard's thread;
 * the streaming runs elsewhere.
 */
final class CopySender {
  private static final Logger LOG = LoggerFactory.getLogger(CopySender.class);
  private static final int CHUNK_BYTES = 256 << 10;
  private static final long WAIT_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

  private final RowStore store;
  private final ShardLog log;
  private final Peers peers;
  private final Executor copies;
  private final Consumer<Runnable> onShard;
  private final Map<RangeReplica, Copy> running = new HashMap<>();

  /** One copy; {@code ended} is how the shard calls the streaming off. */
  private static final class Copy {
    final int node;
    final int epoch;
    final List<LogRecord> held = new ArrayList<>();
    volatile boolean ended;

    Copy(int node, int epoch) {
      this.node = node;
      this.epoch = epoch;
    }
  }

  CopySender(
      RowStore store, ShardLog log, Peers peers, Executor copies, Consumer<Runnable> onShard) {
    this.store = store;
    this.log = log;
    this.peers = peers;
    this.copies = copies;
    this.onShard = onShard;
  }

  /** The chain wants the range copied to a node; the next checkpoint of it is asked for. */
  void begin(RangeReplica replica, int node, Checkpointer checkpointer) {
    LOG.info("range {}: copying to node {}", replica.range(), node);
    var copy = new Copy(node, replica.chain().epoch());
    running.put(replica, copy);
    checkpointer.request(
        replica,
        new Checkpointer.Request() {
          @Override
          public void frozen() {
            pin(replica, copy);
          }

          @Override
          public void complete() {
            stream(replica, copy);
          }

          @Override
          public void failed(StoreException e) {
            end(replica, copy, String.valueOf(e.getMessage()));
          }
        });
  }

  private void pin(RangeReplica replica, Copy copy) {
    copy.held.addAll(replica.buffered().records());
    long oldest = replica.retained().indexFrom(replica.chain().appliedLsn() + 1);
    for (var record : copy.held) {
      oldest = Math.min(oldest, record.index());
    }
    replica.pin(oldest == Long.MAX_VALUE ? log.lastIndex() + 1 : oldest);
  }

  private void stream(RangeReplica replica, Copy copy) {
    if (running.get(replica) != copy) {
      return;
    }
    try {
      var export = store.export(replica.range(), replica.keys());
      if (export.isEmpty()) {
        end(replica, copy, "there is no checkpoint");
      } else {
        copies.execute(() -> send(replica, copy, export.get()));
      }
    } catch (StoreException e) {
      end(replica, copy, String.valueOf(e.getMessage()));
    }
  }

  private void send(RangeReplica replica, Copy copy, RowExport export) {
    int range = replica.range();
    try (export) {
      peers.copy(copy.node, range, copy.epoch, Peers.CopyPart.BEGIN, ByteBuffer.allocate(0));
      var chunk =
          ByteBuffer.allocateDirect(Math.max(CHUNK_BYTES, export.minChunkBytes()))
              .order(ByteOrder.LITTLE_ENDIAN);
      while (awaitRoom(copy) && export.next(chunk)) {
        peers.copy(copy.node, range, copy.epoch, Peers.CopyPart.ROWS, chunk.flip());
        chunk.clear();
      }
      for (var record : copy.held) {
        if (awaitRoom(copy)) {
          peers.copy(copy.node, range, copy.epoch, Peers.CopyPart.RECORD, encode(record));
        }
      }
      // A home range's has the saved states of all workers.
      var metadata = ByteBuffer.wrap(export.metadata());
      while (metadata.remaining() > CHUNK_BYTES && awaitRoom(copy)) {
        var part = metadata.slice(metadata.position(), CHUNK_BYTES);
        peers.copy(copy.node, range, copy.epoch, Peers.CopyPart.METADATA, part);
        metadata.position(metadata.position() + CHUNK_BYTES);
      }
      if (!copy.ended) {
        peers.copy(copy.node, range, copy.epoch, Peers.CopyPart.END, metadata);
      }
    } catch (StoreException e) {
      onShard.accept(() -> end(replica, copy, String.valueOf(e.getMessage())));
    }
  }

  private boolean awaitRoom(Copy copy) {
    while (!copy.ended && !peers.isReadyForCopy(copy.node)) {
      LockSupport.parkNanos(this, WAIT_NANOS);
    }
    return !copy.ended;
  }

  private void end(RangeReplica replica, Copy copy, String why) {
    if (running.get(replica) == copy) {
      LOG.warn("range {}: copy to node {} failed: {}", replica.range(), copy.node, why);
      forget(replica);
      replica.chain().copyFailed(replica.effects());
    }
  }

  /** Looks whether the copy is still what the chain wants; once a turn for what has changed. */
  void review(RangeReplica replica) {
    var copy = running.get(replica);
    if (copy != null
        && !(replica.chain().isCopying()
            && replica.chain().epoch() == copy.epoch
            && replica.chain().downstream() == copy.node)) {
      forget(replica);
    }
  }

  /** Calls a copy off, or lets go of what it kept. */
  void forget(RangeReplica replica) {
    var copy = running.remove(replica);
    if (copy != null) {
      copy.ended = true;
      replica.unpin();
    }
  }

  boolean isBusy() {
    return !running.isEmpty();
  }

  // A held record: its header's fields, then its payload; see docs/wire-protocol.md.

  static final int HELD_HEAD_BYTES = 4 + 8 + 4 + 4 + 8 + 4;

  static ByteBuffer encode(LogRecord record) {
    var header = record.header();
    var payload = record.payload();
    var bytes =
        ByteBuffer.allocate(HELD_HEAD_BYTES + payload.limit()).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(header.recordEpoch()).putLong(header.lsn()).putInt(header.worker());
    bytes.putInt(header.incarnation()).putLong(header.seq()).putInt(header.clock());
    bytes.put(bytes.position(), payload, 0, payload.limit());
    return bytes.position(0);
  }

  static RecordHeader decodeHead(int range, ByteBuffer bytes) {
    int recordEpoch = bytes.getInt();
    long lsn = bytes.getLong();
    int worker = bytes.getInt();
    int incarnation = bytes.getInt();
    long seq = bytes.getLong();
    int clock = bytes.getInt();
    return new RecordHeader(
        RecordType.PUSH, RecordType.HELD, range, recordEpoch, lsn, worker, incarnation, seq, clock);
  }
}
