package io.holdfast.replication.shard;

import io.holdfast.replication.chain.ChainReplica;
import io.holdfast.store.log.LogException;
import io.holdfast.store.log.ShardLog;
import io.holdfast.store.rows.RowImport;
import io.holdfast.store.rows.RowStore;
import io.holdfast.store.rows.StoreException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes copies of whole ranges (rule P19). Belongs to the shard's thread; rows are written
 * elsewhere, one piece after the other.
 *
 * <p>The order makes every crash safe: the range's old rows go first, so that half a copy counts as
 * nothing; then rows are collected aside, and {@link Installation} makes them the range.
 */
final class CopyReceiver {
  private static final Logger LOG = LoggerFactory.getLogger(CopyReceiver.class);

  private final RowStore store;
  private final ShardLog log;
  private final LocalNotes notes;
  private final Executor copies;
  private final Consumer<Runnable> onShard;
  private final Runnable wantSync;
  private final Map<RangeReplica, Arriving> arriving = new HashMap<>();
  private int node;
  private int incarnation;

  private static final class Arriving {
    final int from;
    final int epoch;
    final List<HeldPush> held = new ArrayList<>();
    final ByteArrayOutputStream metadataSoFar = new ByteArrayOutputStream();
    final Installation installation = new Installation();

    // Of the copying thread.
    @Nullable RowImport rows;
    volatile boolean failed;

    Arriving(int from, int epoch) {
      this.from = from;
      this.epoch = epoch;
    }
  }

  CopyReceiver(
      RowStore store,
      ShardLog log,
      LocalNotes notes,
      Executor copies,
      Consumer<Runnable> onShard,
      Runnable wantSync) {
    this.store = store;
    this.log = log;
    this.notes = notes;
    this.copies = copies;
    this.onShard = onShard;
    this.wantSync = wantSync;
  }

  boolean isTaking(RangeReplica replica) {
    return arriving.containsKey(replica);
  }

  boolean isIdle() {
    return arriving.isEmpty();
  }

  /** A new copy of the range begins; the replica's rows must not be in a checkpoint. */
  void begin(RangeReplica replica, int from, int epoch) {
    abandon(replica);
    replica.close();
    store.drop(replica.range());
    notes.install(replica.range(), 0);
    replica.replace(replica.rows(), RangeMetadata.empty());
    var copy = new Arriving(from, epoch);
    arriving.put(replica, copy);
    onCopier(
        copy, () -> copy.rows = store.importer(replica.range(), replica.keys(), replica.spec()));
  }

  void rows(RangeReplica replica, int epoch, FrameLease lease, int at, int length) {
    var copy = arriving.get(replica);
    if (copy == null || copy.epoch != epoch) {
      lease.done();
      return;
    }
    copies.execute(
        () -> {
          try {
            if (!copy.failed && copy.rows != null) {
              var chunk = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
              lease.frame().copyTo(at, length, chunk);
              copy.rows.add(chunk.flip());
            }
          } catch (StoreException e) {
            fail(copy, e);
          } finally {
            lease.done();
          }
        });
  }

  void record(RangeReplica replica, int epoch, byte[] held) {
    var copy = arriving.get(replica);
    if (copy != null && copy.epoch == epoch) {
      var bytes = ByteBuffer.wrap(held).order(ByteOrder.LITTLE_ENDIAN);
      copy.held.add(new HeldPush(CopySender.decodeHead(replica.range(), bytes), bytes));
    }
  }

  void metadata(RangeReplica replica, int epoch, byte[] part) {
    var copy = arriving.get(replica);
    if (copy != null && copy.epoch == epoch) {
      copy.metadataSoFar.writeBytes(part);
    }
  }

  /** All is there: logs what belongs into the log; {@link #review} goes on once it is durable. */
  void end(RangeReplica replica, int epoch, byte[] lastPart) {
    var copy = arriving.get(replica);
    if (copy == null || copy.epoch != epoch) {
      return;
    }
    copy.metadataSoFar.writeBytes(lastPart);
    var sent = RangeMetadata.decode(copy.metadataSoFar.toByteArray());
    copy.installation.log(log, notes, replica.range(), sent, copy.held);
    copy.installation.held().forEach(replica.buffered()::add);
    wantSync.run();
  }

  /** Goes on with copies whose log records are durable. */
  void review() {
    arriving.forEach(
        (replica, copy) -> {
          byte[] metadata = copy.installation.takeDue(log);
          if (metadata != null) {
            onCopier(
                copy,
                () -> {
                  if (copy.rows != null) {
                    copy.rows.complete(metadata);
                    copy.rows.close();
                    copy.rows = null;
                  }
                });
            copies.execute(() -> onShard.accept(() -> installed(replica, copy)));
          }
        });
  }

  private void installed(RangeReplica replica, Arriving copy) {
    if (arriving.get(replica) != copy) {
      return;
    }
    arriving.remove(replica);
    byte[] metadata = copy.installation.metadata();
    var held = replica.buffered().records();
    if (copy.failed || metadata == null) {
      reopen(replica, RangeMetadata.empty());
    } else {
      reopen(replica, RangeMetadata.decode(metadata));
      held.forEach(replica.buffered()::add);
      LOG.info("range {}: copied as of record {}", replica.range(), replica.chain().appliedLsn());
    }
    replica.assign(replica.assignment());
  }

  private void reopen(RangeReplica replica, RangeMetadata metadata) {
    var assignment = replica.assignment();
    replica.replace(store.open(assignment.range(), assignment.keys(), assignment.spec()), metadata);
    identify(replica.chain());
  }

  /** Who this node is. */
  void identify(int newNode, int newIncarnation) {
    node = newNode;
    incarnation = newIncarnation;
  }

  private void identify(ChainReplica chain) {
    chain.identify(node, incarnation);
  }

  /** The connection to a node broke: what has come from it is of no use. */
  void disconnected(RangeReplica replica, int node) {
    var copy = arriving.get(replica);
    if (copy != null && copy.from == node) {
      abandonAndReopen(replica);
    }
  }

  /** The chain has changed, or the copy cannot go on: what has come is of no use. */
  void abandonAndReopen(RangeReplica replica) {
    var copy = arriving.get(replica);
    if (copy != null && !copy.installation.isCompleting()) {
      abandon(replica);
      reopen(replica, RangeMetadata.empty());
      replica.assign(replica.assignment());
    }
  }

  /** Forgets what has come. */
  void abandon(RangeReplica replica) {
    var copy = arriving.remove(replica);
    if (copy != null) {
      onCopier(
          copy,
          () -> {
            if (copy.rows != null) {
              copy.rows.close();
              copy.rows = null;
            }
          });
    }
  }

  private void onCopier(Arriving copy, Runnable step) {
    copies.execute(
        () -> {
          try {
            step.run();
          } catch (StoreException | LogException e) {
            fail(copy, e);
          }
        });
  }

  private static void fail(Arriving copy, RuntimeException e) {
    if (!copy.failed) {
      LOG.warn("a copy cannot be taken: {}", e.getMessage(), e);
    }
    copy.failed = true;
  }
}
