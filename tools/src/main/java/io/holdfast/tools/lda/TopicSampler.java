package io.holdfast.tools.lda;

import java.util.SplittableRandom;

/**
 * Draws a new topic for every token of a document, one after the other, from the collapsed
 * conditional {@code (n_dk + alpha) * (n_kw + eta) / (n_k + vocabulary * eta)}, whose counts leave
 * that token out (Griffiths and Steyvers, PNAS 2004, equation 5).
 */
interface TopicSampler {
  /**
   * @param topics of all tokens; those of the document are changed
   * @param from the document's first token
   * @param to the end of the document
   * @param counts of words and topics, which include those of these tokens; kept up to date
   */
  void sample(Corpus corpus, short[] topics, int from, int to, TopicCounts counts, Draws draws);

  /** A source of uniform numbers in [0, 1). */
  interface Draws {
    double next();

    static Draws of(SplittableRandom random) {
      return random::nextDouble;
    }
  }
}
