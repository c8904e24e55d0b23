package io.holdfast.store.log;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A file of the log, mapped whole, once. The shard thread appends and reads; the syncer thread
 * forces; {@link #bytesFrom} is for any.
 */
final class Segment {
  /** A mark is kept for the first record in each piece of this size. */
  private static final int MARK_BYTES = 64 << 10;

  final int number;
  final long firstIndex;

  private SegmentFile file;
  private final int[] markCounts;
  private final int[] markPositions;
  private volatile int marks;
  private volatile long lastIndex;
  private volatile int end;

  /** Whether the header, the name and the blocks are known to be on disk. */
  private volatile boolean headerDurable;

  Segment(int number, long firstIndex, SegmentFile file, int start) {
    this.number = number;
    this.firstIndex = firstIndex;
    this.file = file;
    int places = file.map().capacity() / MARK_BYTES + 1;
    this.markCounts = new int[places];
    this.markPositions = new int[places];
    this.lastIndex = firstIndex - 1;
    this.end = start;
  }

  /**
   * The file behind a segment.
   *
   * @param map little-endian, position 0, limit its capacity, for the shard thread alone
   * @param readOnly the same memory, for views that are handed out
   */
  record SegmentFile(Path path, FileChannel channel, ByteBuffer map, ByteBuffer readOnly) {
    static SegmentFile of(Path path, FileChannel channel, MappedByteBuffer mapping) {
      return new SegmentFile(
          path,
          channel,
          mapping.order(ByteOrder.LITTLE_ENDIAN),
          mapping.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN));
    }

    SegmentFile at(Path newPath) {
      return new SegmentFile(newPath, channel, map, readOnly);
    }
  }

  SegmentFile file() {
    return file;
  }

  /** The file has a new name; only before the log is used. */
  void renamed(Path path) {
    file = file.at(path);
  }

  ByteBuffer map() {
    return file.map();
  }

  /** Notes the next record, which has been written; {@code newEnd} is the cursor behind it. */
  void appended(int recordAt, int newEnd) {
    int count = (int) (lastIndex + 1 - firstIndex);
    int known = marks;
    if (known == 0 || recordAt - markPositions[known - 1] >= MARK_BYTES) {
      markCounts[known] = count;
      markPositions[known] = recordAt;
      marks = known + 1;
    }
    end = newEnd;
    lastIndex = firstIndex + count;
  }

  /** Sets the cursor of the first record. */
  void startsAt(int cursor) {
    end = cursor;
  }

  /** Index of the last record, 1 less than {@link #firstIndex} where there is none. */
  long lastIndex() {
    return lastIndex;
  }

  /** The cursor behind the last record. */
  int end() {
    return end;
  }

  boolean headerDurable() {
    return headerDurable;
  }

  void headerIsDurable() {
    headerDurable = true;
  }

  /** Bytes from the last mark at or before the record to the end. */
  int bytesFrom(long index) {
    int known = marks;
    if (known == 0 || index > lastIndex) {
      return 0;
    }
    return end - markPositions[markAt(known, index)];
  }

  /** Position of a record from which the one at {@code index} can be reached by walking on. */
  int positionBefore(long index) {
    return markPositions[markAt(marks, index)];
  }

  /** Index of the record at {@link #positionBefore}. */
  long indexBefore(long index) {
    return firstIndex + markCounts[markAt(marks, index)];
  }

  private int markAt(int known, long index) {
    int low = 0;
    int high = known - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (firstIndex + markCounts[middle] <= index) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** A view for the caller of the payload of the record at {@code recordAt}. */
  LogRecord record(RecordHeader header, long index, int recordAt, int payloadLength) {
    return new LogRecord(
        header,
        index,
        file.readOnly()
            .slice(recordAt + RecordLayout.HEADER_BYTES, payloadLength)
            .order(ByteOrder.LITTLE_ENDIAN));
  }
}
