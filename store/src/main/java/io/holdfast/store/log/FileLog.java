package io.holdfast.store.log;

import java.io.IOException;

/**
 * A log in plain files: a record follows the one before it. What an abandoned reservation left
 * behind is overwritten by the next record, or does not verify.
 */
final class FileLog extends SegmentedLog {
  private int cursor;

  private FileLog(LogOptions options, SegmentShape shape, LogRecovery recovered) {
    super(options, shape, recovered);
  }

  static FileLog open(LogOptions options) throws IOException {
    SegmentShape shape = new FileShape();
    FileLog log = new FileLog(options, shape, LogRecovery.open(options, shape));
    log.start();
    return log;
  }

  @Override
  void resume(Segment last) {
    cursor = last.end();
  }

  @Override
  int begin(Segment segment) {
    headerOf(segment).write(segment.map(), 0);
    cursor = SegmentHeader.BYTES;
    return cursor;
  }

  @Override
  boolean fits(int payload) {
    return (long) cursor + RecordLayout.HEADER_BYTES + payload <= current().map().capacity();
  }

  @Override
  int place(int maxPayload) {
    return cursor;
  }

  @Override
  int commit(int length) {
    cursor =
        RecordLayout.align(cursor + RecordLayout.HEADER_BYTES + length, RecordLayout.ALIGNMENT);
    return cursor;
  }

  @Override
  void rollBack() {
    // Nothing was taken.
  }

  @Override
  void shut() {
    // Holds nothing beside the segments.
  }
}
