package io.holdfast.store.log;

import io.holdfast.store.log.LogException.Kind;
import io.holdfast.store.log.LogScan.Candidate;
import io.holdfast.store.log.LogScan.Found;
import io.holdfast.store.log.Segment.SegmentFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A log that has been opened: scanned, cut, and made durable as it now is, but not yet written to.
 *
 * @param logId 16 bytes
 * @param segments of the log, in order; none where it was created just now
 */
record LogRecovery(byte[] logId, List<Segment> segments, SpareSegments spares, DurableMark mark) {
  private static final int PAGE_BYTES = 4096;

  /** Opens or creates the log. Changes nothing where it throws FOREIGN or CORRUPT. */
  static LogRecovery open(LogOptions options, SegmentShape shape) throws IOException {
    byte[] logId = LogIdentity.openOrCreate(options);
    DurableMark.Content content = DurableMark.read(options.directory(), logId);
    List<Candidate> candidates = candidates(options, shape);
    Found found;
    try {
      found = new LogScan(shape, logId, content, candidates).scan();
    } catch (LogException e) {
      for (Candidate candidate : candidates) {
        candidate.file().channel().close();
      }
      throw e;
    }
    SpareSegments spares = new SpareSegments(options, shape);
    drop(found);
    adoptSpares(options, spares, content.clean());
    makeDurable(options, found, content.durableIndex());
    long last = found.segments().isEmpty() ? 0 : found.segments().getLast().lastIndex();
    DurableMark mark = DurableMark.open(options, logId, last);
    return new LogRecovery(logId, found.segments(), spares, mark);
  }

  /** Index of the last record, 0 for none. */
  long lastIndex() {
    return segments.isEmpty() ? 0 : segments.getLast().lastIndex();
  }

  private static List<Candidate> candidates(LogOptions options, SegmentShape shape)
      throws IOException {
    List<Candidate> candidates = new ArrayList<>();
    for (Path path : list(options)) {
      int number = shape.number(path.getFileName().toString());
      if (number >= 0) {
        FileChannel channel = options.files().open(path);
        if (channel.size() > 1 << 30) {
          throw new LogException(Kind.FOREIGN, path + " is larger than any segment");
        }
        var mapping = channel.map(MapMode.READ_WRITE, 0, channel.size());
        candidates.add(new Candidate(number, SegmentFile.of(path, channel, mapping)));
      }
    }
    candidates.sort(Comparator.comparingInt(Candidate::number));
    return candidates;
  }

  /** Deletes and erases what was cut off, so that it can never be taken for a part of the log. */
  private static void drop(Found found) throws IOException {
    for (SegmentFile file : found.dropped()) {
      file.channel().close();
      Files.delete(file.path());
    }
    if (found.dirtyBehindEnd()) {
      Segment last = found.segments().getLast();
      erase(last.map(), last.end());
    }
  }

  private static void erase(ByteBuffer map, int from) {
    for (int at = from; at < map.capacity(); at++) {
      if (map.get(at) != 0) {
        map.put(at, (byte) 0);
      }
    }
  }

  /**
   * Spare files may hold dropped records after a crash; only after a clean close are they sound.
   */
  private static void adoptSpares(LogOptions options, SpareSegments spares, boolean clean)
      throws IOException {
    for (Path path : list(options)) {
      boolean spare = path.getFileName().toString().endsWith(SpareSegments.READY);
      if (spare && clean) {
        spares.adopt(path);
      } else if (spare || LogIdentity.isUnfinished(path)) {
        Files.delete(path);
      }
    }
  }

  /**
   * Forces what was found. Pages that are not known to be on disk are made dirty first: the kernel
   * drops the mark of a page that it once failed to write, and would not write it again.
   */
  private static void makeDurable(LogOptions options, Found found, long knownDurable)
      throws IOException {
    for (Segment segment : found.segments()) {
      if (segment.lastIndex() > knownDurable) {
        ByteBuffer map = segment.map();
        for (int at = 0; at < Math.min(segment.end(), map.capacity()); at += PAGE_BYTES) {
          map.put(at, map.get(at));
        }
      }
      options.files().force(segment.file().channel(), segment.file().path(), true);
      segment.headerIsDurable();
    }
    options.files().forceDirectory(options.directory());
  }

  private static List<Path> list(LogOptions options) throws IOException {
    try (Stream<Path> entries = Files.list(options.directory())) {
      return entries.sorted().toList();
    }
  }
}
