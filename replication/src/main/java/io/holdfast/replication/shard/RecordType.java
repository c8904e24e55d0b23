package io.holdfast.replication.shard;

/** What a log record is; the numbers are on disk. */
final class RecordType {
  static final byte JOIN = 1;
  static final byte PUSH = 2;
  static final byte TICK = 3;
  static final byte SAVE = 4;
  static final byte LEAVE = 5;

  private RecordType() {}
}
