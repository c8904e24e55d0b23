package io.holdfast.replication.shard;

import io.holdfast.store.log.ShardLog;
import io.holdfast.store.rows.Checkpoint;
import io.holdfast.store.rows.StoreException;
import java.util.Collection;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides when a shard's ranges are checkpointed and carries one at a time through its steps; lets
 * go of log that no range needs any more. Belongs to the shard's thread; only {@link
 * Checkpoint#write} runs elsewhere.
 */
final class Checkpointer {
  private static final Logger LOG = LoggerFactory.getLogger(Checkpointer.class);
  private static final int COPY_BYTES = 1 << 20;
  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final ShardLog log;
  private final long replayBytes;
  private final Collection<RangeReplica> replicas;
  private final Executor writer;
  private final Consumer<Runnable> onShard;
  private @Nullable RangeReplica active;
  private byte[] metadata = new byte[0];
  private boolean writing;
  private long nextLook;
  private long notBefore;
  private long written;
  private long lastReplayed;
  private @Nullable StoreException failure;

  /**
   * @param writer runs the writing steps
   * @param onShard hands a step back to the shard's thread
   */
  Checkpointer(
      ShardLog log,
      long replayBytes,
      Collection<RangeReplica> replicas,
      Executor writer,
      Consumer<Runnable> onShard) {
    this.log = log;
    this.replayBytes = replayBytes;
    this.replicas = replicas;
    this.writer = writer;
    this.onShard = onShard;
    this.nextLook = System.nanoTime();
    this.notBefore = nextLook;
  }

  /**
   * What is in the log now was replayed: it is checkpointed soon, so that a node which is killed
   * again and again has no more to replay each time.
   */
  void replayed() {
    lastReplayed = log.lastIndex();
  }

  /** One small step, if one is due. Returns whether there is more to do at once. */
  boolean step(long now, PendingRecords pending) {
    if (active != null) {
      return !writing && copyOn();
    }
    if (now - nextLook < 0 || now - notBefore < 0) {
      return false;
    }
    nextLook = now + LOOK_EVERY_NANOS;
    var due = due();
    if (due != null) {
      begin(due, pending);
    }
    return due != null;
  }

  private @Nullable RangeReplica due() {
    RangeReplica oldest = null;
    for (var replica : replicas) {
      if (replica.quarantine() != null) {
        continue;
      }
      if (replica.rows().wantsCheckpoint()) {
        return replica;
      }
      if (replica.firstUnsavedIndex() != Long.MAX_VALUE
          && (oldest == null || replica.firstUnsavedIndex() < oldest.firstUnsavedIndex())) {
        oldest = replica;
      }
    }
    boolean due =
        oldest != null
            && (oldest.firstUnsavedIndex() <= lastReplayed
                || log.bytesFrom(oldest.firstUnsavedIndex()) > replayBytes);
    return due ? oldest : null;
  }

  private void begin(RangeReplica replica, PendingRecords pending) {
    active = replica;
    metadata =
        replica.freeze(pending.firstIndexOf(replica, log.lastIndex() + 1), log.durableIndex());
  }

  private boolean copyOn() {
    var replica = active;
    var checkpoint = replica == null ? null : replica.checkpoint();
    if (replica == null || checkpoint == null || !checkpoint.copy(COPY_BYTES)) {
      return true;
    }
    writing = true;
    byte[] bytes = metadata;
    writer.execute(
        () -> {
          StoreException failed = write(checkpoint, bytes);
          onShard.accept(() -> end(replica, failed));
        });
    return false;
  }

  private static @Nullable StoreException write(Checkpoint checkpoint, byte[] metadata) {
    try {
      checkpoint.write(metadata);
      return null;
    } catch (StoreException e) {
      return e;
    }
  }

  private void end(RangeReplica replica, @Nullable StoreException failed) {
    writing = false;
    active = null;
    if (failed == null) {
      replica.checkpointComplete();
      written++;
      releaseLog();
    } else {
      replica.checkpointFailed();
      notBefore = System.nanoTime() + RETRY_NANOS;
      if (failure == null) {
        LOG.warn(
            "range {}: checkpoint failed, will be tried again: {}",
            replica.range(),
            failed.getMessage());
      }
    }
    failure = failed;
  }

  /**
   * Checkpoints everything that has unsaved records, on the calling thread; for recovery and
   * closing.
   */
  void runAll(PendingRecords pending) {
    for (var replica : replicas) {
      if (replica.firstUnsavedIndex() != Long.MAX_VALUE && replica.quarantine() == null) {
        run(replica, pending);
      }
    }
    releaseLog();
  }

  /** One whole checkpoint on the calling thread. */
  void run(RangeReplica replica, PendingRecords pending) {
    byte[] bytes =
        replica.freeze(pending.firstIndexOf(replica, log.lastIndex() + 1), log.durableIndex());
    var checkpoint = replica.checkpoint();
    if (checkpoint == null) {
      throw new IllegalStateException("frozen without a checkpoint");
    }
    while (!checkpoint.copy(COPY_BYTES)) {
      // All at once.
    }
    try {
      checkpoint.write(bytes);
    } catch (StoreException e) {
      replica.checkpointFailed();
      throw e;
    }
    replica.checkpointComplete();
    written++;
  }

  private void releaseLog() {
    log.release(firstNeededIndex());
  }

  /** Index of the oldest record that some range still needs. */
  long firstNeededIndex() {
    long first = log.lastIndex() + 1;
    for (var replica : replicas) {
      first = Math.min(first, replica.firstNeededIndex());
    }
    return first;
  }

  /** A range goes away: its checkpoint, if one is under way, must not be awaited. */
  boolean isBusyWith(RangeReplica replica) {
    return active == replica;
  }

  boolean isBusy() {
    return active != null;
  }

  /** Why the last one failed; null where it did not. */
  @Nullable StoreException failure() {
    return failure;
  }

  long written() {
    return written;
  }
}
