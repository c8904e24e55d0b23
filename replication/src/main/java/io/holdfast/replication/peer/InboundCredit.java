package io.holdfast.replication.peer;

/**
 * Lets a peer send one more frame as long as those that are not let go of stay under a bound. The
 * peer has credit for one frame at a time, which the transport asks for while it delivers the one
 * before, so this costs no round trip.
 */
final class InboundCredit {
  // Many small frames cost more than their bytes say.
  private static final int BYTES_BESIDE_FRAME = 512;

  private final long maxBytes;
  private final Runnable request;
  private long unread;
  private boolean isGiven = true;

  /**
   * @param request asks the transport for one more frame; it has been asked for the first
   */
  InboundCredit(long maxBytes, Runnable request) {
    this.maxBytes = maxBytes;
    this.request = request;
  }

  void arrived(int bytes) {
    change((long) bytes + BYTES_BESIDE_FRAME, /* isUsed= */ true);
  }

  /** A frame was let go of. */
  void done(int bytes) {
    change(-((long) bytes + BYTES_BESIDE_FRAME), /* isUsed= */ false);
  }

  /** Whether the peer may send. */
  synchronized boolean isGiven() {
    return isGiven;
  }

  private void change(long bytes, boolean isUsed) {
    synchronized (this) {
      unread += bytes;
      isGiven &= !isUsed;
      if (isGiven || unread >= maxBytes) {
        return;
      }
      isGiven = true;
    }
    request.run();
  }
}
