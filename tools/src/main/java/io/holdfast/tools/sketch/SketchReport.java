package io.holdfast.tools.sketch;

import io.holdfast.tools.report.HtmlPage;
import io.holdfast.tools.report.SvgChart;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;

/** A run on one page. */
final class SketchReport {
  private SketchReport() {}

  static HtmlPage page(SketchResult result) {
    var settings = result.settings();
    var asked = new LinkedHashMap<String, Object>();
    asked.put("Items", result.source());
    asked.put("Epsilon", result.epsilon());
    asked.put("Delta", result.delta());
    asked.put("Workers", settings.workers());
    asked.put("Batch", settings.batch() + " items of each worker");
    asked.put("Pushes in flight", settings.inFlight() + " of each worker");
    asked.put("Durability", settings.durability().name().toLowerCase(Locale.ROOT));
    asked.put("Job and table", settings.job() + " / " + settings.table());
    HtmlPage page =
        new HtmlPage(
                "Holdfast: CountMin sketch",
                "CountMin sketch",
                String.format(
                    Locale.ROOT,
                    "%s, counted in %d rows of %,d counters.",
                    result.source(),
                    settings.sketch().depth(),
                    settings.sketch().width()))
            .card("Inserts a second", number(result.perSecond()), "acknowledged, by all workers")
            .card(
                "Counter updates a second",
                number(result.perSecond() * settings.sketch().depth()),
                "one in each row of counters")
            .card(
                "Largest error",
                number(result.errors().mostAbove()),
                "promised: " + number(result.bound()))
            .card(
                "Beyond the bound",
                number(result.errors().beyond()),
                "of " + number(result.errors().sampled()) + " items checked")
            .card(
                "Below their count",
                number(result.errors().below()),
                result.errors().below() == 0 ? "no count was lost" : "counts are missing")
            .figure("Inserts a second", rate(result));
    result
        .kill()
        .ifPresent(
            kill ->
                page.card(
                    "Rate back",
                    kill.rate().back().isPresent()
                        ? String.format(Locale.ROOT, "%.2f s", kill.rate().back().getAsDouble())
                        : "not before the end",
                    String.format(
                        Locale.ROOT,
                        "after a node was killed; %.2f s without any insert",
                        kill.rate().longestSilence())));
    return page.settings(asked);
  }

  private static String rate(SketchResult result) {
    var marks = new ArrayList<SvgChart.Mark>();
    for (int i = 1; i < result.curve().size(); i++) {
      var before = result.curve().get(i - 1);
      var now = result.curve().get(i);
      if (now.life() != before.life()) {
        continue;
      }
      double rate =
          (now.items() - before.items()) / Math.max(1e-9, now.seconds() - before.seconds());
      marks.add(
          new SvgChart.Mark(
              now.seconds(),
              rate,
              String.format(Locale.ROOT, "%,.0f inserts/s after %.1f s", rate, now.seconds())));
    }
    return SvgChart.lines(
        "seconds",
        "inserts a second",
        List.of(new SvgChart.Series("acknowledged", marks)),
        events(result));
  }

  /** Kills of nodes, and where the run was resumed. */
  private static List<SvgChart.Event> events(SketchResult result) {
    var events = new ArrayList<SvgChart.Event>();
    for (int i = 1; i < result.curve().size(); i++) {
      var now = result.curve().get(i);
      if (now.life() != result.curve().get(i - 1).life()) {
        events.add(new SvgChart.Event(now.seconds(), "resumed: life " + now.life()));
      }
    }
    result
        .kill()
        .ifPresent(
            kill ->
                kill.struck()
                    .forEach(one -> events.add(new SvgChart.Event(one.seconds(), one.what()))));
    return events;
  }

  private static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%,.0f", value);
  }
}
