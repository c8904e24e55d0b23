package io.holdfast.store.log;

import io.holdfast.model.FullDisk;
import io.holdfast.store.file.DurableFiles;
import io.holdfast.store.log.Segment.SegmentFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.agrona.BufferUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that wait to become segments, every block of them allocated, so that a write to their
 * mapping can meet no full disk. The syncer thread makes them, a slice at each sync, from files
 * that were released or anew; the shard thread takes them, and makes one itself where none waits.
 *
 * <p>A file under work is called {@code *.tmp} and means nothing after a crash; one that waits is
 * called {@code *.ready}.
 */
final class SpareSegments {
  private static final Logger log = LoggerFactory.getLogger(SpareSegments.class);

  static final String READY = ".ready";
  private static final int SLICE_BYTES = 4 << 20;

  private final Path directory;
  private final LogFiles files;
  private final SegmentShape shape;
  private final int blockBytes;
  private final int fileBytes;
  private final int wanted;
  private final ConcurrentLinkedQueue<SegmentFile> ready = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<SegmentFile> released = new ConcurrentLinkedQueue<>();
  private @Nullable Work work;
  private int serial;
  private boolean full;

  /** A file of which the first {@code done} bytes are zeros on allocated blocks. */
  private static final class Work {
    final SegmentFile file;
    int done;

    Work(SegmentFile file) {
      this.file = file;
    }
  }

  SpareSegments(LogOptions options, SegmentShape shape) {
    this.directory = options.directory();
    this.files = options.files();
    this.shape = shape;
    this.blockBytes = options.segmentBytes();
    this.fileBytes = shape.fileBytes(options.segmentBytes());
    this.wanted = options.spareSegments();
  }

  /** Takes in a file that waited when the log was last closed, or gives it up. */
  synchronized void adopt(Path path) throws IOException {
    if (Files.size(path) == fileBytes && ready.size() < wanted) {
      serial =
          Math.max(serial, 1 + Integer.parseInt(path.getFileName().toString().substring(0, 8)));
      FileChannel channel = files.open(path);
      ready.add(map(path, channel));
    } else {
      Files.delete(path);
    }
  }

  /**
   * A file of full size for the shard thread, its name not yet a segment's.
   *
   * @throws LogException DISK_FULL where there is none and none can be made
   */
  SegmentFile take() throws IOException {
    SegmentFile waiting = ready.poll();
    if (waiting == null) {
      waiting = makeNow();
    }
    return waiting;
  }

  private synchronized SegmentFile makeNow() throws IOException {
    recycle();
    SegmentFile waiting = ready.poll();
    while (waiting == null) {
      try {
        advance(blockBytes);
      } catch (IOException e) {
        throw fullOr(e);
      }
      waiting = ready.poll();
    }
    return waiting;
  }

  /** Gives a file to this: nothing in it is needed any more. Any thread. */
  void release(SegmentFile file) {
    released.add(file);
  }

  /**
   * Does a part of the work that is due. A full disk is not an error here: it is found again, and
   * told, by the thread that needs the room.
   *
   * @param fill how much of the segment being written is used, 0 to 1
   */
  synchronized void prepare(double fill) throws IOException {
    recycle();
    if (work == null && (!ready.isEmpty() || (full && files.freeBytes(directory) < fileBytes))) {
      return;
    }
    int done = work == null ? 0 : work.done;
    int due = ready.isEmpty() ? (int) (blockBytes * Math.min(1, 2 * fill)) - done : 0;
    try {
      advance(Math.max(due, SLICE_BYTES));
    } catch (IOException e) {
      LogException told = fullOr(e);
      log.warn("{}: no spare log segment: {}", directory, told.getMessage());
    }
  }

  /** Bytes of disk that are taken. */
  synchronized long diskBytes() {
    long waiting = (long) (ready.size() + released.size()) * blockBytes;
    return waiting + (work == null ? 0 : work.done);
  }

