package io.holdfast.store.log;

import io.holdfast.store.log.LogException.Kind;
import io.holdfast.store.log.Segment.SegmentFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A log as a row of segments: what both kinds of log share. A kind says where in a segment the next
 * record goes ({@link #place}) and what else is to be written with it.
 *
 * <p>The shard thread owns the segments' content and the list of them; the syncer thread reads the
 * list through a volatile field and forces files. A record is published to it by {@link
 * #lastIndex}.
 */
abstract class SegmentedLog implements ShardLog {
  private final LogOptions options;
  private final SegmentShape shape;
  private final byte[] logId;
  private final RecordLayout layout;
  private final SpareSegments spares;
  private final DurableMark mark;
  private final Room room = new Room();

  private volatile Segment[] segments;
  private volatile long lastIndex;
  private volatile long durableIndex;
  private volatile boolean namesDirty;
  private volatile @Nullable LogException failure;
  private volatile boolean closed;
  private boolean appending;

  SegmentedLog(LogOptions options, SegmentShape shape, LogRecovery recovered) {
    this.options = options;
    this.shape = shape;
    this.logId = recovered.logId();
    this.layout = new RecordLayout(logId);
    this.spares = recovered.spares();
    this.mark = recovered.mark();
    this.segments = recovered.segments().toArray(Segment[]::new);
    this.lastIndex = recovered.lastIndex();
    this.durableIndex = lastIndex;
  }

  /** Goes on behind the records that a segment of an earlier life holds. */
  abstract void resume(Segment last) throws IOException;

  /** Makes {@code segment}, new and empty, the one that is written; its cursor is the result. */
  abstract int begin(Segment segment) throws IOException;

  /** Whether a record with a payload of this many bytes has room in the current segment. */
  abstract boolean fits(int payload);

  /** Position for the next record in the current segment. */
  abstract int place(int maxPayload);

  /** The record at the place given last has been written; returns the cursor behind it. */
  abstract int commit(int length);

  /** The place given last is given back. */
  abstract void rollBack();

  /** Frees everything that the kind holds beside the segments. */
  abstract void shut() throws IOException;

  /** Makes the log ready, the last thing that opening does. */
  final void start() throws IOException {
    try {
      if (segments.length == 0) {
        roll();
      } else {
        resume(current());
      }
      forceAll();
    } catch (IOException | RuntimeException e) {
      closed = true;
      closeFiles();
      throw e;
    }
  }

  final Segment current() {
    Segment[] all = segments;
    return all[all.length - 1];
  }

  @Override
  public final Reservation reserve(int maxPayload) {
    check();
    if (maxPayload < 0 || maxPayload > options.maxPayload()) {
      throw new IllegalArgumentException(
          "a payload of " + maxPayload + " bytes; at most " + options.maxPayload());
    }
    if (room.open) {
      throw new IllegalStateException("the last reservation was neither appended nor abandoned");
    }
    appending = true;
    try {
      if (!fits(maxPayload)) {
        roll();
      }
      room.place(current(), place(maxPayload), maxPayload);
      return room;
    } catch (LogException e) {
      throw e;
    } catch (IOException | RuntimeException | InternalError e) {
      throw fail(e);
    }
  }

  /** Puts a new segment behind the last one; nothing has changed where this throws DISK_FULL. */
  final void roll() throws IOException {
    SegmentFile spare = spares.take();
    Segment[] all = segments;
    int number = all.length == 0 ? 1 : current().number + 1;
    Path path = options.directory().resolve(shape.fileName(number));
    Files.move(spare.path(), path, StandardCopyOption.ATOMIC_MOVE);
    namesDirty = true;
    SegmentFile file = spare.at(path);
    Segment next = new Segment(number, lastIndex + 1, file, 0);
    next.startsAt(begin(next));
    Segment[] longer = Arrays.copyOf(all, all.length + 1);
    longer[all.length] = next;
    segments = longer;
  }

  final SegmentHeader headerOf(Segment segment) {
    return new SegmentHeader(
        logId, shape.kind(), options.shard(), segment.number, segment.firstIndex);
  }

  @Override
  public final int maxPayload() {
    return options.maxPayload();
  }

  @Override
  public final long lastIndex() {
    return lastIndex;
  }

  @Override
  public final long durableIndex() {
    return durableIndex;
  }

  @Override
  public final long sync() {
    check();
    try {
      forceAll();
      prepareNext();
      return durableIndex;
    } catch (IOException e) {
      throw fail(e);
    }
  }

  private void forceAll() throws IOException {
    // The order of these two reads: a record counted here is in one of the segments read next.
    long target = lastIndex;
    Segment[] all = segments;
    boolean forced = false;
    for (Segment segment : all) {
      if (!segment.headerDurable() || segment.lastIndex() > durableIndex) {
        options.files().force(segment.file().channel(), segment.file().path(), false);
        forced = true;
      }
    }
    if (namesDirty) {
      namesDirty = false;
      options.files().forceDirectory(options.directory());
    }
    for (Segment segment : all) {
      segment.headerIsDurable();
    }
    durableIndex = target;
    if (forced) {
      mark.write(target, false);
    }
  }

  private void prepareNext() throws IOException {
    Segment[] all = segments;
    Segment current = all[all.length - 1];
    spares.prepare((double) current.end() / current.file().map().capacity());
  }

  @Override
  public final void replay(long fromIndex, Consumer<LogRecord> visitor) {
    check();
    if (appending) {
      throw new IllegalStateException("the log is replayed before it is appended to");
    }
    for (Segment segment : segments) {
      if (segment.lastIndex() >= Math.max(fromIndex, segment.firstIndex)) {
        replay(segment, Math.max(fromIndex, segment.firstIndex), visitor);
      }
    }
  }

  private void replay(Segment segment, long from, Consumer<LogRecord> visitor) {
    ByteBuffer map = segment.map();
    int at = segment.positionBefore(from);
    for (long index = segment.indexBefore(from); index <= segment.lastIndex(); index++) {
      int length = RecordLayout.payloadLength(map, at);
      if (index >= from) {
        visitor.accept(segment.record(RecordLayout.header(map, at), index, at, length));
      }
      at = shape.recordAt(map, shape.cursorAfter(at, length));
    }
  }

  @Override
  public final void release(long beforeIndex) {
    check();
    Segment[] all = segments;
    int given = 0;
    // The oldest segment kept must be found again after any crash: see LogScan.
    while (given + 1 < all.length
        && all[given + 1].firstIndex <= beforeIndex
        && all[given + 1].headerDurable()) {
      given++;
    }
    if (given == 0) {
      return;
    }
    segments = Arrays.copyOfRange(all, given, all.length);
    for (int i = 0; i < given; i++) {
      spares.release(all[i].file());
    }
  }

  @Override
  public final long firstIndex() {
    return segments[0].firstIndex;
  }

  @Override
  public final long bytesFrom(long fromIndex) {
    long bytes = 0;
    for (Segment segment : segments) {
      bytes += segment.bytesFrom(Math.max(fromIndex, segment.firstIndex));
    }
    return bytes;
  }

  @Override
  public final long diskBytes() {
    long bytes = spares.diskBytes();
    for (Segment segment : segments) {
      bytes += segment.file().map().capacity();
    }
    return bytes;
  }

  @Override
  public final void close() {
    if (closed) {
      return;
    }
    try {
      if (failure == null) {
        forceAll();
        mark.write(durableIndex, true);
        mark.force();
      }
    } catch (IOException e) {
      throw fail(e);
    } finally {
      closed = true;
      closeFiles();
    }
  }

  private void closeFiles() {
    try {
      shut();
      spares.close();
      mark.close();
      for (Segment segment : segments) {
        segment.file().channel().close();
      }
    } catch (IOException e) {
      throw fail(e);
    }
  }

  final LogException fail(Throwable cause) {
    LogException first = failure;
    if (first == null) {
      first =
          new LogException(
              Kind.FAILED,
              "the log in "
                  + options.directory()
                  + " has stopped for good: "
                  + cause
                  + ". Restart the node once the disk is sound",
              cause);
      failure = first;
    }
    return first;
  }

  private void check() {
    LogException first = failure;
    if (first != null) {
      throw new LogException(Kind.FAILED, String.valueOf(first.getMessage()), first.getCause());
    }
    if (closed) {
      throw new IllegalStateException("the log in " + options.directory() + " is closed");
    }
  }

  /** The one reservation, made again and again. */
  private final class Room implements Reservation {
    private boolean open;
    private @Nullable Segment segment;
    private int at;
    private ByteBuffer payload = ByteBuffer.allocate(0);

    void place(Segment newSegment, int newAt, int maxPayload) {
      segment = newSegment;
      at = newAt;
      payload =
          newSegment
              .map()
              .slice(newAt + RecordLayout.HEADER_BYTES, maxPayload)
              .order(ByteOrder.LITTLE_ENDIAN);
      open = true;
    }

    private Segment end() {
      Segment current = segment;
      if (!open || current == null) {
        throw new IllegalStateException("this reservation was appended or abandoned before");
      }
      return current;
    }

    @Override
    public ByteBuffer payload() {
      end();
      return payload;
    }

    @Override
    public LogRecord append(RecordHeader header, int length) {
      Segment current = end();
      if (length < 0 || length > payload.capacity() || header.type() < 1) {
        throw new IllegalArgumentException(
            "type " + header.type() + ", " + length + " of " + payload.capacity() + " bytes");
      }
      check();
      open = false;
      long index = lastIndex + 1;
      try {
        layout.seal(current.map(), at, length, index, durableIndex, header);
        current.appended(at, commit(length));
      } catch (RuntimeException | InternalError e) {
        throw fail(e);
      }
      lastIndex = index;
      return current.record(header, index, at, length);
    }

    @Override
    public void abandon() {
      end();
      open = false;
      try {
        rollBack();
      } catch (RuntimeException | InternalError e) {
        throw fail(e);
      }
    }
  }
}
