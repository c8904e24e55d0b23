package io.holdfast.tools.train;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
    try {
      Files.writeString(file, page(result), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "cannot write the report to " + file + ": " + e.getMessage(),
          e);
    }
  }

  static String page(TrainingResult result) {
    var html = new StringBuilder();
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .append("<title>Holdfast: logistic regression, AUC ")
        .append(format("%.4f", result.metrics().auc()))
        .append("</title>\n<style>\n")
        .append(style())
        .append("</style>\n</head>\n<body>\n<main>\n");
    html.append("<header><h1>Sparse logistic regression</h1>\n<p>")
        .append(escaped(summary(result)))
        .append("</p></header>\n");
    html.append("<section class=\"cards\">\n").append(cards(result)).append("</section>\n");
    html.append("<section class=\"charts\">\n");
    figure(html, "Loss", lossChart(result));
    figure(html, "Area under the ROC curve", aucChart(result));
    figure(html, "Strongest features", topFeatures(result.model()));
    figure(
        html,
        "Weights that are not zero",
        SvgChart.histogram("weight", "features", nonZeroWeights(result.model()), HISTOGRAM_BINS));
    html.append("</section>\n<section>\n<h2>Settings</h2>\n").append(settings(result));
    return html.append("</section>\n</main>\n</body>\n</html>\n").toString();
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

  private static String cards(TrainingResult result) {
    String on = result.onTest() ? "test data" : "training data";
    var cards = new StringBuilder();
    String best =
        Double.isNaN(result.trueAuc())
            ? on
            : format("%s; best possible %.4f", on, result.trueAuc());
    card(cards, "AUC", format("%.4f", result.metrics().auc()), best);
    card(cards, "Log-loss", format("%.4f", result.metrics().logLoss()), on);
    card(cards, "Accuracy", format("%.2f %%", 100 * result.metrics().accuracy()), on);
    card(cards, "Objective", format("%,.1f", result.objective()), "training data");
    card(
        cards,
        "Non-zero weights",
        format("%,d", result.model().nonZeros()),
        format("of %,d", result.model().keys().length));
    card(
        cards,
        "Examples a second",
        format("%,.0f", result.examplesPerSecond()),
        format("%.1f s of training", result.seconds()));
    return cards.toString();
  }

  private static void card(StringBuilder html, String name, String value, String note) {
    html.append("<div class=\"card\"><span>")
        .append(name)
        .append("</span><strong>")
        .append(value)
        .append("</strong><small>")
        .append(escaped(note))
        .append("</small></div>\n");
  }

  private static void figure(StringBuilder html, String title, String content) {
    html.append("<figure><h2>").append(title).append("</h2>\n").append(content);
    html.append("</figure>\n");
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
              "<tr><th>%d</th><td><div class=\"bar %s\" style=\"left:%.1f%%;width:%.1f%%\"></div></td>"
                  + "<td class=\"number\">%+.4f</td></tr>%n",
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

  private static String settings(TrainingResult result) {
    LrSettings s = result.settings();
    Map<String, Object> rows = new LinkedHashMap<>();
    rows.put("Data", s.data().isEmpty() ? "generated click log" : String.join(", ", s.data()));
    rows.put("Workers", s.workers());
    rows.put("Passes", s.passes());
    rows.put("Batch", s.batch() + " examples of each worker");
    rows.put("Clock", s.tickEvery() == 1 ? "every batch" : "every " + s.tickEvery() + " batches");
    rows.put("Consistency", s.consistency());
    rows.put("Update rule", s.rule().name().toLowerCase(Locale.ROOT));
    rows.put("Learning rate (alpha)", s.alpha());
    if (s.rule() == LrSettings.Rule.FTRL) {
      rows.put("Beta", s.beta());
      rows.put("L1", s.l1());
    }
    rows.put("L2", s.l2());
    rows.put("Intercept", s.intercept() ? "yes" : "no");
    rows.put("Durability", s.durability().name().toLowerCase(Locale.ROOT));
    rows.put("Job and table", s.job() + " / " + s.table());
    rows.put("Seed", s.seed());
    var html = new StringBuilder("<table class=\"settings\">\n");
    rows.forEach(
        (name, value) ->
            html.append("<tr><th>")
                .append(name)
                .append("</th><td>")
                .append(escaped(String.valueOf(value)))
                .append("</td></tr>\n"));
    return html.append("</table>\n").toString();
  }

  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  private static String style() {
    try (InputStream in = HtmlReport.class.getResourceAsStream("report.css")) {
      if (in == null) {
        throw new IllegalStateException("report.css is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("report.css cannot be read", e);
    }
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in no dependency of ours
  private static String format(String pattern, Object... arguments) {
    return String.format(Locale.ROOT, pattern, arguments);
  }
}