  /** Turns released files into spare ones as far as such are wanted, and deletes the rest. */
  private void recycle() throws IOException {
    for (SegmentFile file = released.peek(); file != null; file = released.peek()) {
      int kept = ready.size() + released.size() + (work == null ? 0 : 1);
      if (kept > wanted || file.map().capacity() != blockBytes) {
        released.remove();
        discard(file);
      } else if (!shape.startsZeroed()) {
        SegmentFile renamed = rename(file, READY);
        // On disk before it is written again: else a crash could bring the segment's old name back.
        files.forceDirectory(directory);
        released.remove();
        unmap(renamed);
        ready.add(map(renamed.path(), renamed.channel()));
      } else if (work == null) {
        SegmentFile renamed = rename(file, DurableFiles.UNFINISHED);
        files.forceDirectory(directory);
        released.remove();
        unmap(renamed);
        work = new Work(unmapped(renamed.path(), renamed.channel()));
      } else {
        return;
      }
    }
  }

  private void advance(int bytes) throws IOException {
    Work current = work;
    if (current == null) {
      current = new Work(create());
      work = current;
    }
    int slice = Math.min(bytes, blockBytes - current.done);
    SegmentFile file = current.file;
    files.allocate(file.channel(), file.path(), current.done, slice);
    current.done += slice;
    boolean last = current.done == blockBytes;
    if (last && fileBytes > blockBytes && file.channel().size() < fileBytes) {
      files.allocate(file.channel(), file.path(), fileBytes - 1, 1);
    }
    files.force(file.channel(), file.path(), last);
    if (last) {
      SegmentFile renamed = rename(file, READY);
      files.forceDirectory(directory);
      work = null;
      full = false;
      ready.add(map(renamed.path(), file.channel()));
    }
  }

  private SegmentFile create() throws IOException {
    Path path = named(DurableFiles.UNFINISHED);
    FileChannel channel = files.open(path);
    channel.truncate(0);
    return unmapped(path, channel);
  }

  private static SegmentFile unmapped(Path path, FileChannel channel) throws IOException {
    return SegmentFile.of(path, channel, channel.map(MapMode.READ_WRITE, 0, 0));
  }

  /**
   * A file is mapped anew for each use: pages of a mapping that was forced are protected one by
   * one, and each then costs a fault of several microseconds when it is written again, where a new
   * mapping takes whole folios at a time (0.7 against 8 GB/s, measured on Linux 6.18, ext4).
   */
  private static void unmap(SegmentFile file) {
    if (file.map().capacity() > 0) {
      BufferUtil.free(file.map());
    }
  }

  private SegmentFile map(Path path, FileChannel channel) throws IOException {
    return SegmentFile.of(path, channel, channel.map(MapMode.READ_WRITE, 0, blockBytes));
  }

  private SegmentFile rename(SegmentFile file, String suffix) throws IOException {
    Path path = named(suffix);
    Files.move(file.path(), path, StandardCopyOption.ATOMIC_MOVE);
    return file.at(path);
  }

  private Path named(String suffix) {
    return directory.resolve(String.format(Locale.ROOT, "%08d%s", serial++, suffix));
  }

  /** Turns "no space left" into DISK_FULL, giving back what was taken; rethrows anything else. */
  private LogException fullOr(IOException cause) throws IOException {
    if (!FullDisk.isMeantBy(cause)) {
      throw cause;
    }
    full = true;
    if (work != null) {
      discard(work.file);
      work = null;
    }
    return new LogException(
        LogException.Kind.DISK_FULL,
        "no room for a log segment of "
            + fileBytes
            + " bytes in "
            + directory
            + ": free some space; the log goes on then",
        cause);
  }

  private void discard(SegmentFile file) throws IOException {
    Path unfinished = named(DurableFiles.UNFINISHED);
    Files.move(file.path(), unfinished, StandardCopyOption.ATOMIC_MOVE);
    unmap(file);
    file.channel().truncate(0);
    file.channel().close();
    Files.delete(unfinished);
  }

  synchronized void close() throws IOException {
    recycle();
    if (work != null) {
      discard(work.file);
      work = null;
    }
    for (SegmentFile file = ready.poll(); file != null; file = ready.poll()) {
      file.channel().close();
    }
  }
}
