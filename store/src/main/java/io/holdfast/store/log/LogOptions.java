package io.holdfast.store.log;

import java.nio.file.Path;

/**
 * How to open a log.
 *
 * @param kind must be the kind that the directory was created with
 * @param directory of this log alone; created if it is not there
 * @param shard must be the shard that the directory was created with
 * @param segmentBytes size of a segment file, a multiple of 64 KiB; may change from one opening to
 *     the next
 * @param maxPayload longest payload of a record in bytes, at most a quarter of a segment
 * @param spareSegments how many released segments are kept at most to be used again; one that is
 *     new is made ahead where there is none
 * @param files the file system
 */
public record LogOptions(
    LogKind kind,
    Path directory,
    int shard,
    int segmentBytes,
    int maxPayload,
    int spareSegments,
    LogFiles files) {
  public static final int DEFAULT_SEGMENT_BYTES = 128 << 20;
  public static final int DEFAULT_MAX_PAYLOAD = 32 << 20;
  public static final int DEFAULT_SPARE_SEGMENTS = 2;

  static final int SEGMENT_UNIT = 64 << 10;

  public LogOptions {
    if (shard < 0) {
      throw new IllegalArgumentException("shard " + shard + " is negative");
    }
    if (segmentBytes < 4 * SEGMENT_UNIT
        || segmentBytes > 1 << 30
        || segmentBytes % SEGMENT_UNIT != 0) {
      throw new IllegalArgumentException(
          "segmentBytes is " + segmentBytes + ": take a multiple of 64 KiB from 256 KiB to 1 GiB");
    }
    if (maxPayload < 1 || maxPayload > segmentBytes / 4) {
      throw new IllegalArgumentException(
          "maxPayload is " + maxPayload + ": take 1 to a quarter of segmentBytes");
    }
    if (spareSegments < 1 || spareSegments > 64) {
      throw new IllegalArgumentException("spareSegments is " + spareSegments + ": take 1 to 64");
    }
  }

  /** The defaults. */
  public static LogOptions of(LogKind kind, Path directory, int shard) {
    return new LogOptions(
        kind,
        directory,
        shard,
        DEFAULT_SEGMENT_BYTES,
        DEFAULT_MAX_PAYLOAD,
        DEFAULT_SPARE_SEGMENTS,
        LogFiles.disk());
  }

  public LogOptions withSizes(int newSegmentBytes, int newMaxPayload) {
    return new LogOptions(
        kind, directory, shard, newSegmentBytes, newMaxPayload, spareSegments, files);
  }

  public LogOptions withSpareSegments(int newSpareSegments) {
    return new LogOptions(
        kind, directory, shard, segmentBytes, maxPayload, newSpareSegments, files);
  }

  public LogOptions withDirectory(Path newDirectory) {
    return new LogOptions(
        kind, newDirectory, shard, segmentBytes, maxPayload, spareSegments, files);
  }

  public LogOptions withFiles(LogFiles newFiles) {
    return new LogOptions(
        kind, directory, shard, segmentBytes, maxPayload, spareSegments, newFiles);
  }
}
