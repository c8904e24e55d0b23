package io.holdfast.tools.train;

import io.holdfast.client.Traffic;
import io.holdfast.tools.report.HtmlPage;
import io.holdfast.tools.report.SvgChart;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** A run on one page of HTML that refers to nothing outside of it: no script, no font, no image. */
final class HtmlReport {
  private static final int TOP_FEATURES = 12;
  private static final int HISTOGRAM_BINS = 41;

  private HtmlReport() {}

  /** Writes the page; an older file of that name is replaced. */
  static void write(TrainingResult result, Path file) {
    page(result).write(file);
  }

  static HtmlPage page(TrainingResult result) {
    var page =
        new HtmlPage(
            format("Holdfast: logistic regression, AUC %.4f", result.metrics().auc()),
            "Sparse logistic regression",
            summary(result));
    cards(page, result);
    if (result.settings().blocks() != null) {
      page.figure("Objective", chart("objective", result, TrainingResult.Point::objective))
          .figure("Weights that are not zero", chart("weights", result, p -> p.nonZeros()));
    }
    return page.figure("Loss", lossChart(result))
        .figure("Area under the ROC curve", aucChart(result))
        .figure("Strongest features", topFeatures(result.model()))
        .figure(
            "Distribution of the weights that are not zero",
            SvgChart.histogram(
                "weight", "features", nonZeroWeights(result.model()), HISTOGRAM_BINS))
        .settings(settings(result));
  }

  private static String summary(TrainingResult result) {
    LrSettings settings = result.settings();
    String source =
        settings.data().isEmpty() ? "a generated click log" : String.join(", ", settings.data());
    return format(
        "%,d examples of %s, %d passes by %d workers, %s consistency.",
        result.trainExamples(),
        source,
        settings.passes(),
        settings.workers(),
        settings.consistency());
  }

  private static void cards(HtmlPage page, TrainingResult result) {
    String on = result.onTest() ? "test data" : "training data";
    String best =
        Double.isNaN(result.trueAuc())
            ? on
            : format("%s; best possible %.4f", on, result.trueAuc());
    page.card("AUC", format("%.4f", result.metrics().auc()), best)
        .card("Log-loss", format("%.4f", result.metrics().logLoss()), on)
        .card("Accuracy", format("%.2f %%", 100 * result.metrics().accuracy()), on)
        .card("Objective", format("%,.1f", result.objective()), "training data")
        .card(
            "Non-zero weights",
            format("%,d", result.model().nonZeros()),
            format("of %,d", result.model().keys().length))
        .card(
            "Examples a second",
            format("%,.0f", result.examplesPerSecond()),
            format("%.1f s of training", result.seconds()))
        .card(
            "Lives",
            format("%d", result.before().life()),
            result.before().life() == 1
                ? "not resumed"
                : format("resumed after %.2f passes", result.before().passes()))
        .card(
            "Idle", format("%.1f %%", 100 * result.idleShare()), "of the workers' time, in pulls");
    Traffic traffic = result.traffic();
    if (traffic != null) {
      page.card(
          "Bytes sent",
          format("%,d", traffic.sent()),
          format(
              "by all workers, %,d in pushes; %,d received", traffic.pushed(), traffic.received()));
    }
  }

  private static String chart(
      String name, TrainingResult result, ToDoubleFunction<TrainingResult.Point> value) {
    return SvgChart.lines("passes over the data", name, List.of(series(name, result, value)));
  }

  private static String lossChart(TrainingResult result) {
    return SvgChart.lines(
        "passes over the data",
        "log-loss",
        List.of(
            series("training, before each update", result, TrainingResult.Point::trainLoss),
            series(
                result.onTest() ? "test" : "training data", result, p -> p.metrics().logLoss())));
  }

  private static String aucChart(TrainingResult result) {
    var lines = new ArrayList<SvgChart.Series>();
    lines.add(series(result.onTest() ? "test" : "training data", result, p -> p.metrics().auc()));
    if (!Double.isNaN(result.trueAuc())) {
      lines.add(series("weights that the data were drawn from", result, p -> result.trueAuc()));
    }
    return SvgChart.lines("passes over the data", "AUC", lines);
  }

