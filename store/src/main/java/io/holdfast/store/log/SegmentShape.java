package io.holdfast.store.log;

import java.nio.ByteBuffer;

/** Where the records of a segment are, which is all in which the kinds of log differ on disk. */
interface SegmentShape {
  LogKind kind();

  /** Name of the file of a segment that is in use. */
  String fileName(int number);

  /** The segment's number, or -1 where this is not a segment's file. */
  int number(String fileName);

  /** Size of the file of a segment; what is beyond {@code segmentBytes} is never written. */
  int fileBytes(int segmentBytes);

  /** Position of the {@link SegmentHeader}, or -1 where there is none. */
  int headerAt(ByteBuffer map);

  /** Where to look for the first record; only where there is a header. */
  int firstCursor(ByteBuffer map);

  /** Position at which a record would start, looking from a cursor on; -1 where there is none. */
  int recordAt(ByteBuffer map, int cursor);

  /** The cursor behind a record. */
  int cursorAfter(int recordAt, int payloadLength);

  /** Whether a segment must hold nothing but zeros before it is put to use. */
  boolean startsZeroed();
}
