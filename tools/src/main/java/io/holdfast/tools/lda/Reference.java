package io.holdfast.tools.lda;

import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * The same model by one thread on plain arrays, with the plain sampler: what a run is held against.
 */
final class Reference {
  private Reference() {}

  /**
   * Samples all passes and evaluates the last. Blocks.
   *
   * @param passDone told of each pass
   * @return log-likelihood
   */
  static double logLikelihood(LdaSettings settings, Corpus corpus, IntConsumer passDone) {
    int topicCount = settings.topics();
    var random = new SplittableRandom(settings.seed() + 1);
    short[] topics = Assignments.random(corpus.tokens(), topicCount, random).topics();
    long[] wordTopics = count(corpus, topics, topicCount);
    long[] totals = new long[topicCount];
    for (short topic : topics) {
      totals[topic]++;
    }
    var counts = new TopicCounts(topicCount, corpus.vocabularySize());
    counts.load(
        IntStream.range(0, corpus.vocabularySize()).asLongStream().toArray(), wordTopics, totals);
    var sampler =
        new PlainSampler(topicCount, settings.alpha(), settings.eta(), corpus.vocabularySize());
    var draws = TopicSampler.Draws.of(random);
    for (int pass = 1; pass <= settings.passes(); pass++) {
      for (int document = 0; document < corpus.documents(); document++) {
        sampler.sample(
            corpus,
            topics,
            corpus.starts()[document],
            corpus.starts()[document + 1],
            counts,
            draws);
      }
      passDone.accept(pass);
    }
    var likelihood = settings.logLikelihood(corpus.vocabularySize());
    return likelihood.ofWords(count(corpus, topics, topicCount))
        + likelihood.ofDocuments(corpus, topics);
  }

  /** {@code [vocabulary][topics]}: what the table holds when all is in, once. */
  static long[] count(Corpus corpus, short[] topics, int topicCount) {
    long[] counts = new long[corpus.vocabularySize() * topicCount];
    for (int token = 0; token < corpus.tokens(); token++) {
      counts[corpus.words()[token] * topicCount + topics[token]]++;
    }
    return counts;
  }
}
