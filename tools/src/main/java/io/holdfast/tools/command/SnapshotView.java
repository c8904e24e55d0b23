package io.holdfast.tools.command;

import io.holdfast.model.HoldfastException;
import io.holdfast.tools.display.ByteCount;
import io.holdfast.tools.snapshot.HeldPushes;
import io.holdfast.tools.snapshot.Image;
import io.holdfast.tools.snapshot.Listed;
import io.holdfast.tools.snapshot.Manifest;
import io.holdfast.tools.snapshot.Pending;
import io.holdfast.tools.snapshot.SnapshotDiff;
import io.holdfast.tools.snapshot.SnapshotRange;
import io.holdfast.tools.snapshot.Swept;
import io.holdfast.tools.snapshot.Totals;
import io.holdfast.tools.snapshot.Verified;
import io.holdfast.tools.snapshot.WorkerClock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Snapshots as commands show them. */
final class SnapshotView {
  static final String HEADER =
      String.format(
          "%-24s %-24s %6s %6s %14s %12s %12s %10s",
          "NAME", "TAKEN", "TABLES", "RANGES", "ROWS", "BYTES", "NEW", "TOOK");

  private static final String REMEDY =
      "take these files from a copy of the target, or use another snapshot";

  private SnapshotView() {}

  static Map<String, Object> document(Listed listed) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("name", listed.name());
    Manifest manifest = listed.manifest();
    HoldfastException problem = listed.problem();
    if (manifest != null) {
      document.put("taken", manifest.taken());
      document.put("tables", manifest.tables().size());
      document.put("ranges", manifest.ranges().size());
      document.put("rows", rows(manifest.ranges()));
      document.putAll(document(manifest.totals()));
    }
    if (problem != null) {
      document.put("problem", problem.getMessage());
    }
    return document;
  }

  static String line(Listed listed) {
    Manifest manifest = listed.manifest();
    HoldfastException problem = listed.problem();
    if (manifest == null) {
      return String.format("%-24s %s", listed.name(), problem == null ? "" : problem.getMessage());
    }
    return String.format(
        "%-24s %-24s %6d %6d %14d %12s %12s %10s",
        manifest.name(),
        manifest.taken(),
        manifest.tables().size(),
        manifest.ranges().size(),
        rows(manifest.ranges()),
        ByteCount.text(manifest.totals().bytes()),
        ByteCount.text(manifest.totals().newBytes()),
        seconds(manifest.totals()));
  }

  static Map<String, Object> document(Pending pending) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("name", pending.name());
    document.put("since", pending.since().toString());
    return document;
  }

  static String line(Pending pending) {
    return String.format(
        "%-24s unfinished, last heard of at %s: 'snapshot create' of this name goes on, 'snapshot"
            + " delete' removes it",
        pending.name(), pending.since());
  }

  private static Map<String, Object> document(Totals totals) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("bytes", totals.bytes());
    document.put("objects", totals.objects());
    document.put("newBytes", totals.newBytes());
    document.put("newObjects", totals.newObjects());
    document.put("durationMillis", totals.durationMillis());
    return document;
  }

  private static String seconds(Totals totals) {
    return String.format("%.1f s", totals.durationMillis() / 1000.0);
  }

  private static long rows(List<SnapshotRange> ranges) {
    return ranges.stream().mapToLong(SnapshotRange::rows).sum();
  }

  private static long bytes(List<SnapshotRange> ranges) {
    return ranges.stream().mapToLong(SnapshotRange::bytes).sum();
  }

  static Map<String, Object> document(Manifest manifest) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("name", manifest.name());
    document.put("taken", manifest.taken());
    document.put("cluster", manifest.cluster());
    document.put("version", manifest.version());
    document.put("atClock", manifest.atClock());
    document.putAll(document(manifest.totals()));
    document.put(
        "tables",
        manifest.tables().stream()
            .map(table -> table(table.job(), table.name(), manifest))
            .toList());
    document.put("ranges", manifest.ranges().stream().map(SnapshotView::document).toList());
    document.put("images", manifest.images().stream().map(SnapshotView::document).toList());
    return document;
  }

  private static Map<String, Object> table(String job, String name, Manifest manifest) {
    List<SnapshotRange> ranges = manifest.ranges(job, name);
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("job", job);
    document.put("table", name);
    document.put("ranges", ranges.size());
    document.put("rows", rows(ranges));
    document.put("bytes", bytes(ranges));
    return document;
  }

  private static Map<String, Object> document(SnapshotRange range) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("range", range.id());
    document.put("job", range.job());
    document.put("table", range.table());
    document.put("start", Long.toUnsignedString(range.keys().start()));
    document.put("end", Long.toUnsignedString(range.keys().end()));
    document.put("image", range.image());
    document.put("lsn", range.lsn());
    document.put("recordEpoch", range.recordEpoch());
    document.put("minClock", range.minClock());
    document.put("rows", range.rows());
    document.put("bytes", range.bytes());
    HeldPushes held = range.held();
    document.put("held", held == null ? 0 : held.records());
    document.put("workers", range.clocks().stream().map(SnapshotView::document).toList());
    return document;
  }

  private static Map<String, Object> document(WorkerClock worker) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("rank", worker.rank());
    document.put("incarnation", worker.incarnation());
    document.put("seq", worker.seq());
    document.put("clock", worker.clock());
    return document;
  }

  private static Map<String, Object> document(Image image) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("node", image.node());
    document.put("storeId", image.storeId());
    document.put("files", image.files().size());
    document.put("bytes", image.bytes());
    return document;
  }

  /** Several lines. */
  static String text(Manifest manifest) {
    Totals totals = manifest.totals();
    var text = new StringBuilder();
    text.append(String.format("snapshot  %s%n", manifest.name()));
    text.append(
        String.format(
            "taken     %s, in %s, of %s, by Holdfast %s%s%n",
            manifest.taken(),
            seconds(totals),
            manifest.cluster(),
            manifest.version(),
            manifest.atClock() == null ? "" : ", at clock " + manifest.atClock()));
    text.append(
        String.format(
            "objects   %d with %s; new were %d with %s%n%n",
            totals.objects(),
            ByteCount.text(totals.bytes()),
            totals.newObjects(),
            ByteCount.text(totals.newBytes())));
    text.append(
        String.format("%-12s %-20s %6s %14s %12s%n", "JOB", "TABLE", "RANGES", "ROWS", "BYTES"));
    for (var table : manifest.tables()) {
      List<SnapshotRange> ranges = manifest.ranges(table.job(), table.name());
      text.append(
          String.format(
              "%-12s %-20s %6d %14d %12s%n",
              table.job(),
              table.name(),
              ranges.size(),
              rows(ranges),
              ByteCount.text(bytes(ranges))));
    }
    text.append(
        String.format(
            "%n%6s %-12s %-20s %20s %20s %12s %12s %8s %5s %s%n",
            "RANGE",
            "JOB",
            "TABLE",
            "FIRST KEY",
            "END",
            "ROWS",
            "LSN",
            "CLOCK",
            "NODE",
            "WORKERS' CLOCKS"));
    manifest.ranges().forEach(range -> text.append(line(range, manifest)));
    return text.toString();
  }

  private static String line(SnapshotRange range, Manifest manifest) {
    return String.format(
        "%6d %-12s %-20s %20s %20s %12d %12d %8d %5d %s%n",
        range.id(),
        range.job(),
        range.home() ? "(home)" : range.table(),
        Long.toUnsignedString(range.keys().start()),
        range.keys().end() == 0 ? "2^64" : Long.toUnsignedString(range.keys().end()),
        range.rows(),
        range.lsn(),
        range.minClock(),
        manifest.images().get(range.image()).node(),
        range.clocks().stream()
            .map(worker -> worker.rank() + ":" + worker.clock())
            .collect(Collectors.joining(" ")));
  }

  static Map<String, Object> document(
      List<Manifest> snapshots, Verified verified, List<String> unopened) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("messageType", "summary");
    document.put("snapshots", snapshots.stream().map(Manifest::name).toList());
    document.put("sound", verified.isSound() && unopened.isEmpty());
    document.put("objects", verified.objects());
    document.put("bytes", verified.bytes());
    document.put(
        "problems",
        verified.problems().stream()
            .map(
                problem -> {
                  Map<String, Object> one = new LinkedHashMap<>();
                  one.put("file", problem.place());
                  one.put("what", problem.what());
                  one.put("uses", problem.uses());
                  return one;
                })
            .toList());
    document.put("unopened", unopened);
    return document;
  }

  static String text(List<Manifest> snapshots, Verified verified, List<String> unopened) {
    var text = new StringBuilder();
    verified.problems().forEach(problem -> text.append(problem).append(System.lineSeparator()));
    unopened.forEach(problem -> text.append(problem).append(System.lineSeparator()));
    text.append(
        String.format(
            "%s, %s in all: %s%n",
            count(snapshots.size(), "snapshot") + ", " + count(verified.objects(), "object"),
            ByteCount.text(verified.bytes()),
            verdict(verified, unopened)));
    return text.toString();
  }

  private static String verdict(Verified verified, List<String> unopened) {
    if (!verified.isSound()) {
      return count(verified.problems().size(), "object") + " missing or damaged; " + REMEDY;
    }
    return unopened.isEmpty()
        ? "all checksums fit"
        : "all checksums fit, yet images cannot be used; use another snapshot";
  }

  private static String count(long number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }

  static Map<String, Object> document(String first, String second, SnapshotDiff diff) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("from", first);
    document.put("to", second);
    document.put("shared", diff.shared());
    document.put("removed", diff.removed());
    document.put("added", diff.added());
    document.put("moved", diff.moved());
    document.put("unmoved", diff.unmoved());
    return document;
  }

  static String text(SnapshotDiff diff) {
    var text = new StringBuilder();
    text.append(share("in both", diff.shared()));
    text.append(share("only in the first", diff.removed()));
    text.append(share("only in the second", diff.added()));
    text.append(
        String.format(
            "%n%6s %-12s %-20s %14s %14s %14s%n", "RANGE", "JOB", "TABLE", "LSN", "TO", "RECORDS"));
    for (SnapshotDiff.Move move : diff.moved()) {
      Long from = move.fromLsn();
      Long to = move.toLsn();
      text.append(
          String.format(
              "%6d %-12s %-20s %14s %14s %14s%n",
              move.range(),
              move.job(),
              move.table().isEmpty() ? "(home)" : move.table(),
              from == null ? "-" : from,
              to == null ? "-" : to,
              from == null || to == null ? "" : to - from));
    }
    text.append(String.format("%s as before%n", count(diff.unmoved(), "range")));
    return text.toString();
  }

  private static String share(String what, SnapshotDiff.Share share) {
    return String.format(
        "%-20s %6d objects %12s%n", what, share.objects(), ByteCount.text(share.bytes()));
  }

  static Map<String, Object> document(String name, Swept swept) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("snapshot", name);
    document.put("objects", swept.objects());
    document.put("bytes", swept.bytes());
    document.put("waitsFor", swept.waitsFor());
    document.put("foreign", swept.foreign());
    return document;
  }

  static String text(String name, Swept swept) {
    var text = new StringBuilder();
    text.append(
        String.format(
            "deleted %s: %s with %s%n",
            name, count(swept.objects(), "object"), ByteCount.text(swept.bytes())));
    if (!swept.waitsFor().isEmpty()) {
      text.append(
          String.format(
              "its files go with the next deletion: %s being made (or unfinished: 'snapshot list')%n",
              String.join(", ", swept.waitsFor())
                  + (swept.waitsFor().size() == 1 ? " is" : " are")));
    }
    if (!swept.foreign().isEmpty()) {
      text.append(
          String.format(
              "left alone, not of the repository: %s%n", String.join(", ", swept.foreign())));
    }
    return text.toString();
  }
}
