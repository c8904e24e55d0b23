package io.holdfast.tools.lda;

/**
 * Natural logarithm of the joint probability of words and topics, {@code log p(w | z) + log p(z)},
 * with the topics' and documents' distributions integrated out (Griffiths and Steyvers, PNAS 2004,
 * equations 2 and 3). The two parts come from different tables and are added by the caller.
 */
final class LogLikelihood {
  private final double alpha;
  private final double eta;
  private final int topics;
  private final int vocabularySize;

  LogLikelihood(double alpha, double eta, int topics, int vocabularySize) {
    this.alpha = alpha;
    this.eta = eta;
    this.topics = topics;
    this.vocabularySize = vocabularySize;
  }

  /**
   * {@code log p(w | z)}.
   *
   * @param wordTopics {@code [vocabulary][topics]}
   */
  double ofWords(long[] wordTopics) {
    double none = LogGamma.of(eta);
    double sum = topics * LogGamma.of(vocabularySize * eta);
    long[] totals = new long[topics];
    for (int i = 0; i < wordTopics.length; i++) {
      if (wordTopics[i] > 0) {
        sum += LogGamma.of(wordTopics[i] + eta) - none;
        totals[i % topics] += wordTopics[i];
      }
    }
    for (long total : totals) {
      sum -= LogGamma.of(total + vocabularySize * eta);
    }
    return sum;
  }

  /** {@code log p(z)} of documents. */
  double ofDocuments(Corpus corpus, short[] assigned) {
    double none = LogGamma.of(alpha);
    int[] inDocument = new int[topics];
    double sum = corpus.documents() * LogGamma.of(topics * alpha);
    for (int d = 0; d < corpus.documents(); d++) {
      java.util.Arrays.fill(inDocument, 0);
      int from = corpus.starts()[d];
      int to = corpus.starts()[d + 1];
      for (int token = from; token < to; token++) {
        inDocument[assigned[token]]++;
      }
      for (int count : inDocument) {
        sum += count == 0 ? 0 : LogGamma.of(count + alpha) - none;
      }
      sum -= LogGamma.of(to - from + topics * alpha);
    }
    return sum;
  }
}
