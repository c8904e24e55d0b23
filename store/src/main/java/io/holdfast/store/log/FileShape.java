package io.holdfast.store.log;

import java.nio.ByteBuffer;
import java.util.Locale;

/** A segment header, then record after record, each at a multiple of 8. */
final class FileShape implements SegmentShape {
  private static final String SUFFIX = ".seg";

  @Override
  public LogKind kind() {
    return LogKind.FILE;
  }

  @Override
  public String fileName(int number) {
    return String.format(Locale.ROOT, "%08d%s", number, SUFFIX);
  }

  @Override
  public int number(String fileName) {
    return fileName.matches("\\d{8}\\.seg") ? Integer.parseInt(fileName.substring(0, 8)) : -1;
  }

  @Override
  public int fileBytes(int segmentBytes) {
    return segmentBytes;
  }

  @Override
  public int headerAt(ByteBuffer map) {
    return map.capacity() < SegmentHeader.BYTES ? -1 : 0;
  }

  @Override
  public int firstCursor(ByteBuffer map) {
    return SegmentHeader.BYTES;
  }

  @Override
  public int recordAt(ByteBuffer map, int cursor) {
    return cursor <= map.capacity() - RecordLayout.HEADER_BYTES ? cursor : -1;
  }

  @Override
  public int cursorAfter(int recordAt, int payloadLength) {
    return RecordLayout.align(
        recordAt + RecordLayout.HEADER_BYTES + payloadLength, RecordLayout.ALIGNMENT);
  }

  @Override
  public boolean startsZeroed() {
    return false;
  }
}
