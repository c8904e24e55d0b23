package io.holdfast.replication.shard;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.store.log.LogException;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.log.ShardLog;
import io.holdfast.store.rows.RowExport;
import io.holdfast.store.rows.RowImport;
import io.holdfast.store.rows.RowStore;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes halves of ranges that are cut on this node (rule P24). Belongs to the thread of the shard
 * that owns the half; rows are read and written elsewhere.
 *
 * <p>The order makes every crash safe, as that of {@link CopyReceiver}: rows are collected aside;
 * what the log must hold beside them is logged and durable before the rows, with their metadata,
 * become the range in one step. So a half is whole or not there, and one that is there is open: it
 * was opened when it was installed, or with the restart after that. It cannot be an older one: its
 * id is never given to another range, its LSN and the epoch of its last record must be those of the
 * seal, and what is dropped of a range takes the metadata along.
 */
final class HalfReceiver {
  private static final Logger LOG = LoggerFactory.getLogger(HalfReceiver.class);
  private static final int CHUNK_BYTES = 256 << 10;

  /** What the shard does with its ranges. */
  interface Ranges {
    /** Whether the catalogue has the half, or a split that makes it. */
    boolean isKnown(int range);

    @Nullable RangeReplica replica(int range);

    /**
     * Forgets a replica that is no whole half.
     *
     * @return whether that could be done now
     */
    boolean discard(RangeReplica replica);

    /** Rows and metadata are in the store: takes them for the range. */
    void open(int range, List<LogRecord> held);

    /** Nothing came of it. */
    void failed(int range);
  }

  private final RowStore store;
  private final ShardLog log;
  private final LocalNotes notes;
  private final Executor copies;
  private final Consumer<Runnable> onShard;
  private final Runnable wantSync;
  private final Ranges ranges;
  private final Map<Integer, Arriving> arriving = new HashMap<>();

  private static final class Arriving {
    final Half half;
    final RowImport rows;
    final CompletableFuture<Void> done = new CompletableFuture<>();
    final List<LogRecord> held = new ArrayList<>();
    long loggedIndex = Long.MAX_VALUE;
    byte @Nullable [] metadata;
    boolean completing;

    Arriving(Half half, RowImport rows) {
      this.half = half;
      this.rows = rows;
    }
  }

  /**
   * @param copies runs what reads and writes rows; one thread for each
   */
  HalfReceiver(
      RowStore store,
      ShardLog log,
      LocalNotes notes,
      Executor copies,
      Consumer<Runnable> onShard,
      Runnable wantSync,
      Ranges ranges) {
    this.store = store;
    this.log = log;
    this.notes = notes;
    this.copies = copies;
    this.onShard = onShard;
    this.wantSync = wantSync;
    this.ranges = ranges;
  }

  /** See {@link Halves#install}. */
  CompletableFuture<Void> install(Half half) {
    var running = arriving.get(half.range());
    if (running != null) {
      return running.done;
    }
    if (!ranges.isKnown(half.range())) {
      return refused(half, "the catalogue does not have it, yet or any more");
    }
    var replica = ranges.replica(half.range());
    if (replica != null) {
      if (isWhole(replica, half)) {
        return CompletableFuture.completedFuture(null);
      }
      if (replica.chain().epoch() != 0 || !ranges.discard(replica)) {
        return refused(half, "something else has that place");
      }
    }
    var copy = new Arriving(half, store.importer(half.range(), half.keys(), half.spec()));
    arriving.put(half.range(), copy);
    aside(copy, () -> collect(copy));
    return copy.done;
  }

  private static CompletableFuture<Void> refused(Half half, String why) {
    return CompletableFuture.failedFuture(
        new HoldfastException(ErrorCode.NOT_READY, "half " + half.range() + ": " + why));
  }

