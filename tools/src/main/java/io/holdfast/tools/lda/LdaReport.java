package io.holdfast.tools.lda;

import io.holdfast.tools.report.HtmlPage;
import io.holdfast.tools.report.SvgChart;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;

/** A run on one page. */
final class LdaReport {
  private LdaReport() {}

  static HtmlPage page(LdaResult result) {
    var settings = result.settings();
    var asked = new LinkedHashMap<String, Object>();
    asked.put("Documents", result.corpus().description());
    asked.put("Topics", settings.topics());
    asked.put("Alpha and eta", settings.alpha() + ", " + settings.eta());
    asked.put("Passes", settings.passes());
    asked.put("Workers", settings.workers());
    asked.put("Steps in a pass", settings.blocks());
    asked.put("Sampler", settings.sparse() ? "sparse" : "plain");
    asked.put("Consistency", settings.consistency());
    asked.put("Durability", settings.durability().name().toLowerCase(Locale.ROOT));
    asked.put("Job", settings.job());
    return new HtmlPage(
            "Holdfast: topics",
            "Topic model",
            String.format(
                Locale.ROOT,
                "%s: %,d documents, %,d tokens.",
                result.corpus().description(),
                result.corpus().documents(),
                result.corpus().tokens()))
        .card(
            "Log-likelihood",
            String.format(Locale.ROOT, "%,.0f", result.logLikelihood()),
            "of words and topics")
        .card(
            "Tokens a second",
            String.format(Locale.ROOT, "%,.0f", result.tokensPerSecond()),
            "by all workers")
        .card(
            "Lives",
            Long.toString(result.before().life()),
            result.before().life() == 1
                ? "not resumed"
                : "resumed after pass " + result.before().passes())
        .card(
            "Wrong counts",
            String.format(Locale.ROOT, "%,d", result.wrongCounts()),
            "tables held against the workers' tokens")
        .figure("Log-likelihood", curve(result))
        .figure("Topics", topics(result.topics()))
        .settings(asked);
  }

  private static String curve(LdaResult result) {
    var marks =
        result.curve().stream()
            .map(
                point ->
                    new SvgChart.Mark(
                        point.pass(),
                        point.logLikelihood(),
                        String.format(
                            Locale.ROOT,
                            "%,.0f after pass %d, %.1f s",
                            point.logLikelihood(),
                            point.pass(),
                            point.seconds())))
            .toList();
    return SvgChart.lines(
        "passes", "log-likelihood", List.of(new SvgChart.Series("words and topics", marks)));
  }

  private static String topics(List<TopicWords> topics) {
    var table = new StringBuilder("<table class=\"settings\">\n");
    for (TopicWords topic : topics) {
      table.append(
          String.format(
              Locale.ROOT,
              "<tr><th>%,d tokens</th><td>%s</td></tr>%n",
              topic.tokens(),
              HtmlPage.escaped(String.join(" ", topic.words()))));
    }
    return table.append("</table>\n").toString();
  }
}
