package io.holdfast.tools.command;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.store.rows.RowImage;
import io.holdfast.store.rows.StoreException;
import io.holdfast.tools.snapshot.Image;
import io.holdfast.tools.snapshot.ImageFile;
import io.holdfast.tools.snapshot.Manifest;
import io.holdfast.tools.snapshot.Progress;
import io.holdfast.tools.snapshot.Repository;
import io.holdfast.tools.snapshot.SnapshotRange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Opens the images of snapshots, one after the other, as a restore will, and looks for their
 * ranges. Of an object store each is fetched into a temporary directory first. Blocks.
 */
final class ImageCheck {
  private final Repository repository;
  private final Progress progress;
  private final long totalBytes;
  private long doneBytes;

  private ImageCheck(Repository repository, List<Manifest> snapshots, Progress progress) {
    this.repository = repository;
    this.progress = progress;
    this.totalBytes =
        snapshots.stream().flatMap(one -> one.images().stream()).mapToLong(Image::bytes).sum();
  }

  /**
   * What is wrong with images; empty where all are as they should be.
   *
   * @param snapshots whose objects have been verified
   */
  static List<String> problems(Repository repository, List<Manifest> snapshots, Progress progress) {
    var check = new ImageCheck(repository, snapshots, progress);
    List<String> problems = new ArrayList<>();
    for (Manifest manifest : snapshots) {
      for (int i = 0; i < manifest.images().size(); i++) {
        problems.addAll(check.problems(manifest, i));
      }
    }
    return problems;
  }

  private List<String> problems(Manifest manifest, int image) {
    Path directory = temporary();
    String name = "image " + image + " of '" + manifest.name() + "'";
    try {
      place(manifest.images().get(image), directory);
      try (RowImage opened = RowImage.open(directory)) {
        return manifest.ranges().stream()
            .filter(range -> range.image() == image && opened.metadata(range.id()).isEmpty())
            .map(SnapshotRange::id)
            .map(range -> name + " does not have range " + range)
            .toList();
      }
    } catch (StoreException e) {
      return List.of(name + " does not open: " + e.getMessage());
    } catch (HoldfastException e) {
      if (e.code() != ErrorCode.SNAPSHOT_DAMAGED) {
        throw e;
      }
      return List.of(name + " does not open: " + e.getMessage());
    } finally {
      Directories.delete(directory);
    }
  }

  private void place(Image image, Path directory) {
    for (ImageFile file : image.files()) {
      long before = doneBytes;
      repository.place(
          file.object(),
          directory.resolve(file.name()),
          (done, unused) -> progress.at(before + done, totalBytes));
      doneBytes = before + file.object().bytes();
    }
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("holdfast-image-");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a temporary directory: " + e.getMessage(), e);
    }
  }
}
