package io.holdfast.tools.sketch;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a run has done.
 *
 * @param items counted, over all lives of the run
 * @param inserted of them in this life
 * @param counters pushed in this life, each once in a push
 * @param seconds of inserting in all lives
 * @param inLife of inserting in this life
 * @param life which life of the run this is; 1: the first
 * @param bound largest error that is promised, but for a share of delta
 * @param queryMicros p50 and p99 of a query of 16 items while inserting; empty where none was made
 * @param curve how the run went, over all of its lives
 * @param kill what the death of a node did, where one was killed
 * @param answers estimates that were asked for by name, in their order
 */
record SketchResult(
    SketchSettings settings,
    String source,
    double epsilon,
    double delta,
    long items,
    long inserted,
    long counters,
    double seconds,
    double inLife,
    long life,
    double bound,
    Audit.Errors errors,
    long queries,
    List<Long> queryMicros,
    List<Point> curve,
    Optional<NodeKill> kill,
    Map<String, Long> answers) {
  /**
   * @param seconds since the run began, without the time between lives
   * @param items that are acknowledged by then
   * @param life in which it was so
   */
  record Point(double seconds, long items, long life) {}

  /** In this life. */
  double perSecond() {
    return inserted / Math.max(1e-9, inLife);
  }

  /** In this life; as many keys as {@code bench} counts. */
  double countersPerSecond() {
    return counters / Math.max(1e-9, inLife);
  }

  /** Of this machine, on which the command's own server or nodes are, too. */
  static int cores() {
    return Runtime.getRuntime().availableProcessors();
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
    json.put("life", life);
    json.put("seconds", seconds);
    json.put("insertsPerSecond", perSecond());
    json.put("insertsPerSecondAndCore", perSecond() / cores());
    json.put("counterUpdatesPerSecond", perSecond() * settings.sketch().depth());
    json.put("keysPushedPerSecond", countersPerSecond());
    kill.ifPresent(
        done -> {
          var node = json.putObject("nodeKilled");
          node.put("atSeconds", done.struck().get(0).seconds());
          node.put("insertsPerSecondBefore", done.rate().rateBefore());
          node.put("longestSilenceSeconds", done.rate().longestSilence());
          done.rate().back().ifPresent(back -> node.put("rateBackAfterSeconds", back));
        });
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
            "%,d items in %d x %,d counters: %.1f s, %,.0f inserts/s by %d workers (%,.0f a core),"
                + " in pushes of %,.0f keys/s%n",
            items,
            settings.sketch().depth(),
            settings.sketch().width(),
            seconds,
            perSecond(),
            settings.workers(),
            perSecond() / cores(),
            countersPerSecond()));
    kill.ifPresent(done -> text.append(text(done.rate())));
    text.append(
        String.format(
            Locale.ROOT,
            "%,d of the items checked: %d below their count, %d above it by more than %,.0f"
                + " (allowed: %,.0f); at most %,d, %.2f on average%n",
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

  private static String text(RateBack rate) {
    return String.format(
        Locale.ROOT,
        "a node was killed at %,.0f inserts/s: longest time without any %.2f s, rate back %s%n",
        rate.rateBefore(),
        rate.longestSilence(),
        rate.back().isPresent()
            ? String.format(Locale.ROOT, "after %.2f s", rate.back().getAsDouble())
            : "not before the end");
  }
}
