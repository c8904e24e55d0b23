package io.holdfast.store.log;

import java.nio.ByteBuffer;

/**
 * A Chronicle queue's file, read without Chronicle: documents of a 4-byte length word and their
 * bytes, each at a multiple of 4. The first data document holds the segment's header, each further
 * one a record, at the first multiple of 8 in it. Documents of metadata are Chronicle's own.
 *
 * <p>A file of an earlier life is called {@code *.past}: Chronicle would walk and write in every
 * {@code *.cq4} that it finds, and these may end in a torn document.
 */
final class ChronicleShape implements SegmentShape {
  static final String PAST = ".past";

  private static final int WORD = 4;
  private static final int NOT_COMPLETE = 1 << 31;
  private static final int META_DATA = 1 << 30;
  private static final int LENGTH = META_DATA - 1;

  @Override
  public LogKind kind() {
    return LogKind.CHRONICLE;
  }

  @Override
  public String fileName(int number) {
    return SegmentCycle.fileName(number);
  }

  static String pastName(String fileName) {
    return fileName.substring(0, fileName.length() - SegmentCycle.SUFFIX.length()) + PAST;
  }

  @Override
  public int number(String fileName) {
    return fileName.endsWith(PAST)
        ? SegmentCycle.number(
            fileName.substring(0, fileName.length() - PAST.length()) + SegmentCycle.SUFFIX)
        : SegmentCycle.number(fileName);
  }

  /** Chronicle maps a quarter more than it is given, at least 64 KiB; it never writes there. */
  @Override
  public int fileBytes(int segmentBytes) {
    return segmentBytes + Math.max(64 << 10, segmentBytes / 4);
  }

  @Override
  public int headerAt(ByteBuffer map) {
    return dataFrom(map, 0, SegmentHeader.BYTES);
  }

  @Override
  public int firstCursor(ByteBuffer map) {
    return documentEnd(headerAt(map), SegmentHeader.BYTES);
  }

  @Override
  public int recordAt(ByteBuffer map, int cursor) {
    return dataFrom(map, cursor, RecordLayout.HEADER_BYTES);
  }

  private static int dataFrom(ByteBuffer map, int cursor, int bytes) {
    int at = cursor;
    while (at >= 0 && at <= map.capacity() - WORD) {
      int word = map.getInt(at);
      if (word == 0 || (word & NOT_COMPLETE) != 0) {
        return -1;
      }
      if ((word & META_DATA) == 0) {
        int data = RecordLayout.align(at + WORD, RecordLayout.ALIGNMENT);
        return data <= map.capacity() - bytes ? data : -1;
      }
      at = RecordLayout.align(at + WORD + (word & LENGTH), WORD);
    }
    return -1;
  }

  @Override
  public int cursorAfter(int recordAt, int payloadLength) {
    return documentEnd(recordAt, RecordLayout.HEADER_BYTES + payloadLength);
  }

  /** Such that the bytes of the next document, behind its word, are at a multiple of 8. */
  static int documentEnd(int dataAt, int bytes) {
    return RecordLayout.align(dataAt + bytes + WORD, RecordLayout.ALIGNMENT) - WORD;
  }

  @Override
  public boolean startsZeroed() {
    return true;
  }
}
