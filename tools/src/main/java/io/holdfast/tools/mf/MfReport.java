package io.holdfast.tools.mf;

import io.holdfast.tools.command.Converters;
import io.holdfast.tools.report.HtmlPage;
import io.holdfast.tools.report.SvgChart;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** A run on one page. */
final class MfReport {
  private MfReport() {}

  static HtmlPage page(MfResult result) {
    var settings = result.settings();
    var data = result.data();
    var asked = new LinkedHashMap<String, Object>();
    asked.put("Ratings", data.description());
    asked.put("Factors", settings.rank());
    asked.put("Rule", settings.rule().name().toLowerCase(Locale.ROOT));
    asked.put("Rate", settings.rate());
    asked.put("L2", settings.l2());
    asked.put("Passes", settings.passes());
    asked.put("Workers", settings.workers());
    asked.put("Batch", settings.batch() + " ratings of each worker, which is a clock");
    asked.put("Consistency", Converters.text(settings.consistency()));
    asked.put("Durability", settings.durability().name().toLowerCase(Locale.ROOT));
    asked.put("Job", settings.job());
    asked.put("Seed", settings.seed());
    asked.put("Life", result.before().life());
    return new HtmlPage(
            "Holdfast: factors",
            "Matrix factorisation",
            String.format(
                Locale.ROOT,
                "%s: %,d ratings of %,d users and %,d items, %,d held out.",
                data.description(),
                data.train().count(),
                data.train().distinctUsers(),
                data.train().distinctItems(),
                data.heldOut().count()))
        .card(
            "RMSE",
            String.format(Locale.ROOT, "%.4f", result.error()),
            result.hasHeldOut() ? "on what was held out" : "on the training ratings")
        .card(
            "RMSE of the mean",
            String.format(Locale.ROOT, "%.4f", data.errorOfMean()),
            data.noise().isPresent()
                ? String.format(Locale.ROOT, "noise %.4f", data.noise().getAsDouble())
                : "for who predicts it always")
        .card(
            "Ratings a second",
            String.format(Locale.ROOT, "%,.0f", result.ratingsPerSecond()),
            "by all workers")
        .figure("Error", curve(result))
        .settings(asked);
  }

  private static String curve(MfResult result) {
    var series = new ArrayList<SvgChart.Series>();
    series.add(
        series(result.hasHeldOut() ? "held out" : "model", result.curve(), MfResult.Point::error));
    series.add(series("in training", result.curve(), MfResult.Point::trainError));
    return SvgChart.lines("passes", "RMSE", series);
  }

  private static SvgChart.Series series(
      String name, List<MfResult.Point> curve, ToDoubleFunction<MfResult.Point> value) {
    return new SvgChart.Series(
        name,
        curve.stream()
            .map(
                point ->
                    new SvgChart.Mark(
                        point.pass(),
                        value.applyAsDouble(point),
                        String.format(
                            Locale.ROOT,
                            "%.4f after pass %d, %.1f s",
                            value.applyAsDouble(point),
                            point.pass(),
                            point.seconds())))
            .toList());
  }
}
