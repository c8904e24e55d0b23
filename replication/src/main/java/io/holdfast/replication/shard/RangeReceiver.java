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
 * Takes ranges that are made on this node (rules P24 and P30). Belongs to the thread of the shard
 * that owns the new range; rows are read and written elsewhere.
 *
 * <p>The order makes every crash safe: rows are collected aside, then {@link Installation} makes
 * them the range. So a range is whole or not there, and one that is there is open: it was opened
 * when it was installed, or with the restart after that. It cannot be another one: its id is never
 * given to another range, and what is dropped of a range takes the metadata along.
 */
final class RangeReceiver {
  private static final Logger LOG = LoggerFactory.getLogger(RangeReceiver.class);
  private static final int CHUNK_BYTES = 256 << 10;

  /** What the shard does with its ranges. */
  interface Ranges {
    /** Whether the catalogue has the range, or a split or a restore that makes it. */
    boolean isKnown(int range);

    @Nullable RangeReplica replica(int range);

    /**
     * Forgets a replica that is not whole.
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
    final NewRange made;
    final RowImport rows;
    final CompletableFuture<Void> done = new CompletableFuture<>();
    final Installation installation = new Installation();

    Arriving(NewRange made, RowImport rows) {
      this.made = made;
      this.rows = rows;
    }
  }

  /**
   * @param copies runs what reads and writes rows; one thread for each
   */
  RangeReceiver(
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

  /** See {@link NewRanges#install}. */
  CompletableFuture<Void> install(NewRange made) {
    var running = arriving.get(made.range());
    if (running != null) {
      return running.done;
    }
    if (!ranges.isKnown(made.range())) {
      return refused(made, "the catalogue does not have it, yet or any more");
    }
    var replica = ranges.replica(made.range());
    if (replica != null) {
      if (made.isWhole(replica)) {
        return CompletableFuture.completedFuture(null);
      }
      if (replica.chain().epoch() != 0 || !ranges.discard(replica)) {
        return refused(made, "something else has that place");
      }
    }
    var copy = new Arriving(made, store.importer(made.range(), made.keys(), made.spec()));
    arriving.put(made.range(), copy);
    aside(copy, () -> collect(copy));
    return copy.done;
  }

  private static CompletableFuture<Void> refused(NewRange made, String why) {
    return CompletableFuture.failedFuture(gone(made, why));
  }

  private static HoldfastException gone(NewRange made, String why) {
    return new HoldfastException(ErrorCode.NOT_READY, "range " + made.range() + ": " + why);
  }

  /** Whether a range is on its way, which is not to be begun otherwise meanwhile. */
  boolean isTaking(int range) {
    return arriving.containsKey(range);
  }

  boolean isIdle() {
    return arriving.isEmpty();
  }

  /** Index of the oldest record that ranges on their way need; {@code MAX_VALUE} for none. */
  long oldestIndex() {
    return arriving.values().stream()
        .mapToLong(copy -> copy.installation.oldestIndex())
        .min()
        .orElse(Long.MAX_VALUE);
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
    var contents = copy.made.open(store);
    try (var rows = contents.rows()) {
      read(rows, copy.rows);
    }
    onShard.accept(() -> logged(copy, contents));
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
  private void logged(Arriving copy, NewRange.Contents contents) {
    try {
      copy.installation.log(log, notes, copy.made.range(), contents.metadata(), contents.held());
    } catch (LogException e) {
      copy.rows.close();
      failed(copy, e);
      return;
    }
    wantSync.run();
  }

  /** Goes on with ranges whose log records are durable. */
  void review() {
    for (var copy : arriving.values()) {
      byte[] metadata = copy.installation.takeDue(log);
      if (metadata != null) {
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
    int range = copy.made.range();
    arriving.remove(range);
    if (ranges.isKnown(range)) {
      LOG.info("range {}: {}", range, copy.made.origin());
      ranges.open(range, copy.installation.held());
      copy.done.complete(null);
    } else {
      store.drop(range);
      copy.done.completeExceptionally(gone(copy.made, "the catalogue does not have it any more"));
    }
  }

  private void failed(Arriving copy, RuntimeException e) {
    arriving.remove(copy.made.range());
    ranges.failed(copy.made.range());
    copy.done.completeExceptionally(e);
  }
}
