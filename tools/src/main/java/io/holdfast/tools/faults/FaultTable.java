package io.holdfast.tools.faults;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The table of all faults. */
final class FaultTable {
  private static final List<String> HEADINGS =
      List.of(
          "fault",
          "times",
          "pushes acknowledged",
          "lost",
          "twice",
          "stale beyond bound",
          "diverged",
          "outage p50",
          "longest outage");

  private FaultTable() {}

  static String text(List<FaultRow> rows) {
    var text = new StringBuilder(String.format("%s%n", textLine(HEADINGS)));
    rows.forEach(row -> text.append(String.format("%s%n", textLine(cells(row)))));
    return text.toString();
  }

  /** What the table has no columns for. */
  static List<String> remarks(List<FaultRow> rows) {
    Stream<String> pinned =
        rows.stream()
            .filter(row -> row.pinnedAnswered() + row.pinnedRefused() > 0)
            .map(
                row ->
                    String.format(
                        "%s: of the latest pulls that were sent straight to a paused tail, before"
                            + " and after it went on, %d were answered and %d refused",
                        row.fault().id(), row.pinnedAnswered(), row.pinnedRefused()));
    return Stream.concat(pinned, moves(rows)).toList();
  }

  private static Stream<String> moves(List<FaultRow> rows) {
    return rows.stream()
        .filter(FaultRow::hasMoved)
        .map(
            row ->
                String.format(
                    Locale.ROOT,
                    "%s: 99 of 100 pushes took up to %.1f ms before, %.1f ms while ranges moved;"
                        + " errors that reached a worker: %d",
                    row.fault().id(),
                    row.p99Before().toNanos() / 1e6,
                    row.p99During().toNanos() / 1e6,
                    row.errors()));
  }

  private static String textLine(List<String> cells) {
    return String.format("%-18s %5s %20s %6s %6s %18s %8s %10s %14s", cells.toArray());
  }

  static String markdown(List<FaultRow> rows) {
    var text = new StringBuilder(String.format("%s%n", markdownLine(HEADINGS)));
    text.append(String.format("|%s%n", " --- |".repeat(HEADINGS.size())));
    rows.forEach(row -> text.append(String.format("%s%n", markdownLine(cells(row)))));
    return text.toString();
  }

  private static String markdownLine(List<String> cells) {
    return cells.stream().collect(Collectors.joining(" | ", "| ", " |"));
  }

  private static List<String> cells(FaultRow row) {
    return List.of(
        row.fault().id(),
        Integer.toString(row.times()),
        String.format(Locale.ROOT, "%,d", row.acknowledged()),
        Long.toString(row.lost()),
        Long.toString(row.twice()),
        Long.toString(row.stale()),
        row.isCompared() ? Long.toString(row.diverged()) : "?",
        seconds(row.medianOutage()),
        seconds(row.longestOutage()));
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.2f s", time.toMillis() / 1e3);
  }

  static Map<String, Object> document(FaultRow row) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("fault", row.fault().id());
    document.put("meaning", row.fault().meaning());
    document.put("times", row.times());
    document.put("acknowledged", row.acknowledged());
    document.put("unanswered", row.unanswered());
    document.put("lost", row.lost());
    document.put("twice", row.twice());
    document.put("staleBeyondBound", row.stale());
    document.put("compared", row.isCompared());
    document.put("diverged", row.diverged());
    document.put("outageP50Millis", row.medianOutage().toMillis());
    document.put("longestOutageMillis", row.longestOutage().toMillis());
    document.put("errors", row.errors());
    if (row.hasMoved()) {
      document.put("pushP99BeforeMillis", row.p99Before().toNanos() / 1e6);
      document.put("pushP99DuringMillis", row.p99During().toNanos() / 1e6);
    }
    if (row.pinnedAnswered() + row.pinnedRefused() > 0) {
      document.put("latestPullsOfPausedTailAnswered", row.pinnedAnswered());
      document.put("latestPullsOfPausedTailRefused", row.pinnedRefused());
    }
    document.put("notes", row.notes());
    return document;
  }
}
