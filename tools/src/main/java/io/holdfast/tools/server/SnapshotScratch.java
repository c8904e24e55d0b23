package io.holdfast.tools.server;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.FullDisk;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.store.rows.JoinedExport;
import io.holdfast.store.rows.RowExport;
import io.holdfast.store.rows.RowImage;
import io.holdfast.tools.snapshot.Manifest;
import io.holdfast.tools.snapshot.Repository;
import io.holdfast.tools.snapshot.RepositoryOptions;
import io.holdfast.tools.snapshot.SnapshotRange;
import io.holdfast.v1.ImportRangesRequest;
import io.holdfast.v1.Range;
import io.holdfast.wire.Definitions;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The place in a node's data directory where images of snapshots lie while ranges are taken out of
 * them: each fetched once, verified, and deleted when no range needs it any more.
 */
final class SnapshotScratch {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotScratch.class);

  private final Path root;
  private final LongSupplier freeBytes;
  private final long reserveBytes;

  /**
   * Removes what a crash has left.
   *
   * @param root holds nothing else; made when it is needed
   * @param freeBytes of its disk
   * @param reserveBytes that are to stay free
   */
  SnapshotScratch(Path root, LongSupplier freeBytes, long reserveBytes) {
    this.root = root;
    this.freeBytes = freeBytes;
    this.reserveBytes = reserveBytes;
    delete(root);
  }

  /**
   * Opens the snapshot that is named. Blocks.
   *
   * @throws HoldfastException as {@link Repository#open} and {@link Repository#read}
   */
  Images open(ImportRangesRequest request) {
    var options =
        RepositoryOptions.DEFAULT
            .withEndpoint(request.getEndpoint())
            .withBytesPerSecond(request.getBytesPerSecond());
    var repository = Repository.open(request.getTarget(), options);
    try {
      var manifest = repository.read(request.getSnapshot());
      if (!manifest.taken().equals(request.getTaken())) {
        throw replaced(manifest);
      }
      Files.createDirectories(root);
      return new Images(repository, manifest, Files.createTempDirectory(root, "image-"));
    } catch (IOException e) {
      repository.close();
      throw unwritable(e);
    } catch (RuntimeException e) {
      repository.close();
      throw e;
    }
  }

  private static HoldfastException replaced(Manifest manifest) {
    return new HoldfastException(
        ErrorCode.SNAPSHOT_DAMAGED,
        "snapshot '"
            + manifest.name()
            + "' has been replaced since the restore began: restore again");
  }

  private HoldfastException unwritable(IOException e) {
    boolean isFull = FullDisk.isMeantBy(e);
    return new HoldfastException(
        isFull ? ErrorCode.DISK_FULL : ErrorCode.STORE_FAILED,
        root
            + " cannot be written to ("
            + e
            + "): "
            + (isFull ? "free some space" : "see to the disk")
            + ", and restore again",
        e);
  }

  private static void delete(Path directory) {
    if (!Files.exists(directory)) {
      return;
    }
    try (var all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("{} is not removed, the next start does it: {}", directory, e.getMessage());
    }
  }

  /** The images that one call needs. For one thread; {@link #rows} for any. */
  final class Images implements AutoCloseable {
    private final Repository repository;
    private final Manifest manifest;
    private final Path directory;
    private final Map<Integer, RowImage> opened = new HashMap<>();
    private long totalBytes;
    private long fetchedBytes;

    private Images(Repository repository, Manifest manifest, Path directory) {
      this.repository = repository;
      this.manifest = manifest;
      this.directory = directory;
    }

    /** The ranges of the snapshot that a range is made of, in order of their keys. */
    private List<SnapshotRange> sources(Range range) {
      var keys = Definitions.fromProto(range);
      int origin = range.getAncestors(range.getAncestorsCount() - 1);
      var first =
          manifest.ranges().stream()
              .filter(source -> source.id() == origin)
              .findFirst()
              .orElseThrow(() -> replaced(manifest));
      return manifest.ranges(first.job(), first.table()).stream()
          .filter(source -> first.home() || overlap(source.keys(), keys))
          .toList();
    }

    private HoldfastException missing(SnapshotRange source) {
      return new HoldfastException(
          ErrorCode.SNAPSHOT_DAMAGED,
          "image "
              + source.image()
              + " of snapshot '"
              + manifest.name()
              + "' does not have range "
              + source.id()
              + ": use another snapshot");
    }

    int firstImage(Range range) {
      return sources(range).getFirst().image();
    }

    private SortedSet<Integer> imagesOf(List<Range> ranges) {
      var images = new TreeSet<Integer>();
      ranges.forEach(range -> sources(range).forEach(source -> images.add(source.image())));
      return images;
    }

    /**
     * Notes what will be needed.
     *
     * @throws HoldfastException DISK_FULL where images and ranges would not have room
     */
    void require(List<Range> ranges) {
      for (int image : imagesOf(ranges)) {
        totalBytes += manifest.images().get(image).bytes();
      }
      long rows = 0;
      for (var range : ranges) {
        for (var source : sources(range)) {
          rows += share(source, range);
        }
      }
      long free = freeBytes.getAsLong();
      if (free - totalBytes - rows < reserveBytes) {
        throw new HoldfastException(
            ErrorCode.DISK_FULL,
            "images of "
                + totalBytes
                + " bytes and ranges of about "
                + rows
                + " would leave less than "
                + reserveBytes
                + " bytes at "
                + root
                + ", where "
                + free
                + " are free: free some space, or add nodes");
      }
    }

    /** Bytes of a source that are a range's, as if its keys were evenly filled. */
    private static long share(SnapshotRange source, Range range) {
      double whole = size(source.keys());
      var keys = Definitions.fromProto(range);
      double start = Math.max(unsigned(source.keys().start()), unsigned(keys.start()));
      double end = Math.min(start(source.keys()) + whole, start(keys) + size(keys));
      return whole <= 0 ? 0 : (long) (source.bytes() * Math.clamp((end - start) / whole, 0, 1));
    }

    private static double start(KeyRange keys) {
      return unsigned(keys.start());
    }

    private static double size(KeyRange keys) {
      return keys.end() == 0
          ? 0x1p64 - unsigned(keys.start())
          : unsigned(keys.end()) - unsigned(keys.start());
    }

    private static double unsigned(long key) {
      return (key >>> 1) * 2.0 + (key & 1);
    }

    private static boolean overlap(KeyRange a, KeyRange b) {
      return a.isBeforeEnd(b.start()) && b.isBeforeEnd(a.start());
    }

    long totalBytes() {
      return totalBytes;
    }

    long fetchedBytes() {
      return fetchedBytes;
    }

    /**
     * Sees to it that the images of a range are there, whole.
     *
     * @param progress told how much has been fetched by this call and earlier ones; where it throws
     *     the fetching ends
     * @throws HoldfastException SNAPSHOT_DAMAGED, TARGET_UNAVAILABLE
     */
    void fetch(Range range, LongConsumer progress) {
      for (var source : sources(range)) {
        if (!opened.containsKey(source.image())) {
          opened.put(source.image(), fetch(source.image(), progress));
        }
      }
    }

    private RowImage fetch(int image, LongConsumer progress) {
      Path place = directory.resolve(Integer.toString(image));
      try {
        Files.createDirectory(place);
      } catch (IOException e) {
        throw unwritable(e);
      }
      for (var file : manifest.images().get(image).files()) {
        long before = fetchedBytes;
        repository.get(
            file.object(),
            place.resolve(file.name()),
            (done, total) -> progress.accept(before + done));
        fetchedBytes = before + file.object().bytes();
      }
      return RowImage.open(place);
    }

    /** The rows of a range. */
    RowExport rows(Range range, KeyRange keys) {
      var parts = new ArrayList<RowExport>();
      boolean whole = false;
      try {
        for (var source : sources(range)) {
          var image = opened.get(source.image());
          if (image == null) {
            throw new IllegalStateException("image " + source.image() + " is not here");
          }
          parts.add(
              image
                  .export(source.id(), within(source.keys(), keys))
                  .orElseThrow(() -> missing(source)));
        }
        whole = true;
        return new JoinedExport(parts);
      } finally {
        if (!whole) {
          parts.forEach(RowExport::close);
        }
      }
    }

    private static KeyRange within(KeyRange source, KeyRange keys) {
      long start =
          Long.compareUnsigned(source.start(), keys.start()) > 0 ? source.start() : keys.start();
      boolean sourceEnds =
          source.end() != 0
              && (keys.end() == 0 || Long.compareUnsigned(source.end(), keys.end()) < 0);
      return new KeyRange(start, sourceEnds ? source.end() : keys.end());
    }

    /** Pushes of a range that wait for their clock: objects as they are. Blocks. */
    List<byte[]> held(Range range) {
      var held = new ArrayList<byte[]>();
      for (var source : sources(range)) {
        var pushes = source.held();
        if (pushes != null) {
          try (InputStream in = repository.open(pushes.object())) {
            held.add(in.readAllBytes());
          } catch (IOException e) {
            throw new HoldfastException(
                ErrorCode.TARGET_UNAVAILABLE,
                "held pushes of range " + source.id() + " cannot be read: " + e.getMessage(),
                e);
          }
        }
      }
      return held;
    }

    /** Deletes images that no range needs any more. */
    void release(List<Range> stillNeeded) {
      var needed = imagesOf(stillNeeded);
      for (int image : List.copyOf(opened.keySet())) {
        var unneeded = needed.contains(image) ? null : opened.remove(image);
        if (unneeded != null) {
          unneeded.close();
          delete(directory.resolve(Integer.toString(image)));
        }
      }
    }

    /** Deletes all of them. */
    @Override
    public void close() {
      opened.values().forEach(RowImage::close);
      delete(directory);
      repository.close();
    }
  }
}
