package io.holdfast.tools.lda;

import java.util.Arrays;

/** Looks at every topic for every token: the reference for samplers that do not. */
final class PlainSampler implements TopicSampler {
  private final double alpha;
  private final double eta;
  private final double etaSum;
  private final int[] inDocument;
  private final double[] cumulated;

  PlainSampler(int topics, double alpha, double eta, int vocabularySize) {
    this.alpha = alpha;
    this.eta = eta;
    this.etaSum = eta * vocabularySize;
    this.inDocument = new int[topics];
    this.cumulated = new double[topics];
  }

  @Override
  public void sample(
      Corpus corpus, short[] topics, int from, int to, TopicCounts counts, Draws draws) {
    Arrays.fill(inDocument, 0);
    for (int token = from; token < to; token++) {
      inDocument[topics[token]]++;
    }
    for (int token = from; token < to; token++) {
      int word = corpus.words()[token];
      int old = topics[token];
      inDocument[old]--;
      counts.add(word, old, -1);
      int drawn = draw(counts, counts.startOf(word), draws.next());
      inDocument[drawn]++;
      counts.add(word, drawn, 1);
      topics[token] = (short) drawn;
    }
  }

  private int draw(TopicCounts counts, int start, double uniform) {
    double sum = 0;
    for (int k = 0; k < cumulated.length; k++) {
      sum +=
          (inDocument[k] + alpha)
              * (counts.counts()[start + k] + eta)
              / (counts.totals()[k] + etaSum);
      cumulated[k] = sum;
    }
    double sought = uniform * sum;
    int drawn = 0;
    while (drawn < cumulated.length - 1 && cumulated[drawn] <= sought) {
      drawn++;
    }
    return drawn;
  }
}
