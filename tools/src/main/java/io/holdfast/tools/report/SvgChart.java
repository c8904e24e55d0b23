package io.holdfast.tools.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Charts as inline SVG, coloured by the page's style sheet (classes {@code s0}, {@code s1} for
 * series). Every mark has a title that browsers show on hover.
 */
public final class SvgChart {
  private static final int WIDTH = 560;
  private static final int HEIGHT = 300;
  private static final int LEFT = 62;
  private static final int RIGHT = 16;
  private static final int TOP = 14;
  private static final int BOTTOM = 46;
  private static final int TICKS = 5;

  private final String xLabel;
  private final String yLabel;
  private final StringBuilder marks = new StringBuilder();
  private final double xLow;
  private final double xHigh;
  private final double yLow;
  private final double yHigh;
  private final double xStep;
  private final double yStep;

  /** One line of a chart. NaN values are left out. */
  public record Series(String name, List<Mark> marks) {}

  /** One value, and what is said of it on hover. */
  public record Mark(double x, double y, String title) {}

  /** Something that happened, as an upright line with a number. */
  public record Event(double x, String title) {}

  private SvgChart(
      String xLabel, String yLabel, double xLow, double xHigh, double yLow, double yHigh) {
    this.xLabel = xLabel;
    this.yLabel = yLabel;
    this.xStep = niceStep(xHigh - xLow);
    this.yStep = niceStep(yHigh - yLow);
    this.xLow = xLow;
    this.xHigh = xHigh > xLow ? xHigh : xLow + xStep;
    this.yLow = Math.floor(yLow / yStep) * yStep;
    this.yHigh = Math.max(Math.ceil(yHigh / yStep) * yStep, this.yLow + yStep);
  }

  /** Lines over x, which starts at 0. */
  public static String lines(String xLabel, String yLabel, List<Series> series) {
    return lines(xLabel, yLabel, series, List.of());
  }

  /** The same, with what happened meanwhile, numbered from 1 on. */
  public static String lines(
      String xLabel, String yLabel, List<Series> series, List<Event> events) {
    double xHigh = 0;
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (Series line : series) {
      for (Mark mark : line.marks()) {
        if (Double.isFinite(mark.y())) {
          xHigh = Math.max(xHigh, mark.x());
          low = Math.min(low, mark.y());
          high = Math.max(high, mark.y());
        }
      }
    }
    if (low > high) {
      return "<p class=\"note\">Nothing was measured.</p>";
    }
    var chart = new SvgChart(xLabel, yLabel, 0, xHigh, low, high);
    for (int i = 0; i < events.size(); i++) {
      chart.event(events.get(i), i + 1);
    }
    for (int i = 0; i < series.size(); i++) {
      chart.line(series.get(i), i);
    }
    return chart.svg() + legend(series);
  }

  /** Counts of values in equal bins. */
  public static String histogram(String xLabel, String yLabel, double[] values, int bins) {
    if (values.length == 0) {
      return "<p class=\"note\">All weights are zero.</p>";
    }
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    double binWidth = high > low ? (high - low) / bins : 1;
    int[] counts = new int[bins];
    int most = 0;
    for (double value : values) {
      int bin = Math.min(bins - 1, (int) ((value - low) / binWidth));
      most = Math.max(most, ++counts[bin]);
    }
    var chart = new SvgChart(xLabel, yLabel, low, low + bins * binWidth, 0, most);
    for (int i = 0; i < bins; i++) {
      chart.column(low + i * binWidth, low + (i + 1) * binWidth, counts[i]);
    }
    return chart.svg();
  }

