package io.holdfast.tools.lda;

import java.util.Arrays;

/**
 * How often each topic has each word, for the words of one block of documents; a copy of rows of
 * the tables, which sampling changes. Words are named by their place among the block's distinct
 * words.
 */
final class TopicCounts {
  private final int topics;
  private final int[] ofWord; // by word of the corpus: its place, or -1
  private int[] counts = new int[0];
  private final int[] totals;

  /**
   * @param vocabularySize words of the corpus
   */
  TopicCounts(int topics, int vocabularySize) {
    this.topics = topics;
    this.ofWord = new int[vocabularySize];
    this.totals = new int[topics];
    Arrays.fill(ofWord, -1);
  }

  /**
   * Takes up what was pulled.
   *
   * @param words distinct words of the corpus
   * @param wordTopics {@code [words][topics]}
   * @param topicTotals {@code [topics]}, over all words of the corpus
   */
  void load(long[] words, long[] wordTopics, long[] topicTotals) {
    Arrays.fill(ofWord, -1);
    counts = counts.length >= wordTopics.length ? counts : new int[wordTopics.length];
    for (int i = 0; i < words.length; i++) {
      ofWord[Math.toIntExact(words[i])] = i * topics;
    }
    for (int i = 0; i < words.length * topics; i++) {
      counts[i] = Math.toIntExact(wordTopics[i]);
    }
    for (int k = 0; k < topics; k++) {
      totals[k] = Math.toIntExact(topicTotals[k]);
    }
  }

  int topics() {
    return topics;
  }

  /** Where the counts of a word begin in {@link #counts()}. */
  int startOf(int word) {
    return ofWord[word];
  }

  int[] counts() {
    return counts;
  }

  int[] totals() {
    return totals;
  }

  void add(int word, int topic, int amount) {
    counts[ofWord[word] + topic] += amount;
    totals[topic] += amount;
  }
}
