package io.holdfast.replication.shard;

import io.holdfast.wire.InboundFrame;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A frame whose requests go to several shards: closed, and its credit returned, when the last one
 * is done with it.
 */
public final class FrameLease {
  private final InboundFrame frame;
  private final Runnable whenDone;
  private final AtomicInteger users;

  /**
   * @param whenDone lets the transport ask its peer for another frame
   */
  public FrameLease(InboundFrame frame, int users, Runnable whenDone) {
    this.frame = frame;
    this.users = new AtomicInteger(users);
    this.whenDone = whenDone;
  }

  /** May be read until {@link #done}. */
  public InboundFrame frame() {
    return frame;
  }

  /** One user needs the frame no more; to be called once by each. */
  public void done() {
    if (users.decrementAndGet() == 0) {
      frame.close();
      whenDone.run();
    }
  }
}
