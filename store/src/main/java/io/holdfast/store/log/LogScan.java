package io.holdfast.store.log;

import io.holdfast.store.log.LogException.Kind;
import io.holdfast.store.log.Segment.SegmentFile;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the segments of a log that is being opened and tells what of them is the log (rule P23).
 *
 * <p>Records are walked in order. At the first that does not verify, or is not the next by its
 * index, the log ends - unless something says that this record had once been durable: a sound
 * record further on that was appended when it was, or the durable mark. Then the log is corrupt.
 * Else the damage is what a crash leaves of writes that had not been synced, which reach the disk
 * in any order, and all that follows is dropped. Changes nothing.
 */
final class LogScan {
  private final SegmentShape shape;
  private final byte[] logId;
  private final RecordLayout layout;
  private final DurableMark.Content mark;
  private final List<Candidate> candidates;
  private final List<Segment> segments = new ArrayList<>();
  private int visited;
  private boolean dirtyBehindEnd;

  /** A file that may be a segment of the log. */
  record Candidate(int number, SegmentFile file) {}

  /**
   * The log.
   *
   * @param segments that are its, in order; the last one's end is where it was cut
   * @param dropped files that hold nothing but what was cut off
   * @param dirtyBehindEnd sound records follow the end in the last segment: they must be erased
   */
  record Found(List<Segment> segments, List<SegmentFile> dropped, boolean dirtyBehindEnd) {}

  LogScan(SegmentShape shape, byte[] logId, DurableMark.Content mark, List<Candidate> candidates) {
    this.shape = shape;
    this.logId = logId;
    this.layout = new RecordLayout(logId);
    this.mark = mark;
    this.candidates = candidates;
  }

  Found scan() {
    if (candidates.isEmpty()) {
      if (mark.durableIndex() > 0) {
        throw corrupt("the log's directory", 0, 1, "the durable mark");
      }
      return new Found(List.of(), List.of(), false);
    }
    Candidate first = candidates.get(0);
    requireOwnHeader(first);
    long next = walk(first);
    while (visited + 1 < candidates.size() && startsWith(candidates.get(visited + 1), next)) {
      visited++;
      next = walk(candidates.get(visited));
    }
    if (!mark.clean() || mark.durableIndex() + 1 != next) {
      judgeEnd(next);
    }
    return new Found(
        List.copyOf(segments),
        candidates.subList(visited + 1, candidates.size()).stream().map(Candidate::file).toList(),
        dirtyBehindEnd);
  }

  /** The first segment's header was made durable before the one before it was given up. */
  private void requireOwnHeader(Candidate first) {
    ByteBuffer map = first.file().map();
    int at = shape.headerAt(map);
    if (at >= 0 && SegmentHeader.verifies(map, at, logId, shape.kind(), first.number())) {
      return;
    }
    String file = first.file().path().toString();
    if (SegmentHeader.sound(map, at)) {
      throw new LogException(
          Kind.FOREIGN, file + " belongs to another log: put the log's own files back");
    }
    throw corrupt(file, Math.max(at, 0), 0, "it is the oldest segment held, whose header");
  }

  private boolean startsWith(Candidate candidate, long index) {
    ByteBuffer map = candidate.file().map();
    int at = shape.headerAt(map);
    return at >= 0
        && SegmentHeader.verifies(map, at, logId, shape.kind(), candidate.number())
        && SegmentHeader.firstIndex(map, at) == index;
  }

  /** Takes the records of a segment whose header is sound; returns the next index. */
  private long walk(Candidate candidate) {
    ByteBuffer map = candidate.file().map();
    long next = SegmentHeader.firstIndex(map, shape.headerAt(map));
    int cursor = shape.firstCursor(map);
    Segment segment = new Segment(candidate.number(), next, candidate.file(), cursor);
    segments.add(segment);
    while (true) {
      int at = shape.recordAt(map, cursor);
      if (at < 0 || RecordLayout.index(map, at) != next || !layout.verifies(map, at)) {
        return next;
      }
      cursor = shape.cursorAfter(at, RecordLayout.payloadLength(map, at));
      segment.appended(at, cursor);
      next++;
    }
  }

  /** Throws where the record with index {@code next}, which is not there, had been durable. */
  private void judgeEnd(long next) {
    Segment last = segments.get(segments.size() - 1);
    if (mark.durableIndex() >= next) {
      throw corrupt(last.file().path().toString(), last.end(), next, "the durable mark");
    }
    dirtyBehindEnd = search(last, last.file(), last.end(), next);
    for (Candidate later : candidates.subList(visited + 1, candidates.size())) {
      search(last, later.file(), 0, next);
    }
  }

  /** Whether sound records with greater indexes follow; throws where one proves corruption. */
  private boolean search(Segment last, SegmentFile file, int from, long next) {
    ByteBuffer map = file.map();
    boolean found = false;
    int end = map.capacity() - RecordLayout.HEADER_BYTES;
    for (int at = RecordLayout.align(from, RecordLayout.ALIGNMENT);
        at <= end;
        at += RecordLayout.ALIGNMENT) {
      long index = RecordLayout.index(map, at);
      if (index < next || index - next > Integer.MAX_VALUE || !layout.verifies(map, at)) {
        continue;
      }
      found = true;
      if (RecordLayout.durableIndex(map, at) >= next) {
        String witness =
            "the sound record " + index + " at " + file.path().getFileName() + " offset " + at;
        throw corrupt(last.file().path().toString(), last.end(), next, witness);
      }
    }
    return found;
  }

  private static LogException corrupt(String file, int offset, long index, String witness) {
    return new LogException(
        Kind.CORRUPT,
        file
            + " offset "
            + offset
            + (index > 0 ? ": record " + index : ": the segment header")
            + " cannot be read, but "
            + witness
            + " says that it had been durable. Nothing was changed. Keep the directory for"
            + " inspection, and let this node copy its ranges from their other replicas into a new"
            + " data directory; with no other replica, restore a snapshot");
  }
}
