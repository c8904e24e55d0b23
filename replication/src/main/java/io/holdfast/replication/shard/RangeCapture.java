package io.holdfast.replication.shard;

import io.holdfast.store.log.LogRecord;
import io.holdfast.store.rows.StoreImage;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A range as it was captured: a checkpoint with that LSN is in the node's store. Keeps the log of
 * the pushes that are in no row yet, and the image if there is one, until it is closed. For one
 * thread, which need not be the shard's.
 */
public final class RangeCapture implements AutoCloseable {
  private final int range;
  private final long lsn;
  private final List<LogRecord> held;
  private final @Nullable StoreImage image;
  private final Runnable release;

  RangeCapture(
      int range, long lsn, List<LogRecord> held, @Nullable StoreImage image, Runnable release) {
    this.range = range;
    this.lsn = lsn;
    this.held = List.copyOf(held);
    this.image = image;
    this.release = release;
  }

  public int range() {
    return range;
  }

  /** Of the checkpoint. */
  public long lsn() {
    return lsn;
  }

  /** In which the range is as of {@link #lsn}; null where none was asked for. */
  public @Nullable StoreImage image() {
    return image;
  }

  /** Pushes of a sequential table that are committed and wait for the end of their clock. */
  public int heldCount() {
    return held.size();
  }

  /**
   * One of them, in order of their clock, as copies of ranges carry it: see {@link
   * HeldRecords#read}.
   */
  public ByteBuffer held(int index) {
    return CopySender.encode(held.get(index));
  }

  @Override
  public void close() {
    release.run();
    if (image != null) {
      image.close();
    }
  }
}