  private static boolean isWhole(RangeReplica replica, Half half) {
    var chain = replica.chain();
    return replica.quarantine() == null
        && chain.lastLsn() == half.seal().lsn()
        && chain.appliedLsn() == half.seal().lsn()
        && chain.lastRecordEpoch() == half.seal().recordEpoch();
  }

  /** Whether a half is on its way, which is not to be begun otherwise meanwhile. */
  boolean isTaking(int range) {
    return arriving.containsKey(range);
  }

  boolean isIdle() {
    return arriving.isEmpty();
  }

  /** Index of the oldest record that halves on their way need; {@code Long.MAX_VALUE} for none. */
  long oldestIndex() {
    long oldest = Long.MAX_VALUE;
    for (var copy : arriving.values()) {
      if (!copy.held.isEmpty()) {
        oldest = Math.min(oldest, copy.held.getFirst().index());
      }
    }
    return oldest;
  }

  // ---- elsewhere

  private void aside(Arriving copy, Runnable step) {
    copies.execute(
        () -> {
          try {
            step.run();
          } catch (RuntimeException e) {
            copy.rows.close();
            onShard.accept(() -> failed(copy, e));
          }
        });
  }

  private void collect(Arriving copy) {
    var half = copy.half;
    try (var export = store.export(half.whole(), half.keys()).orElseThrow(() -> gone(half))) {
      var metadata = RangeMetadata.decode(export.metadata());
      var seal = metadata.chain().seal();
      if (!half.seal().equals(seal)) {
        throw gone(half);
      }
      metadata.chain().beginAsHalf();
      read(export, copy.rows);
      onShard.accept(() -> logged(copy, metadata));
    }
  }

  private static HoldfastException gone(Half half) {
    return new HoldfastException(
        ErrorCode.NOT_READY,
        "the rows of range " + half.whole() + " as of " + half.seal() + " are not in the store");
  }

  private static void read(RowExport export, RowImport rows) {
    var chunk =
        ByteBuffer.allocateDirect(Math.max(CHUNK_BYTES, export.minChunkBytes()))
            .order(ByteOrder.LITTLE_ENDIAN);
    while (export.next(chunk)) {
      rows.add(chunk.flip());
      chunk.clear();
    }
  }

  // ---- on the shard's thread

  /** The rows are aside: logs what belongs into the log; {@link #review} goes on with it. */
  private void logged(Arriving copy, RangeMetadata metadata) {
    int range = copy.half.range();
    try {
      notes.install(range, copy.half.seal().lsn());
      for (var push : copy.half.held()) {
        copy.held.add(notes.append(push.header(), push.payload()));
      }
    } catch (LogException e) {
      copy.rows.close();
      failed(copy, e);
      return;
    }
    copy.loggedIndex = log.lastIndex();
    copy.metadata = new RangeMetadata(metadata.chain(), metadata.states(), copy.loggedIndex).encode();
    wantSync.run();
  }

  /** Goes on with halves whose log records are durable. */
  void review() {
    for (var copy : arriving.values()) {
      byte[] metadata = copy.metadata;
      if (metadata != null && !copy.completing && log.durableIndex() >= copy.loggedIndex) {
        copy.completing = true;
        aside(
            copy,
            () -> {
              copy.rows.complete(metadata);
              copy.rows.close();
              onShard.accept(() -> installed(copy));
            });
      }
    }
  }

  private void installed(Arriving copy) {
    int range = copy.half.range();
    arriving.remove(range);
    if (ranges.isKnown(range)) {
      LOG.info(
          "range {}: cut out of range {} as of record {}",
          range,
          copy.half.whole(),
          copy.half.seal().lsn());
      ranges.open(range, copy.held);
      copy.done.complete(null);
    } else {
      store.drop(range);
      copy.done.completeExceptionally(gone(copy.half));
    }
  }

  private void failed(Arriving copy, RuntimeException e) {
    arriving.remove(copy.half.range());
    ranges.failed(copy.half.range());
    copy.done.completeExceptionally(e);
  }
}
