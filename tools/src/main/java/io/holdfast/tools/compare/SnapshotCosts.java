package io.holdfast.tools.compare;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * All that was measured.
 *
 * @param trials one after the other
 */
record SnapshotCosts(DiskSpeed disk, SnapshotTimes times, List<SnapshotTrial> trials) {
  private static final double MEGABYTE = 1e6;

  SnapshotCosts {
    trials = List.copyOf(trials);
  }

  private SnapshotTrial.Spread p99() {
    return SnapshotTrial.Spread.of(trials, SnapshotTrial::p99Ratio);
  }

  private SnapshotTrial.Spread rate() {
    return SnapshotTrial.Spread.of(trials, SnapshotTrial::rateRatio);
  }

  /** One JSON document on one line. */
  String json(Map<String, ?> settings) {
    var mapper = new ObjectMapper();
    var json = mapper.createObjectNode();
    json.set("settings", mapper.valueToTree(settings));
    var file =
        json.putObject("disk")
            .put("bytes", disk.bytes())
            .put("writeSeconds", disk.writeSeconds())
            .put("warmReadSeconds", disk.warmReadSeconds());
    disk.coldReadSeconds().ifPresent(cold -> file.put("coldReadSeconds", cold));
    json.set("snapshot", mapper.valueToTree(times));
    json.set("trials", mapper.valueToTree(trials));
    json.set("p99Ratio", mapper.valueToTree(p99()));
    json.set("rateRatio", mapper.valueToTree(rate()));
    return json.toString();
  }

  /** For people. */
  String text() {
    var text = new StringBuilder();
    line(text, "disk, a file of %,.0f MB:", disk.bytes() / MEGABYTE);
    timed(text, "write and force", disk.writeSeconds(), disk.bytes());
    timed(text, "read, just written", disk.warmReadSeconds(), disk.bytes());
    disk.coldReadSeconds()
        .ifPresent(seconds -> timed(text, "read, past the page cache", seconds, disk.bytes()));
    line(text, "snapshot of %,.0f MB, its files just written:", times.bytes() / MEGABYTE);
    timed(text, "create", times.createSeconds(), times.bytes());
    timed(text, "verify", times.verifySeconds(), times.bytes());
    timed(text, "restore", times.restoreSeconds(), times.bytes());
    for (var change : times.changes()) {
      line(
          text,
          "after pushes to %,d rows: %,.1f MB of %,.0f MB sent (%.1f %%), %.2f s",
          change.rows(),
          change.newBytes() / MEGABYTE,
          change.bytes() / MEGABYTE,
          100 * change.newShare(),
          change.seconds());
    }
    line(text, "%n%-11s %10s %10s %10s %10s", "", "pushes/s", "p50 us", "p99 us", "slowest us");
    for (var trial : trials) {
      pace(text, "before", trial.before());
      pace(text, "meanwhile", trial.meanwhile());
      pace(text, "after", trial.after());
      line(text, "  %d snapshots, %,.1f MB sent", trial.snapshots(), trial.newBytes() / MEGABYTE);
    }
    ratio(text, "p99 while snapshots are taken", p99());
    ratio(text, "pushes a second", rate());
    return text.toString();
  }

  private static void timed(StringBuilder text, String what, double seconds, long bytes) {
    line(text, "  %-26s %7.2f s %8.0f MB/s", what, seconds, bytes / MEGABYTE / seconds);
  }

  private static void pace(StringBuilder text, String when, Pace pace) {
    line(
        text,
        "%-11s %,10.0f %,10d %,10d %,10d",
        when,
        pace.perSecond(),
        pace.p50Micros(),
        pace.p99Micros(),
        pace.maxMicros());
  }

  private static void ratio(StringBuilder text, String what, SnapshotTrial.Spread ratio) {
    line(
        text,
        "%s: %.2fx of before and after (%.2f to %.2f)",
        what,
        ratio.median(),
        ratio.least(),
        ratio.most());
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in no dependency of ours
  private static void line(StringBuilder text, String pattern, Object... values) {
    text.append(String.format(Locale.ROOT, pattern, values)).append(System.lineSeparator());
  }
}