  private void line(Series series, int number) {
    List<Mark> shown = new ArrayList<>(series.marks());
    shown.removeIf(mark -> !Double.isFinite(mark.y()));
    marks.append("<polyline class=\"line s").append(number).append("\" points=\"");
    for (Mark mark : shown) {
      marks.append(format("%.1f,%.1f ", x(mark.x()), y(mark.y())));
    }
    marks.append("\"/>\n");
    for (Mark mark : shown) {
      marks.append(
          format(
              "<circle class=\"dot s%d\" cx=\"%.1f\" cy=\"%.1f\""
                  + " r=\"3\"><title>%s</title></circle>%n",
              number, x(mark.x()), y(mark.y()), HtmlPage.escaped(mark.title())));
    }
  }

  private void event(Event event, int number) {
    double x = x(Math.min(event.x(), xHigh));
    marks.append(
        format(
            "<g class=\"event\"><title>%s</title><line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\""
                + " y2=\"%.1f\"/><text x=\"%.1f\" y=\"%d\">%d</text></g>%n",
            HtmlPage.escaped(event.title()), x, x, TOP, y(yLow), x + 3, TOP + 10, number));
  }

  private void column(double from, double to, int count) {
    marks.append(
        format(
            "<rect class=\"column\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">"
                + "<title>%,d from %.3f to %.3f</title></rect>%n",
            x(from),
            y(count),
            Math.max(0.5, x(to) - x(from) - 1),
            Math.max(0, y(yLow) - y(count)),
            count,
            from,
            to));
  }

  private String svg() {
    var svg = new StringBuilder();
    svg.append(
        format(
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s over %s\">%n",
            WIDTH, HEIGHT, yLabel, xLabel));
    double bottom = y(yLow);
    int yTicks = (int) Math.round((yHigh - yLow) / yStep);
    for (int i = 0; i <= yTicks; i++) {
      double tick = yLow + i * yStep;
      svg.append(
          format(
              "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                  + "<text class=\"tick\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>%n",
              LEFT, WIDTH - RIGHT, y(tick), y(tick), LEFT - 8, y(tick) + 4, label(tick, yStep)));
    }
    for (double tick = Math.ceil(xLow / xStep) * xStep;
        tick <= xHigh + xStep / 1e6;
        tick += xStep) {
      svg.append(
          format(
              "<line class=\"axis\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>"
                  + "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>%n",
              x(tick), x(tick), bottom, bottom + 5, x(tick), bottom + 19, label(tick, xStep)));
    }
    svg.append(
        format(
            "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>%n",
            LEFT, WIDTH - RIGHT, bottom, bottom));
    svg.append(
        format(
            "<text class=\"label\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
            (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, xLabel));
    svg.append(
        format(
            "<text class=\"label\" transform=\"translate(14 %.1f) rotate(-90)\""
                + " text-anchor=\"middle\">%s</text>%n",
            (TOP + bottom) / 2, yLabel));
    return svg.append(marks).append("</svg>\n").toString();
  }

  private static String legend(List<Series> series) {
    var legend = new StringBuilder("<p class=\"legend\">");
    for (int i = 0; i < series.size(); i++) {
      legend.append(
          format(
              "<span><i class=\"s%d\"></i>%s</span> ", i, HtmlPage.escaped(series.get(i).name())));
    }
    return legend.append("</p>\n").toString();
  }

  private double x(double value) {
    return LEFT + (value - xLow) / (xHigh - xLow) * (WIDTH - LEFT - RIGHT);
  }

  private double y(double value) {
    return HEIGHT - BOTTOM - (value - yLow) / (yHigh - yLow) * (HEIGHT - TOP - BOTTOM);
  }

  /** 1, 2 or 5 times a power of ten, so that a span has about TICKS of them. */
  private static double niceStep(double span) {
    if (!(span > 0)) {
      return 0.1;
    }
    double rough = span / TICKS;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double lead = rough / power;
    return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
  }

  private static String label(double tick, double step) {
    int decimals = (int) Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
    double shown = Math.abs(tick) < step / 1e6 ? 0 : tick;
    return String.format(Locale.ROOT, "%,." + decimals + "f", shown);
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in no dependency of ours
  private static String format(String pattern, Object... arguments) {
    return String.format(Locale.ROOT, pattern, arguments);
  }
}
