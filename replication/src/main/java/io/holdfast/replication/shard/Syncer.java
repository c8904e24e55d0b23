package io.holdfast.replication.shard;

import io.holdfast.store.log.LogException;
import io.holdfast.store.log.ShardLog;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit: one thread that makes the log durable again and again. While one sync runs, further
 * records are appended; the next sync takes them all.
 */
final class Syncer implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Syncer.class);

  private final ShardLog log;
  private final Runnable whenDurable;
  private final long idleNanos;
  private final Thread thread;
  private volatile boolean wanted;
  private volatile boolean closing;
  private volatile @Nullable LogException failure;

  /**
   * @param idleNanos how long records that nobody waits for (MEMORY durability) may stay unsynced
   * @param whenDurable called on the syncer's thread after each sync, and after one that failed
   */
  Syncer(String name, ShardLog log, long idleNanos, Runnable whenDurable) {
    this.log = log;
    this.idleNanos = idleNanos;
    this.whenDurable = whenDurable;
    this.thread = new Thread(this, name);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Somebody waits for what is appended by now. */
  void want() {
    if (!wanted) {
      wanted = true;
      LockSupport.unpark(thread);
    }
  }

  @Override
  public void run() {
    long nextIdleSync = System.nanoTime() + idleNanos;
    while (!closing) {
      long now = System.nanoTime();
      boolean due = wanted || now - nextIdleSync >= 0;
      if (!due) {
        LockSupport.parkNanos(this, Math.min(idleNanos, nextIdleSync - now));
        continue;
      }
      wanted = false;
      if (log.durableIndex() < log.lastIndex()) {
        if (!sync()) {
          return;
        }
        whenDurable.run();
      }
      nextIdleSync = System.nanoTime() + idleNanos;
    }
  }

  private boolean sync() {
    try {
      log.sync();
      return true;
    } catch (LogException e) {
      // P8: the log has stopped for good; the shard learns it from its next append, or from this
      // wake-up.
      LOG.error("log stopped: {}", e.getMessage(), e);
      failure = e;
      whenDurable.run();
      return false;
    }
  }

  /** Why the log has stopped for good; null while it has not. */
  @Nullable LogException failure() {
    return failure;
  }

  void close() throws InterruptedException {
    closing = true;
    LockSupport.unpark(thread);
    thread.join(TimeUnit.SECONDS.toMillis(30));
  }
}
