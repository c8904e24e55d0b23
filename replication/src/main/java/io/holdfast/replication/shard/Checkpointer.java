package io.holdfast.replication.shard;

import io.holdfast.store.log.ShardLog;
import io.holdfast.store.rows.Checkpoint;
import io.holdfast.store.rows.StoreException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
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

  /** Who wants a checkpoint of its own: of a range as it is when {@link #frozen} is called. */
  interface Request {
    void frozen();

    /**
     * On the writer's thread: the checkpoint is in the store, and no later one of the range is
     * before this returns. Throws nothing.
     */
    default void written() {}

    void complete();

    void failed(StoreException e);
  }

  private final ShardLog log;
  private final long replayBytes;
  private final long retainBytes;
  private final Collection<RangeReplica> replicas;
  private final Executor writer;
  private final Consumer<Runnable> onShard;
  private final Map<RangeReplica, List<Request>> requests = new LinkedHashMap<>();
  private List<Request> serving = List.of();
  private @Nullable RangeReplica active;
  private byte[] metadata = new byte[0];
  private boolean writing;
  private long nextLook;
  private long notBefore;
  private long written;
  private long lastReplayed;
  private @Nullable StoreException failure;
  private Runnable whenComplete = () -> {};
  private LongSupplier alsoNeeded = () -> Long.MAX_VALUE;

  /**
   * @param retainBytes so much of the log is kept beyond what is needed
   * @param writer runs the writing steps
   * @param onShard hands a step back to the shard's thread
   */
  Checkpointer(
      ShardLog log,
      long replayBytes,
      long retainBytes,
      Collection<RangeReplica> replicas,
      Executor writer,
      Consumer<Runnable> onShard) {
    this.log = log;
    this.replayBytes = replayBytes;
    this.retainBytes = retainBytes;
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

  /**
   * @param task run on the shard's thread after each checkpoint, complete or not
   */
  void whenComplete(Runnable task) {
    whenComplete = task;
  }

  /**
   * @param oldestIndex of the log that is needed beside what the ranges need
   */
  void keep(LongSupplier oldestIndex) {
    alsoNeeded = oldestIndex;
  }

  /** One small step, if one is due. Returns whether there is more to do at once. */
  boolean step(long now) {
    if (active != null) {
      return !writing && copyOn();
    }
    if ((now - nextLook < 0 && requests.isEmpty()) || now - notBefore < 0) {
      return false;
    }
    nextLook = now + LOOK_EVERY_NANOS;
    var due = due();
    if (due != null) {
      begin(due);
    }
    return due != null;
  }

  /** Asks for a checkpoint of a range, to begin as soon as none is under way. */
  void request(RangeReplica replica, Request request) {
    requests.computeIfAbsent(replica, r -> new ArrayList<>()).add(request);
  }

  private @Nullable RangeReplica due() {
    if (!requests.isEmpty()) {
      return requests.keySet().iterator().next();
    }
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

  private void begin(RangeReplica replica) {
    var asked = requests.remove(replica);
    serving = asked == null ? List.of() : asked;
    active = replica;
    metadata = replica.freeze(log.durableIndex());
    serving.forEach(Request::frozen);
  }

  private boolean copyOn() {
    var replica = active;
    var checkpoint = replica == null ? null : replica.checkpoint();
    if (replica == null || checkpoint == null || !checkpoint.copy(COPY_BYTES)) {
      return true;
    }
    writing = true;
    byte[] bytes = metadata;
    var asked = serving;
    writer.execute(
        () -> {
          StoreException failed = write(checkpoint, bytes);
          if (failed == null) {
            asked.forEach(Request::written);
          }
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
    whenComplete.run();
    var asked = serving;
    serving = List.of();
    for (var request : asked) {
      if (failed == null) {
        request.complete();
      } else {
        request.failed(failed);
      }
    }
  }

  /**
   * Checkpoints everything that has unsaved records, on the calling thread; for recovery and
   * closing.
   */
  void runAll() {
    for (var replica : replicas) {
      if (replica.firstUnsavedIndex() != Long.MAX_VALUE && replica.quarantine() == null) {
        run(replica);
      }
    }
    releaseLog();
  }

  /** One whole checkpoint on the calling thread. */
  void run(RangeReplica replica) {
    byte[] bytes = replica.freeze(log.durableIndex());
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
    long before = kept(firstNeededIndex());
    replicas.forEach(replica -> replica.released(before));
    log.release(before);
  }

  /** What replicas that come back may ask for is kept, too, up to a size. */
  private long kept(long firstNeeded) {
    long low = log.firstIndex();
    long high = firstNeeded;
    while (low < high) {
      long middle = low + (high - low) / 2;
      if (log.bytesFrom(middle) - log.bytesFrom(firstNeeded) > retainBytes) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return high;
  }

  /** Index of the oldest record that some range still needs. */
  long firstNeededIndex() {
    long first = Math.min(log.lastIndex() + 1, alsoNeeded.getAsLong());
    for (var replica : replicas) {
      first = Math.min(first, replica.firstNeededIndex());
    }
    return first;
  }

  /** A range goes away: its checkpoint, if one is under way, must not be awaited. */
  void forget(RangeReplica replica) {
    requests.remove(replica);
  }

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
