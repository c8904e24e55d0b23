package io.holdfast.tools.server;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.FullDisk;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.shard.HeldRecords;
import io.holdfast.replication.shard.RangeCapture;
import io.holdfast.store.rows.StoreImage;
import io.holdfast.store.rows.StoreImage.ImageFile;
import io.holdfast.tools.snapshot.Repository;
import io.holdfast.tools.snapshot.Stored;
import io.holdfast.tools.snapshot.StoredObject;
import io.holdfast.v1.CapturedFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Writes files of this node's images into targets, and remembers what is in its sorted files, which
 * never change: they are read once. Any thread; one image at a time goes out, so that the next
 * finds what they have in common. Calls block.
 */
final class ImageStorer {
  private final String storeId;
  private final Map<String, StoredObject> known = new ConcurrentHashMap<>();
  private final Semaphore writing = new Semaphore(1, true);

  ImageStorer(String storeId) {
    this.storeId = storeId;
  }

  String storeId() {
    return storeId;
  }

  /** Under which the store has a file's content for ever; empty where it may write to it. */
  private static String origin(ImageFile file) {
    return file.isSorted() ? file.name() : "";
  }

  /** Of all files, those that images have in common once. */
  static long bytes(List<StoreImage> images) {
    long bytes = 0;
    for (var image : images) {
      for (var file : image.files()) {
        bytes += file.bytes();
      }
    }
    return bytes;
  }

  /** Forgets files that none of these images has. */
  void keepOnly(List<StoreImage> images) {
    Set<String> now = new HashSet<>();
    images.forEach(image -> image.files().forEach(file -> now.add(origin(file))));
    known.keySet().retainAll(now);
  }

  /**
   * Writes what the target does not have.
   *
   * @throws CancellationException where {@code progress} says that nobody wants it any more
   */
  List<CapturedFile> store(
      Repository repository, StoreImage image, CaptureProgressSender progress) {
    acquire();
    try {
      var files = new ArrayList<CapturedFile>();
      var smallFirst = new ArrayList<>(image.files());
      smallFirst.sort(Comparator.comparingLong(ImageFile::bytes));
      for (var file : smallFirst) {
        var stored = store(repository, file, progress);
        progress.done(file.bytes(), stored.isNew());
        files.add(describe(file.name(), stored).setOrigin(origin(file)).build());
      }
      return files;
    } finally {
      writing.release();
    }
  }

  private void acquire() {
    try {
      writing.acquire();
    } catch (InterruptedException e) {
      throw new CancellationException();
    }
  }

  private Stored store(Repository repository, ImageFile file, CaptureProgressSender progress) {
    String origin = origin(file);
    if (origin.isEmpty()) {
      return repository.put(file.path(), progress);
    }
    var before = known.get(origin);
    if (before == null) {
      before = repository.known(storeId, origin, file.bytes());
    }
    var stored =
        before != null && before.bytes() == file.bytes() && repository.has(before)
            ? new Stored(before, false)
            : repository.put(file.path(), progress);
    known.put(origin, stored.object());
    return stored;
  }

  private static CapturedFile.Builder describe(String name, Stored stored) {
    return CapturedFile.newBuilder()
        .setName(name)
        .setSha256(stored.object().sha256())
        .setBytes(stored.object().bytes())
        .setSent(stored.isNew());
  }

  /**
   * Writes the pushes that a range held.
   *
   * @param image beside whose files they are put together
   * @return null where there are none
   */
  @Nullable CapturedFile hold(Repository repository, StoreImage image, RangeCapture capture) {
    if (capture.heldCount() == 0) {
      return null;
    }
    Path file = image.directory().resolve("held-" + Integer.toUnsignedString(capture.range()));
    try {
      write(file, capture);
      var stored = repository.put(file, (done, total) -> {});
      return describe("held", stored).setRecords(capture.heldCount()).build();
    } catch (IOException e) {
      throw new HoldfastException(
          FullDisk.isMeantBy(e) ? ErrorCode.DISK_FULL : ErrorCode.STORE_FAILED,
          "cannot write " + file + " (" + e + "): free some space",
          e);
    } finally {
      deleteQuietly(file);
    }
  }

  private static void write(Path file, RangeCapture capture) throws IOException {
    var length = ByteBuffer.allocate(HeldRecords.LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (var out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (int i = 0; i < capture.heldCount(); i++) {
        var record = capture.held(i);
        writeFully(out, length.clear().putInt(record.remaining()).flip());
        writeFully(out, record);
      }
    }
  }

  private static void writeFully(FileChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // It goes with the image.
    }
  }
}
