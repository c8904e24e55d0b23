package io.holdfast.tools.capture;

import io.holdfast.tools.server.Release;
import io.holdfast.tools.snapshot.HeldPushes;
import io.holdfast.tools.snapshot.Image;
import io.holdfast.tools.snapshot.ImageFile;
import io.holdfast.tools.snapshot.Manifest;
import io.holdfast.tools.snapshot.SnapshotJob;
import io.holdfast.tools.snapshot.SnapshotRange;
import io.holdfast.tools.snapshot.SnapshotTable;
import io.holdfast.tools.snapshot.StoredObject;
import io.holdfast.tools.snapshot.Totals;
import io.holdfast.tools.snapshot.WorkerClock;
import io.holdfast.v1.CapturedFile;
import io.holdfast.v1.CapturedImage;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Puts the manifest together from what nodes said. */
final class ManifestDraft {
  private ManifestDraft() {}

  static Manifest of(
      CaptureOptions options,
      Instant begun,
      long millis,
      WantedRanges map,
      Collection<CapturePart> parts) {
    Map<CapturedImage, Integer> images = new LinkedHashMap<>();
    Map<StoredObject, Boolean> objects = new LinkedHashMap<>();
    var ranges = new ArrayList<SnapshotRange>();
    parts.stream()
        .sorted(Comparator.comparingInt(part -> part.wanted().id()))
        .forEach(
            part -> {
              images.putIfAbsent(part.image(), images.size());
              ranges.add(range(part, images.getOrDefault(part.image(), 0)));
              count(objects, part.captured().getHeld());
            });
    images.keySet().forEach(image -> image.getFilesList().forEach(file -> count(objects, file)));
    return new Manifest(
        options.name(),
        begun.truncatedTo(ChronoUnit.MILLIS).toString(),
        options.cluster(),
        Release.version(),
        options.clock(),
        map.jobs().stream().map(SnapshotJob::of).toList(),
        map.tables().stream().map(SnapshotTable::of).toList(),
        ranges,
        images.keySet().stream().map(ManifestDraft::image).toList(),
        totals(objects, millis));
  }

  private static void count(Map<StoredObject, Boolean> objects, CapturedFile file) {
    if (!file.getSha256().isEmpty()) {
      objects.merge(object(file), file.getSent(), Boolean::logicalOr);
    }
  }

  private static Totals totals(Map<StoredObject, Boolean> objects, long millis) {
    long bytes = 0;
    long newBytes = 0;
    int newObjects = 0;
    for (var object : objects.entrySet()) {
      bytes += object.getKey().bytes();
      newBytes += object.getValue() ? object.getKey().bytes() : 0;
      newObjects += object.getValue() ? 1 : 0;
    }
    return new Totals(bytes, objects.size(), newBytes, newObjects, millis);
  }

  private static StoredObject object(CapturedFile file) {
    return new StoredObject(file.getSha256(), file.getBytes());
  }

  private static Image image(CapturedImage image) {
    var files = new ArrayList<ImageFile>();
    for (var file : image.getFilesList()) {
      files.add(new ImageFile(file.getName(), object(file), file.getOrigin()));
    }
    return new Image(image.getNode(), image.getStoreId(), files);
  }

  private static SnapshotRange range(CapturePart part, int image) {
    var wanted = part.wanted();
    var captured = part.captured();
    List<WorkerClock> clocks =
        captured.getWorkersList().stream()
            .map(w -> new WorkerClock(w.getRank(), w.getIncarnation(), w.getSeq(), w.getClock()))
            .toList();
    return new SnapshotRange(
        wanted.id(),
        wanted.range().getAncestorsList(),
        wanted.job(),
        wanted.table(),
        wanted.keys(),
        image,
        captured.getLsn(),
        captured.getRecordEpoch(),
        captured.getMinClock(),
        clocks,
        captured.getRows(),
        captured.getBytes(),
        captured.hasHeld()
            ? new HeldPushes(object(captured.getHeld()), captured.getHeld().getRecords())
            : null);
  }
}
