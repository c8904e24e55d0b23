package io.holdfast.store.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.SyncMode;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.wire.DocumentContext;
import net.openhft.chronicle.wire.WireType;
import org.jspecify.annotations.Nullable;

/**
 * A log in a Chronicle queue: a cycle of the queue is a segment, a document a record.
 *
 * <p>Chronicle gives each record its place and publishes it; the bytes are written, checked, forced
 * and read through this package's own mapping and channel of the same file. Why: its {@code sync()}
 * hides errors, it unmaps chunks when it pleases, and its reader waits on a torn document. Its
 * files are allocated and filled with zeros under another name before it sees them, for it maps
 * sparse files, and a full disk would kill the process. Each life begins a new cycle in an empty
 * queue, so no write lock, listing or half a document of an earlier life is ever looked at.
 */
final class ChronicleLog extends SegmentedLog {
  /** Room for an index page, the end mark and the words around a document. */
  private static final int SLACK_BYTES = 8192;

  /** Chronicle's listing and lock, made anew at each opening, on allocated blocks like the rest. */
  private static final String METADATA = "metadata.cq4t";

  private static final int METADATA_BYTES = 128 << 10;

  static {
    System.setProperty("chronicle.analytics.disable", "true");
    System.setProperty("chronicle.disk.monitor.disable", "true");
    System.setProperty("chronicle.queue.disableFileShrinking", "true");
    System.setProperty("chronicle.announcer.disable", "true");
  }

  private final LogOptions options;
  private final SegmentCycle cycle = new SegmentCycle();
  private final SingleChronicleQueue queue;
  private final ExcerptAppender appender;
  private @Nullable DocumentContext document;
  private boolean writing;
  private int at;
  private int reserved;
  private final ByteBuffer zeros = ByteBuffer.allocateDirect(64 << 10);

  private ChronicleLog(LogOptions options, SegmentShape shape, LogRecovery recovered)
      throws IOException {
    super(options, shape, recovered);
    this.options = options;
    cycle.turnTo(recovered.segments().isEmpty() ? 0 : recovered.segments().getLast().number);
    queue =
        SingleChronicleQueueBuilder.builder(options.directory(), WireType.BINARY_LIGHT)
            .rollCycle(cycle)
            .timeProvider(cycle)
            .checkInterrupts(false)
            .syncMode(SyncMode.NONE)
            .blockSize(options.segmentBytes())
            .build();
    appender = queue.createAppender();
    // Opened on one thread, written on the shard's, closed on any: never two at a time.
    appender.singleThreadedCheckDisabled(true);
  }

  static ChronicleLog open(LogOptions options) throws IOException {
    SegmentShape shape = new ChronicleShape();
    LogRecovery recovered = LogRecovery.open(options, shape);
    hidePast(options, recovered.segments());
    ChronicleLog log = new ChronicleLog(options, shape, recovered);
    log.start();
    return log;
  }

  private static void hidePast(LogOptions options, List<Segment> segments) throws IOException {
    for (Segment segment : segments) {
      Path path = segment.file().path();
      String name = path.getFileName().toString();
      if (name.endsWith(SegmentCycle.SUFFIX)) {
        Path past = path.resolveSibling(ChronicleShape.pastName(name));
        Files.move(path, past, StandardCopyOption.ATOMIC_MOVE);
        segment.renamed(past);
      }
    }
    Path metadata = options.directory().resolve(METADATA);
    Files.deleteIfExists(metadata);
    try (FileChannel channel = options.files().open(metadata)) {
      options.files().allocate(channel, metadata, 0, METADATA_BYTES);
      options.files().force(channel, metadata, true);
    }
    options.files().forceDirectory(options.directory());
  }

  @Override
  void resume(Segment last) {
    // The first record begins a new segment, so that a log can be opened where the disk is full.
    writing = false;
  }

  @Override
  int begin(Segment segment) {
    cycle.turnTo(segment.number);
    writing = true;
    try (DocumentContext header = appender.writingDocument()) {
      Bytes<?> bytes = bytesOf(header);
      int start = RecordLayout.align((int) bytes.writePosition(), RecordLayout.ALIGNMENT);
      headerOf(segment).write(segment.map(), start);
      int end = ChronicleShape.documentEnd(start, SegmentHeader.BYTES);
      bytes.writePosition(end);
      return end;
    }
  }

  @Override
  boolean fits(int payload) {
    return writing && (long) current().end() + SLACK_BYTES + payload <= options.segmentBytes();
  }

  @Override
  int place(int maxPayload) {
    DocumentContext opened = appender.writingDocument();
    document = opened;
    at = RecordLayout.align((int) bytesOf(opened).writePosition(), RecordLayout.ALIGNMENT);
    reserved = maxPayload;
    return at;
  }

  @Override
  int commit(int length) {
    erase(at + RecordLayout.HEADER_BYTES + length, reserved - length);
    int end = ChronicleShape.documentEnd(at, RecordLayout.HEADER_BYTES + length);
    DocumentContext open = opened();
    // Chronicle grants a quarter of a segment; the whole segment is one mapping.
    bytesOf(open).writeLimit(options.segmentBytes()).writePosition(end);
    open.close();
    return end;
  }

  @Override
  void rollBack() {
    erase(at, RecordLayout.HEADER_BYTES + reserved);
    DocumentContext open = opened();
    open.rollbackOnClose();
    open.close();
  }

  /** Chronicle takes what is not zero for a document. */
  private void erase(int from, int bytes) {
    ByteBuffer map = current().map();
    for (int done = 0; done < bytes; ) {
      int slice = Math.min(bytes - done, zeros.capacity());
      map.put(from + done, zeros, 0, slice);
      done += slice;
    }
  }

  private DocumentContext opened() {
    DocumentContext open = document;
    if (open == null) {
      throw new IllegalStateException("no document is open");
    }
    document = null;
    return open;
  }

  private static Bytes<?> bytesOf(DocumentContext document) {
    var wire = document.wire();
    if (wire == null) {
      throw new IllegalStateException("a Chronicle document without bytes");
    }
    return wire.bytes();
  }

  @Override
  void shut() throws IOException {
    appender.close();
    queue.close();
  }
}
