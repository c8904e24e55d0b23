package io.holdfast.client.retry;

/** A pause that doubles from a first to a longest one. */
public final class Backoff {
  private final long firstNanos;
  private final long maxNanos;
  private long lastNanos;

  public Backoff(long firstNanos, long maxNanos) {
    this.firstNanos = firstNanos;
    this.maxNanos = maxNanos;
  }

  public long nextNanos() {
    lastNanos = lastNanos == 0 ? firstNanos : Math.min(maxNanos, 2 * lastNanos);
    return lastNanos;
  }

  public void reset() {
    lastNanos = 0;
  }
}
