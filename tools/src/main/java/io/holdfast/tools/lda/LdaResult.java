package io.holdfast.tools.lda;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * What a run has done.
 *
 * @param seconds of sampling in all lives of the run
 * @param before what earlier lives of the run had done
 * @param logLikelihood of words and topics, natural logarithm
 * @param wrongCounts of the tables, held against the workers' tokens
 * @param curve of all lives, by pass
 */
record LdaResult(
    LdaSettings settings,
    Corpus corpus,
    double seconds,
    Before before,
    double logLikelihood,
    long wrongCounts,
    List<TopicWords> topics,
    List<Point> curve) {
  /**
   * @param seconds since the start
   * @param logLikelihood about when every worker had done that pass
   */
  record Point(int pass, double seconds, double logLikelihood) {}

  /**
   * What the lives before this one had done.
   *
   * @param life which life of the run this is; 1: the first
   * @param passes that the worker had done that was furthest; 0: none
   * @param seconds of sampling, as far as they are known: up to the last point of the curve
   */
  record Before(long life, int passes, double seconds) {}

  /** In this life, by all workers. */
  double tokensPerSecond() {
    int passes = Math.max(0, settings.passes() - before.passes());
    return (double) corpus.tokens() * passes / Math.max(1e-9, seconds - before.seconds());
  }

  /** How much less likely than the reference; negative: more likely. */
  double shortfall(double reference) {
    return (reference - logLikelihood) / Math.abs(reference);
  }

  /** One JSON document on one line. */
  String json(OptionalDouble reference) {
    var mapper = new ObjectMapper();
    var json = mapper.createObjectNode();
    json.put("documents", corpus.documents());
    json.put("tokens", corpus.tokens());
    json.put("vocabulary", corpus.vocabularySize());
    json.put("topics", settings.topics());
    json.put("passes", settings.passes());
    json.put("life", before.life());
    json.put("resumedAfter", before.passes());
    json.put("seconds", seconds);
    json.put("tokensPerSecond", tokensPerSecond());
    json.put("logLikelihood", logLikelihood);
    json.put("wrongCounts", wrongCounts);
    if (reference.isPresent()) {
      json.put("referenceLogLikelihood", reference.getAsDouble());
      json.put("shortfall", shortfall(reference.getAsDouble()));
    }
    var list = json.putArray("topicWords");
    for (TopicWords topic : topics) {
      var node = list.addObject();
      node.put("topic", topic.topic());
      node.put("tokens", topic.tokens());
      topic.words().forEach(node.putArray("words")::add);
    }
    return json.toString();
  }

  /** Lines for people. */
  String text(OptionalDouble reference) {
    var text = new StringBuilder();
    for (TopicWords topic : topics) {
      text.append(
          String.format(
              Locale.ROOT,
              "topic %3d, %,8d tokens: %s%n",
              topic.topic(),
              topic.tokens(),
              String.join(" ", topic.words())));
    }
    text.append(
        String.format(
            Locale.ROOT,
            "%s: %,d documents, %,d tokens, %,d words; %d topics, %d passes by %d workers in %.1f s,"
                + " %,.0f tokens/s%n",
            corpus.description(),
            corpus.documents(),
            corpus.tokens(),
            corpus.vocabularySize(),
            settings.topics(),
            settings.passes(),
            settings.workers(),
            seconds,
            tokensPerSecond()));
    text.append(
        String.format(
            Locale.ROOT,
            "log-likelihood %,.0f, %.4f a token%n",
            logLikelihood,
            logLikelihood / Math.max(1, corpus.tokens())));
    if (reference.isPresent()) {
      text.append(
          String.format(
              Locale.ROOT,
              "one thread with the plain sampler: %,.0f; this is %.3f %% %s%n",
              reference.getAsDouble(),
              Math.abs(shortfall(reference.getAsDouble())) * 100,
              shortfall(reference.getAsDouble()) > 0 ? "below" : "above"));
    }
    text.append(
        wrongCounts == 0
            ? "every count in the tables is that of the workers' tokens\n"
            : wrongCounts + " counts in the tables are not those of the workers' tokens\n");
    return text.toString();
  }
}
