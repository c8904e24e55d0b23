package io.holdfast.tools.sketch;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a run has done.
 *
 * @param items counted, by this run and the one that it resumed
 * @param inserted by this run
 * @param bound largest error that is promised, but for a share of delta
 * @param queryMicros p50 and p99 of a query of 16 items while inserting; empty where none was made
 * @param curve how this run went, from its start on
 * @param answers estimates that were asked for by name, in their order
 */
record SketchResult(
    SketchSettings settings,
    String source,
    double epsilon,
    double delta,
    long items,
    long inserted,
    double seconds,
    double bound,
    Audit.Errors errors,
    long queries,
    List<Long> queryMicros,
    List<Point> curve,
    Map<String, Long> answers) {
  /**
   * @param seconds since the start
   * @param items of this run that are acknowledged by then
   */
  record Point(double seconds, long items) {}

  double perSecond() {
    return inserted / Math.max(1e-9, seconds);
  }

  /** Whether no count is missing, and no more than the promised share is too high. */
  boolean holds() {
    return errors.below() == 0 && errors.beyond() <= delta * errors.sampled();
  }

  /** One JSON document on one line. */
  String json() {
    var mapper = new ObjectMapper();
    var json = mapper.createObjectNode();
    json.put("epsilon", epsilon);
    json.put("delta", delta);
    json.put("depth", settings.sketch().depth());
    json.put("width", settings.sketch().width());
    json.put("items", items);
    json.put("seconds", seconds);
    json.put("insertsPerSecond", perSecond());
    json.put("counterUpdatesPerSecond", perSecond() * settings.sketch().depth());
    json.put("errorBound", bound);
    json.put("audited", errors.sampled());
    json.put("below", errors.below());
    json.put("beyondBound", errors.beyond());
    json.put("largestError", errors.mostAbove());
    json.put("meanError", errors.meanAbove());
    json.put("queries", queries);
    if (!queryMicros.isEmpty()) {
      json.put("queryP50Micros", queryMicros.get(0));
      json.put("queryP99Micros", queryMicros.get(1));
    }
    json.set("estimates", mapper.valueToTree(answers));
    return json.toString();
  }

  /** A few lines for people. */
  String text() {
    var text = new StringBuilder();
    answers.forEach(
        (word, estimate) -> text.append(String.format(Locale.ROOT, "%s: %,d%n", word, estimate)));
    text.append(
        String.format(
            Locale.ROOT,
            "%,d items in %d x %,d counters: %.1f s, %,.0f inserts/s by %d workers%n",
            items,
            settings.sketch().depth(),
            settings.sketch().width(),
            seconds,
            perSecond(),
            settings.workers()));
    text.append(
        String.format(
            Locale.ROOT,
            "%,d of the items checked: %d below their count, %d above it by more than %,.0f (allowed:"
                + " %,.0f); at most %,d, %.2f on average%n",
            errors.sampled(),
            errors.below(),
            errors.beyond(),
            bound,
            delta * errors.sampled(),
            errors.mostAbove(),
            errors.meanAbove()));
    if (!queryMicros.isEmpty()) {
      text.append(
          String.format(
              Locale.ROOT,
              "%,d queries of 16 items meanwhile: p50 %.1f ms, p99 %.1f ms%n",
              queries,
              queryMicros.get(0) / 1e3,
              queryMicros.get(1) / 1e3));
    }
    return text.toString();
  }
}
