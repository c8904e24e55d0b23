package io.holdfast.tools.compare;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.tools.report.HtmlPage;
import io.holdfast.tools.report.SvgChart;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Runs of one or more jobs beside each other; the first of each job is the one without filters. */
final class FilterTable {
  private final List<FilterRun> runs;

  FilterTable(List<FilterRun> runs) {
    this.runs = List.copyOf(runs);
  }

  private FilterRun plain(FilterRun run) {
    return runs.stream().filter(other -> other.job().equals(run.job())).findFirst().orElse(run);
  }

  private static double ratio(double before, double now) {
    return before / Math.max(1e-9, now);
  }

  /** One JSON document on one line. */
  String json(Map<String, ?> settings) {
    var mapper = new ObjectMapper();
    var json = mapper.createObjectNode();
    json.set("settings", mapper.valueToTree(settings));
    var list = json.putArray("runs");
    for (FilterRun run : runs) {
      FilterRun plain = plain(run);
      var row = list.addObject();
      row.put("job", run.job());
      row.put("filters", run.filters());
      row.put("examples", run.examples());
      row.put("seconds", run.seconds());
      row.put("pushedBytesPerExample", run.pushedPerExample());
      row.put("pullRequestBytesPerExample", run.askedPerExample());
      row.put("pulledBytesPerExample", run.pulledPerExample());
      row.put("totalBytesPerExample", run.totalPerExample());
      row.put("pushRatio", ratio(plain.pushedPerExample(), run.pushedPerExample()));
      row.put("pullRatio", ratio(plain.pulledPerExample(), run.pulledPerExample()));
      row.put("totalRatio", ratio(plain.totalPerExample(), run.totalPerExample()));
      row.put("clientCpuSeconds", run.clientCpuSeconds());
      row.put("serverCpuSeconds", run.serverCpuSeconds());
      row.put(run.measure().toLowerCase(Locale.ROOT), run.quality());
      row.put("change", run.quality() - plain.quality());
      row.put("loss", run.loss());
      row.put("nonZeroShare", run.nonZeroShare());
    }
    return json.toString();
  }

  /** For people. */
  String text() {
    var text = new StringBuilder();
    String job = "";
    for (FilterRun run : runs) {
      if (!run.job().equals(job)) {
        job = run.job();
        text.append(String.format("%n%s, bytes an example%n", job));
        List<String> heads = heads(run);
        text.append(line(heads));
      }
      text.append(line(cells(run)));
    }
    return text.toString();
  }

  private static String line(List<String> cells) {
    var line = new StringBuilder();
    for (int i = 1; i < cells.size(); i++) {
      line.append(String.format("%" + (i < 8 ? 9 : 11) + "s", cells.get(i)));
    }
    return line + "  " + cells.get(0) + System.lineSeparator();
  }

  private static List<String> heads(FilterRun run) {
    return List.of(
        "filters",
        "pushed",
        "ratio",
        "asked",
        "pulled",
        "ratio",
        "all",
        "ratio",
        "client CPU",
        "server CPU",
        run.measure(),
        "change",
        "not zero");
  }

  private List<String> cells(FilterRun run) {
    FilterRun plain = plain(run);
    return List.of(
        run.filters(),
        number("%,.1f", run.pushedPerExample()),
        number("%.1fx", ratio(plain.pushedPerExample(), run.pushedPerExample())),
        number("%,.1f", run.askedPerExample()),
        number("%,.1f", run.pulledPerExample()),
        number("%.1fx", ratio(plain.pulledPerExample(), run.pulledPerExample())),
        number("%,.1f", run.totalPerExample()),
        number("%.1fx", ratio(plain.totalPerExample(), run.totalPerExample())),
        number("%.1f s", run.clientCpuSeconds()),
        number("%.1f s", run.serverCpuSeconds()),
        number("%.4f", run.quality()),
        number("%+.4f", run.quality() - plain.quality()),
        number("%.1f %%", 100 * run.nonZeroShare()));
  }

  HtmlPage page(Map<String, ?> settings) {
    var page =
        new HtmlPage(
            "Holdfast: filters",
            "What filters save",
            "The same training with each filter, and with several; bytes as the workers'"
                + " connection counts them.");
    var byJob = new LinkedHashMap<String, List<FilterRun>>();
    runs.forEach(run -> byJob.computeIfAbsent(run.job(), job -> new ArrayList<>()).add(run));
    byJob.forEach(
        (job, of) -> {
          FilterRun last = of.get(of.size() - 1);
          FilterRun plain = of.get(0);
          page.card(
              job + ": pushes",
              number("%.1fx", ratio(plain.pushedPerExample(), last.pushedPerExample())),
              "smaller with " + last.filters());
          page.card(
              job + ": pulls",
              number("%.1fx", ratio(plain.pulledPerExample(), last.pulledPerExample())),
              "smaller");
          page.card(
              job + ": " + last.measure(),
              number("%.4f", last.quality()),
              number("%+.4f", last.quality() - plain.quality()));
          page.figure(job, table(of));
          page.figure(job + ": quality over bytes", chart(of));
        });
    return page.settings(settings);
  }

  private String table(List<FilterRun> of) {
    var html = new StringBuilder("<table>\n<tr>");
    heads(of.get(0)).forEach(head -> html.append("<th>").append(head).append("</th>"));
    html.append("</tr>\n");
    for (FilterRun run : of) {
      html.append("<tr>");
      cells(run)
          .forEach(cell -> html.append("<td>").append(HtmlPage.escaped(cell)).append("</td>"));
      html.append("</tr>\n");
    }
    return html.append("</table>\n").toString();
  }

  private static String chart(List<FilterRun> of) {
    var series = new ArrayList<SvgChart.Series>();
    var marks = new ArrayList<SvgChart.Mark>();
    of.stream()
        .sorted(java.util.Comparator.comparingDouble(FilterRun::totalPerExample))
        .forEach(
            run ->
                marks.add(
                    new SvgChart.Mark(
                        run.totalPerExample(),
                        run.quality(),
                        String.format(
                            Locale.ROOT,
                            "%s: %s %.4f at %,.1f bytes an example",
                            run.filters(),
                            run.measure(),
                            run.quality(),
                            run.totalPerExample()))));
    series.add(new SvgChart.Series("each run", marks));
    return SvgChart.lines("bytes an example, all", of.get(0).measure(), series);
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in no dependency of ours
  private static String number(String pattern, double value) {
    return String.format(Locale.ROOT, pattern, value);
  }
}
