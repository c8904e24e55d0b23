package io.holdfast.store.log;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * The log of one shard. {@link #reserve}, {@link #replay} and {@link #release} are for the one
 * thread that owns the shard; {@link #sync} is for the one syncer thread; the rest may be called by
 * any.
 *
 * <p>None of these threads may be interrupted: an interrupt closes the file that is being forced,
 * which counts as a failed sync.
 *
 * <p>A failed write or sync stops the log for good: every later call throws {@link LogException}
 * with the first cause (rule P8).
 */
public interface ShardLog extends AutoCloseable {
  /**
   * Makes room for one record, blocks allocated on disk. Does not block, except to roll to the next
   * segment where none has been prepared yet.
   *
   * @param maxPayload at most {@link #maxPayload()} bytes
   * @throws LogException DISK_FULL where no room could be allocated (nothing changed, may be
   *     repeated later), FAILED where the log has stopped
   */
  Reservation reserve(int maxPayload);

  /** The longest payload that a record can have, in bytes. */
  int maxPayload();

  /** Index of the last record appended, 0 for none. */
  long lastIndex();

  /** Index of the last record known to be on disk. */
  long durableIndex();

  /**
   * Blocks until all that was appended before the call is on disk, blocks and metadata; prepares
   * the next segment where that is due. Called by the syncer thread only, again and again.
   *
   * @return the new {@link #durableIndex()}
   */
  long sync();

  /**
   * Calls {@code visitor} for each record from {@code fromIndex} on, in order. Only before the
   * first {@link #reserve}.
   */
  void replay(long fromIndex, Consumer<LogRecord> visitor);

  /**
   * Records below {@code beforeIndex} are needed no more; segments that hold only such are recycled
   * or deleted, by the syncer thread. The segment before the first whose header is not yet on disk
   * is kept.
   */
  void release(long beforeIndex);

  /** Index of the first record still held; 1 more than {@link #lastIndex()} where none is. */
  long firstIndex();

  /**
   * Bytes that {@link #replay} from {@code fromIndex} would read: what the records from there on
   * take, and of those before at most 64 KiB and one record. 0 where there are none.
   */
  long bytesFrom(long fromIndex);

  /** Bytes of disk that the log takes, prepared segments included. */
  long diskBytes();

  /** Syncs and closes. Views that were handed out must not be used any more. */
  @Override
  void close();

  /**
   * Room for one record. Exactly one of {@link #append} and {@link #abandon} ends it, before the
   * next is made.
   */
  interface Reservation {
    /** Where the payload is to be written: direct, little-endian, position 0, limit as reserved. */
    ByteBuffer payload();

    /**
     * Appends the record with the first {@code length} bytes of {@link #payload()}. It survives the
     * death of the process when this returns, and is on disk once {@link ShardLog#durableIndex()}
     * has reached its index.
     */
    LogRecord append(RecordHeader header, int length);

    /** Leaves the log as it was. */
    void abandon();
  }
}