  private static SvgChart.Series series(
      String name, TrainingResult result, ToDoubleFunction<TrainingResult.Point> value) {
    return new SvgChart.Series(
        name,
        result.curve().stream()
            .map(
                point ->
                    new SvgChart.Mark(
                        point.passes(),
                        value.applyAsDouble(point),
                        format(
                            "%s: %.5f after %.2f passes, %.1f s",
                            name, value.applyAsDouble(point), point.passes(), point.seconds())))
            .toList());
  }

  private static String topFeatures(LinearModel model) {
    Integer[] strongest =
        IntStream.range(0, model.keys().length)
            .filter(i -> model.keys()[i] != LinearModel.INTERCEPT_KEY && model.weights()[i] != 0)
            .boxed()
            .toArray(Integer[]::new);
    Arrays.sort(strongest, Comparator.comparingDouble(i -> -Math.abs(model.weights()[i])));
    int count = Math.min(TOP_FEATURES, strongest.length);
    if (count == 0) {
      return "<p class=\"note\">All weights are zero.</p>";
    }
    double most = Math.abs(model.weights()[strongest[0]]);
    var html = new StringBuilder("<table class=\"bars\">\n");
    for (int rank = 0; rank < count; rank++) {
      double weight = model.weights()[strongest[rank]];
      double share = 50 * Math.abs(weight) / most;
      html.append(
          format(
              "<tr><th>%d</th><td><div class=\"bar %s\""
                  + " style=\"left:%.1f%%;width:%.1f%%\"></div></td><td"
                  + " class=\"number\">%+.4f</td></tr>%n",
              model.keys()[strongest[rank]],
              weight > 0 ? "up" : "down",
              weight > 0 ? 50 : 50 - share,
              share,
              weight));
    }
    html.append("</table>\n");
    if (model.intercept() != 0) {
      html.append(format("<p class=\"note\">Intercept %+.4f</p>%n", model.intercept()));
    }
    return html.toString();
  }

  private static double[] nonZeroWeights(LinearModel model) {
    return IntStream.range(0, model.keys().length)
        .filter(i -> model.keys()[i] != LinearModel.INTERCEPT_KEY && model.weights()[i] != 0)
        .mapToDouble(i -> model.weights()[i])
        .toArray();
  }

  private static Map<String, Object> settings(TrainingResult result) {
    LrSettings s = result.settings();
    Map<String, Object> rows = new LinkedHashMap<>();
    rows.put("Data", s.data().isEmpty() ? "generated click log" : String.join(", ", s.data()));
    rows.put("Workers", s.workers());
    rows.put("Passes", s.passes());
    BlockSettings blocks = s.blocks();
    if (blocks == null) {
      putOnline(rows, s);
    } else {
      rows.put("Algorithm", "delayed block proximal gradient");
      rows.put("Blocks", blocks.blocks());
      rows.put("Delay", blocks.delay() + " iterations");
      rows.put("Step", blocks.step());
      rows.put(
          "KKT filter",
          blocks.kkt() ? "on, all weights every " + blocks.recheckEvery() + " passes" : "off");
      rows.put("Tolerance", blocks.tolerance());
      rows.put("L1", s.l1());
    }
    rows.put("L2", s.l2());
    rows.put("Intercept", s.intercept() ? "yes" : "no");
    rows.put("Filters", s.traffic().filters());
    rows.put("Durability", s.durability().name().toLowerCase(Locale.ROOT));
    rows.put("Job and table", s.job() + " / " + s.table());
    rows.put("Seed", s.seed());
    return rows;
  }

  private static void putOnline(Map<String, Object> rows, LrSettings s) {
    rows.put("Batch", s.batch() + " examples of each worker");
    rows.put("Clock", s.tickEvery() == 1 ? "every batch" : "every " + s.tickEvery() + " batches");
    rows.put("Consistency", s.consistency());
    rows.put("Update rule", s.rule().name().toLowerCase(Locale.ROOT));
    rows.put("Learning rate (alpha)", s.alpha());
    if (s.rule() == LrSettings.Rule.FTRL) {
      rows.put("Beta", s.beta());
      rows.put("L1", s.l1());
    }
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in no dependency of ours
  private static String format(String pattern, Object... arguments) {
    return String.format(Locale.ROOT, pattern, arguments);
  }
}
