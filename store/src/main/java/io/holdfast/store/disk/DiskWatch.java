package io.holdfast.store.disk;

import java.util.function.LongSupplier;

/**
 * Says whether pushes are taken: no longer once the free space is below a low mark, and again only
 * when it is above a high one, so that a nearly full disk does not make it flap. {@link #check} is
 * for one thread, {@link #accepting} for any.
 */
public final class DiskWatch {
  public static final long DEFAULT_LOW_BYTES = 256L << 20;
  public static final long DEFAULT_HIGH_BYTES = 512L << 20;

  private final LongSupplier freeBytes;
  private final long lowBytes;
  private final long highBytes;
  private volatile boolean accepting = true;

  /** With the default marks. */
  public DiskWatch(LongSupplier freeBytes) {
    this(freeBytes, DEFAULT_LOW_BYTES, DEFAULT_HIGH_BYTES);
  }

  public DiskWatch(LongSupplier freeBytes, long lowBytes, long highBytes) {
    if (lowBytes < 0 || highBytes < lowBytes) {
      throw new IllegalArgumentException(
          "low mark " + lowBytes + ", high mark " + highBytes + ": low must not be above high");
    }
    this.freeBytes = freeBytes;
    this.lowBytes = lowBytes;
    this.highBytes = highBytes;
  }

  /** Looks at the free space, which may block; returns whether {@link #accepting} has changed. */
  public boolean check() {
    long free = freeBytes.getAsLong();
    boolean now = accepting ? free >= lowBytes : free > highBytes;
    boolean changed = now != accepting;
    accepting = now;
    return changed;
  }

  /** What the last check found; true before the first. */
  public boolean accepting() {
    return accepting;
  }
}
