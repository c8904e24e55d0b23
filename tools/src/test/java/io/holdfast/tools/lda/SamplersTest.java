package io.holdfast.tools.lda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplersTest {
  private static final int TOPICS = 5;
  private static final int WORDS = 4;
  private static final double ALPHA = 0.3;
  private static final double ETA = 0.05;
  private static final int GRID = 20_000;

  private static TopicSampler sampler(boolean sparse) {
    return sparse
        ? new SparseSampler(TOPICS, ALPHA, ETA, WORDS)
        : new PlainSampler(TOPICS, ALPHA, ETA, WORDS);
  }

  private static Corpus corpus() {
    return new Corpus(
        new int[] {0, 3, 9},
        new int[] {0, 0, 1, 0, 1, 1, 2, 2, 3},
        List.of("a", "b", "c", "d"),
        "");
  }

  private static final short[] ASSIGNED = {0, 1, 1, 3, 3, 0, 2, 2, 3};

  private static TopicCounts counts(Corpus corpus, short[] topics) {
    long[] counts = Reference.count(corpus, topics, TOPICS);
    long[] totals = new long[TOPICS];
    for (short topic : topics) {
      totals[topic]++;
    }
    var loaded = new TopicCounts(TOPICS, WORDS);
    loaded.load(IntStream.range(0, WORDS).asLongStream().toArray(), counts, totals);
    return loaded;
  }

  /** Straight from the formula, with the token left out. */
  private static double[] expected(Corpus corpus, int token, int from, int to) {
    double[] weights = new double[TOPICS];
    double sum = 0;
    for (int k = 0; k < TOPICS; k++) {
      int inDocument = 0;
      int ofWord = 0;
      int total = 0;
      for (int other = 0; other < corpus.tokens(); other++) {
        if (other != token && ASSIGNED[other] == k) {
          total++;
          ofWord += corpus.words()[other] == corpus.words()[token] ? 1 : 0;
          inDocument += other >= from && other < to ? 1 : 0;
        }
      }
      weights[k] = (inDocument + ALPHA) * (ofWord + ETA) / (total + WORDS * ETA);
      sum += weights[k];
    }
    for (int k = 0; k < TOPICS; k++) {
      weights[k] /= sum;
    }
    return weights;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void drawsTheFirstTokenOfADocumentByTheConditional(boolean sparse) {
    Corpus corpus = corpus();
    double[] found = new double[TOPICS];
    for (int i = 0; i < GRID; i++) {
      double uniform = (i + 0.5) / GRID;
      short[] topics = ASSIGNED.clone();
      sampler(sparse).sample(corpus, topics, 3, 9, counts(corpus, topics), () -> uniform);
      found[topics[3]] += 1.0 / GRID;
    }
    assertArrayEquals(expected(corpus, 3, 3, 9), found, 2.0 / GRID);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void keepsCountsThatAreThoseOfTheTopics(boolean sparse) {
    Corpus corpus = GeneratedCorpus.of(40, TOPICS, 7);
    var random = new SplittableRandom(3);
    short[] topics = Assignments.random(corpus.tokens(), TOPICS, random).topics();
    long[] totals = new long[TOPICS];
    for (short topic : topics) {
      totals[topic]++;
    }
    var counts = new TopicCounts(TOPICS, corpus.vocabularySize());
    counts.load(
        IntStream.range(0, corpus.vocabularySize()).asLongStream().toArray(),
        Reference.count(corpus, topics, TOPICS),
        totals);
    var sampler =
        sparse
            ? new SparseSampler(TOPICS, ALPHA, ETA, corpus.vocabularySize())
            : new PlainSampler(TOPICS, ALPHA, ETA, corpus.vocabularySize());
    for (int document = 0; document < corpus.documents(); document++) {
      sampler.sample(
          corpus,
          topics,
          corpus.starts()[document],
          corpus.starts()[document + 1],
          counts,
          TopicSampler.Draws.of(random));
    }
    long[] expected = Reference.count(corpus, topics, TOPICS);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], counts.counts()[i], "word " + i / TOPICS + " topic " + i % TOPICS);
    }
  }
}
