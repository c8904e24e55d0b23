package io.holdfast.tools.lda;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A topic as people read it.
 *
 * @param tokens that have it
 * @param words which it has most often, the most frequent first
 */
record TopicWords(int topic, long tokens, List<String> words) {
  /**
   * @param counts {@code [vocabulary][topics]}
   * @param totals {@code [topics]}
   * @param most words of a topic
   * @return the topics with the most tokens first
   */
  static List<TopicWords> of(long[] counts, long[] totals, List<String> vocabulary, int most) {
    int topics = totals.length;
    var found = new ArrayList<TopicWords>();
    for (int k = 0; k < topics; k++) {
      int topic = k;
      List<String> words =
          IntStream.range(0, vocabulary.size())
              .filter(word -> counts[word * topics + topic] > 0)
              .boxed()
              .sorted(Comparator.comparingLong((Integer w) -> -counts[w * topics + topic]))
              .limit(most)
              .map(vocabulary::get)
              .toList();
      found.add(new TopicWords(topic, totals[topic], words));
    }
    found.sort(Comparator.comparingLong(topic -> -topic.tokens()));
    return found;
  }
}
