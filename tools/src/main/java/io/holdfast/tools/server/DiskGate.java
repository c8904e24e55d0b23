package io.holdfast.tools.server;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.shard.PushGate;
import io.holdfast.store.disk.DiskWatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Refuses pushes while the disk is nearly full, before anything fails for want of room. */
final class DiskGate implements PushGate {
  private static final Logger LOG = LoggerFactory.getLogger(DiskGate.class);

  private final DiskWatch watch;
  private volatile @Nullable HoldfastException refusal;

  DiskGate(DiskWatch watch) {
    this.watch = watch;
  }

  void start(ScheduledExecutorService timer) {
    look();
    var unused = timer.scheduleWithFixedDelay(this::lookAgain, 200, 200, TimeUnit.MILLISECONDS);
  }

  /** A look that fails must not be the last one: the timer would drop the task. */
  private void lookAgain() {
    try {
      look();
    } catch (RuntimeException e) {
      LOG.warn("the disk's free space is not known: {}", e.getMessage());
    }
  }

  /** Looks at the disk now. */
  void look() {
    if (watch.check()) {
      boolean accepting = watch.accepting();
      refusal =
          accepting
              ? null
              : new HoldfastException(
                  ErrorCode.DISK_FULL,
                  "too little is free on the data directory's disk: free space, pushes resume by themselves");
      LOG.warn(
          accepting
              ? "disk has room again: taking pushes"
              : "disk is nearly full: refusing pushes");
    }
  }

  @Override
  public @Nullable HoldfastException refusal() {
    return refusal;
  }
}
