package io.holdfast.tools.lda;

import java.util.Arrays;

/**
 * Splits the conditional in three parts, of which the largest only has the topics that the word has
 * (Yao, Mimno and McCallum, KDD '09, section 3.4): time is that of the topics of a document and of
 * a word, not of all topics.
 *
 * <p>With {@code t_k = n_k + vocabulary * eta}, the weight of a topic is {@code alpha * eta / t_k}
 * plus {@code n_dk * eta / t_k} plus {@code (n_dk + alpha) * n_kw / t_k}. The sums of the first two
 * are kept up to date, as are the factors {@code (n_dk + alpha) / t_k} of the third. Tokens come in
 * the order of their words, so the topics of a word are listed once for all its tokens in a
 * document.
 */
final class SparseSampler implements TopicSampler {
  private final double alpha;
  private final double eta;
  private final double etaSum;
  private final int[] inDocument;
  private final double[] factors;
  private final TopicList ofDocument;
  private final TopicList ofWord;
  private double smoothing;
  private double document;

  SparseSampler(int topics, double alpha, double eta, int vocabularySize) {
    this.alpha = alpha;
    this.eta = eta;
    this.etaSum = eta * vocabularySize;
    this.inDocument = new int[topics];
    this.factors = new double[topics];
    this.ofDocument = new TopicList(topics);
    this.ofWord = new TopicList(topics);
  }

  /** Topics with a count above 0, in no order. */
  private static final class TopicList {
    final int[] topics;
    private final int[] at; // by topic: its place, or -1
    int size;

    TopicList(int topics) {
      this.topics = new int[topics];
      this.at = new int[topics];
      Arrays.fill(at, -1);
    }

    void clear() {
      for (int i = 0; i < size; i++) {
        at[topics[i]] = -1;
      }
      size = 0;
    }

    void add(int topic) {
      if (at[topic] < 0) {
        at[topic] = size;
        topics[size++] = topic;
      }
    }

    void remove(int topic) {
      int place = at[topic];
      int last = topics[--size];
      topics[place] = last;
      at[last] = place;
      at[topic] = -1;
    }
  }

  @Override
  public void sample(
      Corpus corpus, short[] topics, int from, int to, TopicCounts counts, Draws draws) {
    begin(topics, from, to, counts);
    int listed = -1;
    for (int token = from; token < to; token++) {
      int word = corpus.words()[token];
      int start = counts.startOf(word);
      if (word != listed) {
        list(counts, start);
        listed = word;
      }
      change(counts, word, topics[token], -1);
      if (counts.counts()[start + topics[token]] == 0) {
        ofWord.remove(topics[token]);
      }
      int drawn = draw(counts, start, draws.next());
      change(counts, word, drawn, 1);
      ofWord.add(drawn);
      topics[token] = (short) drawn;
    }
  }

  // The sums are made anew for each document, so that rounding does not add up.
  private void begin(short[] topics, int from, int to, TopicCounts counts) {
    Arrays.fill(inDocument, 0);
    ofDocument.clear();
    for (int token = from; token < to; token++) {
      inDocument[topics[token]]++;
      ofDocument.add(topics[token]);
    }
    smoothing = 0;
    document = 0;
    for (int k = 0; k < inDocument.length; k++) {
      double total = counts.totals()[k] + etaSum;
      smoothing += alpha * eta / total;
      document += inDocument[k] * eta / total;
      factors[k] = (inDocument[k] + alpha) / total;
    }
  }

  private void list(TopicCounts counts, int start) {
    ofWord.clear();
    for (int k = 0; k < inDocument.length; k++) {
      if (counts.counts()[start + k] > 0) {
        ofWord.add(k);
      }
    }
  }

  private void change(TopicCounts counts, int word, int topic, int amount) {
    double before = counts.totals()[topic] + etaSum;
    smoothing -= alpha * eta / before;
    document -= inDocument[topic] * eta / before;
    counts.add(word, topic, amount);
    inDocument[topic] += amount;
    if (inDocument[topic] == 0) {
      ofDocument.remove(topic);
    } else {
      ofDocument.add(topic);
    }
    double after = before + amount;
    smoothing += alpha * eta / after;
    document += inDocument[topic] * eta / after;
    factors[topic] = (inDocument[topic] + alpha) / after;
  }

  private int draw(TopicCounts counts, int start, double uniform) {
    double word = 0;
    for (int i = 0; i < ofWord.size; i++) {
      int k = ofWord.topics[i];
      word += factors[k] * counts.counts()[start + k];
    }
    double sought = uniform * (smoothing + document + word);
    if (sought < word) {
      return inWord(counts, start, sought);
    }
    sought -= word;
    return sought < document ? inDocument(counts, sought) : inSmoothing(counts, sought - document);
  }

  private int inWord(TopicCounts counts, int start, double sought) {
    int drawn = 0;
    for (int i = 0; i < ofWord.size; i++) {
      drawn = ofWord.topics[i];
      sought -= factors[drawn] * counts.counts()[start + drawn];
      if (sought < 0) {
        break;
      }
    }
    return drawn;
  }

  private int inDocument(TopicCounts counts, double sought) {
    int drawn = 0;
    for (int i = 0; i < ofDocument.size; i++) {
      drawn = ofDocument.topics[i];
      sought -= inDocument[drawn] * eta / (counts.totals()[drawn] + etaSum);
      if (sought < 0) {
        break;
      }
    }
    return drawn;
  }

  private int inSmoothing(TopicCounts counts, double sought) {
    int drawn = 0;
    for (; drawn < factors.length - 1; drawn++) {
      sought -= alpha * eta / (counts.totals()[drawn] + etaSum);
      if (sought < 0) {
        break;
      }
    }
    return drawn;
  }
}
