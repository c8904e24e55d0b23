package io.holdfast.tools.lda;

import java.util.ArrayList;
import java.util.SplittableRandom;

/**
 * Documents made by the model itself: each topic is a handful of neighbouring words that it uses
 * most, and each document is about a few topics.
 */
final class GeneratedCorpus {
  private static final int WORDS_PER_TOPIC = 100;
  private static final int TOKENS = 120;
  private static final int TOPICS_PER_DOCUMENT = 3;
  private static final double NOISE = 0.1;

  private GeneratedCorpus() {}

  static Corpus of(int documents, int topics, long seed) {
    var random = new SplittableRandom(seed);
    int words = topics * WORDS_PER_TOPIC;
    var builder = new Corpus.Builder();
    for (int document = 0; document < documents; document++) {
      int[] about = random.ints(TOPICS_PER_DOCUMENT, 0, topics).toArray();
      for (int token = 0; token < TOKENS; token++) {
        int topic = about[random.nextInt(about.length)];
        builder.add(
            random.nextDouble() < NOISE
                ? random.nextInt(words)
                : topic * WORDS_PER_TOPIC + skewed(random));
      }
      builder.endDocument();
    }
    var vocabulary = new ArrayList<String>(words);
    for (int word = 0; word < words; word++) {
      vocabulary.add("t" + word / WORDS_PER_TOPIC + "w" + word % WORDS_PER_TOPIC);
    }
    return builder.build(vocabulary, documents + " generated documents");
  }

  /** The first words of a topic come most often. */
  private static int skewed(SplittableRandom random) {
    double uniform = random.nextDouble();
    return (int) (uniform * uniform * WORDS_PER_TOPIC);
  }
}
