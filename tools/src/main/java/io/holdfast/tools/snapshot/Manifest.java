package io.holdfast.tools.snapshot;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that a snapshot is: what there was, and which objects of the repository hold it.
 *
 * @param name of the snapshot
 * @param taken when it was begun, ISO 8601 in UTC
 * @param cluster the addresses by which it was reached; for people only
 * @param version of Holdfast that took it; for people only
 * @param atClock the clock at which each range was frozen; null: none was asked for
 * @param jobs with at least one range here
 * @param tables with their definitions
 * @param ranges of those tables, and the home ranges of those jobs
 * @param images that the ranges are in
 */
public record Manifest(
    String name,
    String taken,
    String cluster,
    String version,
    @Nullable Integer atClock,
    List<SnapshotJob> jobs,
    List<SnapshotTable> tables,
    List<SnapshotRange> ranges,
    List<Image> images,
    Totals totals) {
  /** The newest format that is read, and the one that is written. */
  public static final int FORMAT = 1;

  public Manifest {
    Keys.checkedName(name);
    Instant.parse(taken);
    jobs = List.copyOf(jobs);
    tables = List.copyOf(tables);
    ranges = List.copyOf(ranges);
    images = List.copyOf(images);
    for (SnapshotRange range : ranges) {
      if (range.image() < 0 || range.image() >= images.size()) {
        throw new IllegalArgumentException(
            "range " + range.id() + " is in image " + range.image() + " of " + images.size());
      }
    }
  }

  /** When it was begun. */
  public Instant takenAt() {
    return Instant.parse(taken);
  }

  /** Every object that it needs, once, with what it is used for: files of images, held pushes. */
  public Map<StoredObject, List<String>> objects() {
    Map<StoredObject, List<String>> uses = new LinkedHashMap<>();
    for (int i = 0; i < images.size(); i++) {
      for (ImageFile file : images.get(i).files()) {
        use(uses, file.object(), "file " + file.name() + " of image " + i);
      }
    }
    for (SnapshotRange range : ranges) {
      HeldPushes held = range.held();
      if (held != null) {
        use(uses, held.object(), "held pushes of range " + range.id());
      }
    }
    return uses;
  }

  private static void use(Map<StoredObject, List<String>> uses, StoredObject object, String what) {
    uses.computeIfAbsent(object, unused -> new ArrayList<>()).add(what);
  }

  /** The ranges of a table, or with an empty table the home range, by key. */
  public List<SnapshotRange> ranges(String job, String table) {
    return ranges.stream()
        .filter(range -> range.job().equals(job) && range.table().equals(table))
        .sorted((a, b) -> Long.compareUnsigned(a.keys().start(), b.keys().start()))
        .toList();
  }
}
