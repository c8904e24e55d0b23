package io.holdfast.tools.compare;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.tools.report.HtmlPage;
import io.holdfast.tools.report.SvgChart;
import io.holdfast.tools.train.LrProblem;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Runs under several bounds beside each other. */
final class StalenessTable {
  private static final String FORMAT = "%-14s%13s%9s%13s%11s%9s%11s%9s%n";

  private final List<StalenessRun> runs;
  private final int passes;
  // After which the models are compared: all of them were still training.
  private final double sameSeconds;

  /**
   * @param runs at least one
   * @param passes that the workers of each did together
   */
  StalenessTable(List<StalenessRun> runs, int passes) {
    this.runs = List.copyOf(runs);
    this.passes = passes;
    this.sameSeconds = runs.stream().mapToDouble(run -> run.end().seconds()).min().orElse(0);
  }

  /** One JSON document on one line. */
  String json(Map<String, ?> settings) {
    var mapper = new ObjectMapper();
    var json = mapper.createObjectNode();
    json.set("settings", mapper.valueToTree(settings));
    json.put("sameSeconds", sameSeconds);
    var list = json.putArray("runs");
    for (StalenessRun run : runs) {
      var row = list.addObject();
      row.put("staleness", run.staleness());
      row.put("examples", run.trial().examples());
      row.put("seconds", run.trial().seconds());
      row.put("examplesPerSecond", run.perSecond());
      row.put("idleShare", run.idle());
      row.put("idleShareOfFast", run.idleOfFast());
      row.set("idleShares", mapper.valueToTree(run.trial().idleShares()));
      row.put("logLoss", run.end().logLoss());
      row.put("auc", run.end().auc());
      row.put("logLossAfterSameTime", run.at(sameSeconds).logLoss());
      row.put("aucAfterSameTime", run.at(sameSeconds).auc());
      run.trial().bound().ifPresent(bound -> row.put("lastBound", bound));
      row.set("curve", mapper.valueToTree(run.trial().curve()));
    }
    return json.toString();
  }

  /** For people. */
  String text() {
    var text = new StringBuilder();
    text.append(
        String.format(FORMAT, "", "", "", "", "after " + passes, "passes", "after", seconds()));
    text.append(String.format(FORMAT, heads().toArray()));
    for (StalenessRun run : runs) {
      text.append(String.format(FORMAT, cells(run).toArray()));
    }
    return text.toString();
  }

  private String seconds() {
    return number("%.1f s", sameSeconds);
  }

  private static List<String> heads() {
    return List.of(
        "staleness", "examples/s", "idle", "idle, fast", "log-loss", "AUC", "log-loss", "AUC");
  }

  private List<String> cells(StalenessRun run) {
    LrProblem.Moment then = run.at(sameSeconds);
    return List.of(
        name(run),
        number("%,.0f", run.perSecond()),
        number("%.1f %%", 100 * run.idle()),
        number("%.1f %%", 100 * run.idleOfFast()),
        number("%.4f", run.end().logLoss()),
        number("%.4f", run.end().auc()),
        number("%.4f", then.logLoss()),
        number("%.4f", then.auc()));
  }

  private static String name(StalenessRun run) {
    var bound = run.trial().bound();
    return run.staleness() + (bound.isPresent() ? " (" + bound.getAsInt() + ")" : "");
  }

  HtmlPage page(Map<String, ?> settings) {
    StalenessRun first = runs.get(0);
    StalenessRun last = runs.get(runs.size() - 1);
    return new HtmlPage(
            "Holdfast: staleness",
            "What staleness does for a group with a slow worker",
            "The same training under each bound; the workers do "
                + passes
                + " passes together, whoever is fast does more of them.")
        .card(
            "Idle at " + first.staleness(),
            number("%.1f %%", 100 * first.idle()),
            "of the workers' time, in pulls")
        .card("Idle at " + last.staleness(), number("%.1f %%", 100 * last.idle()), "likewise")
        .card(
            "Examples a second",
            number("%,.0f", last.perSecond()),
            number("%.1fx that of the first", last.perSecond() / first.perSecond()))
        .figure("Runs", table())
        .figure("Log-loss over time", curves("log-loss", LrProblem.Moment::logLoss))
        .figure("AUC over time", curves("AUC", LrProblem.Moment::auc))
        .figure("Idle share", idle())
        .settings(settings);
  }

  private String table() {
    var html = new StringBuilder("<table>\n<tr>");
    var heads = new ArrayList<>(heads());
    for (int i = 4; i < heads.size(); i++) {
      heads.set(i, heads.get(i) + (i < 6 ? ", " + passes + " passes" : ", " + seconds()));
    }
    heads.forEach(head -> html.append("<th>").append(HtmlPage.escaped(head)).append("</th>"));
    html.append("</tr>\n");
    for (StalenessRun run : runs) {
      html.append("<tr>");
      cells(run)
          .forEach(cell -> html.append("<td>").append(HtmlPage.escaped(cell)).append("</td>"));
      html.append("</tr>\n");
    }
    return html.append("</table>\n").toString();
  }

  private String curves(String what, ToDoubleFunction<LrProblem.Moment> value) {
    return SvgChart.lines(
        "seconds",
        what,
        runs.stream()
            .map(
                run ->
                    new SvgChart.Series(
                        name(run),
                        run.trial().curve().stream()
                            .map(
                                moment ->
                                    new SvgChart.Mark(
                                        moment.seconds(),
                                        value.applyAsDouble(moment),
                                        number("%s: ", run.staleness())
                                            + number(
                                                "%.4f after %.1f s",
                                                value.applyAsDouble(moment), moment.seconds())))
                            .toList()))
            .toList());
  }

  private String idle() {
    return SvgChart.lines(
        "runs, in their order",
        "idle, %",
        List.of(
            idle("all workers", StalenessRun::idle), idle("fast ones", StalenessRun::idleOfFast)));
  }

  private SvgChart.Series idle(String name, ToDoubleFunction<StalenessRun> share) {
    var marks = new ArrayList<SvgChart.Mark>();
    for (int i = 0; i < runs.size(); i++) {
      double percent = 100 * share.applyAsDouble(runs.get(i));
      marks.add(
          new SvgChart.Mark(
              i, percent, name(runs.get(i)) + number(": %.1f %%", percent) + " of " + name));
    }
    return new SvgChart.Series(name, marks);
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in no dependency of ours
  private static String number(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
