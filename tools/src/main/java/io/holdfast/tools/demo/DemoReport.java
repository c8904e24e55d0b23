package io.holdfast.tools.demo;

import io.holdfast.tools.report.HtmlPage;
import io.holdfast.tools.report.SvgChart;
import io.holdfast.tools.train.LrProblem;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The demo on one page of HTML that refers to nothing outside of it. */
final class DemoReport {
  private DemoReport() {}

  /** Writes the page; an older file of that name is replaced. */
  static void write(
      Path file, LrProblem.Problem problem, Demo.Played played, List<Stage.Happened> happened) {
    Verdict verdict = played.verdict();
    var page =
        new HtmlPage(
            "Holdfast: demo",
            "A training that everything happened to",
            format(
                "%d workers train a logistic regression on %d nodes, each a process of its own. A"
                    + " node is killed, then a worker, then everything at once.",
                problem.workers(), Demo.NODES));
    cards(page, verdict);
    page.figure("Examples a second", rates(played.disturbed(), happened))
        .figure("Area under the ROC curve", auc(played, happened))
        .figure("Loss of the examples, before each update", losses(played.disturbed(), happened))
        .figure("What happened", events(happened))
        .settings(settings(problem))
        .write(file);
  }

  private static void cards(HtmlPage page, Verdict verdict) {
    var counted = verdict.counted();
    page.card(
            "Verdict",
            verdict.isKept() && verdict.isComplete() ? "kept" : "BROKEN",
            "every promise, as compared below")
        .card(
            "Model",
            verdict.isSameModel() ? "the same" : "ANOTHER",
            "as undisturbed, compared bit for bit")
        .card(
            "AUC",
            format("%.4f", verdict.disturbed().auc()),
            format("undisturbed %.4f", verdict.undisturbed().auc()))
        .card(
            "Pushes acknowledged",
            format("%,d", counted.pushes()),
            format("of counters: %d lost, %d in twice", counted.lost(), counted.doubled()))
        .card(
            "Replicas",
            verdict.differing() == 0 ? "the same" : "DIFFER",
            format("%d ranges, compared bit for bit", verdict.ranges()))
        .card("Time", format("%.0f s", verdict.seconds()), "all of it");
  }

  private static String rates(Stage.Scene scene, List<Stage.Happened> happened) {
    return SvgChart.lines(
        "seconds",
        "examples a second",
        List.of(series("examples a second", scene, Frame::rate)),
        bySeconds(happened));
  }

  private static String losses(Stage.Scene scene, List<Stage.Happened> happened) {
    return SvgChart.lines(
        "seconds",
        "log-loss",
        List.of(series("log-loss", scene, Frame::loss)),
        bySeconds(happened));
  }

  private static String auc(Demo.Played played, List<Stage.Happened> happened) {
    return SvgChart.lines(
        "share of the training, %",
        "AUC",
        List.of(
            models(
                "with everything killed", played.disturbed(), played.verdict().disturbed().auc()),
            models("undisturbed", played.undisturbed(), played.verdict().undisturbed().auc())),
        happened.stream().map(one -> new SvgChart.Event(100 * one.done(), one.what())).toList());
  }

  private static List<SvgChart.Event> bySeconds(List<Stage.Happened> happened) {
    return happened.stream().map(one -> new SvgChart.Event(one.seconds(), one.what())).toList();
  }

  private static SvgChart.Series series(
      String name, Stage.Scene scene, ToDoubleFunction<Frame> value) {
    return new SvgChart.Series(
        name,
        scene.frames().stream()
            .map(
                frame ->
                    new SvgChart.Mark(
                        frame.seconds(),
                        value.applyAsDouble(frame),
                        format(
                            "%s: %,.4f after %.1f s, %.0f %% done",
                            name, value.applyAsDouble(frame), frame.seconds(), 100 * frame.done())))
            .toList());
  }

  private static SvgChart.Series models(String name, Stage.Scene scene, double last) {
    var marks = new java.util.ArrayList<SvgChart.Mark>();
    for (Stage.Model model : scene.models()) {
      marks.add(
          new SvgChart.Mark(
              100 * model.done(),
              model.auc(),
              format("%s: %.4f at %.0f %%", name, model.auc(), 100 * model.done())));
    }
    marks.add(new SvgChart.Mark(100, last, format("%s: %.4f at the end", name, last)));
    return new SvgChart.Series(name, marks);
  }

  private static String events(List<Stage.Happened> happened) {
    var html = new StringBuilder("<table class=\"settings\">\n");
    for (int i = 0; i < happened.size(); i++) {
      var one = happened.get(i);
      html.append(
          format(
              "<tr><th>%d: %.1f s, %.0f %% done</th><td>%s</td></tr>%n",
              i + 1, one.seconds(), 100 * one.done(), HtmlPage.escaped(one.what())));
    }
    return html.append("</table>\n").toString();
  }

  private static Map<String, Object> settings(LrProblem.Problem problem) {
    Map<String, Object> rows = new LinkedHashMap<>();
    rows.put("Job", "logistic regression on a generated click log");
    rows.put("Examples", format("%,d", problem.examples()));
    rows.put("Passes", problem.passes());
    rows.put("Batch", problem.batch() + " examples of each worker, a clock");
    rows.put("Consistency", problem.consistency());
    rows.put("Durability", problem.durability().name().toLowerCase(Locale.ROOT));
    rows.put("Seed", problem.seed());
    rows.put("Processors", Runtime.getRuntime().availableProcessors());
    return rows;
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in no dependency of ours
  private static String format(String pattern, Object... arguments) {
    return String.format(Locale.ROOT, pattern, arguments);
  }
}
