package io.holdfast.tools.lda;

import it.unimi.dsi.fastutil.ints.Int2IntOpenHashMap;
import java.util.Arrays;

/**
 * What a step changes in the tables: rows of words and the row of topics.
 *
 * @param words whose rows change, ascending
 * @param rows {@code [words][topics]}
 * @param totals {@code [topics]}
 */
record CountChanges(long[] words, long[] rows, long[] totals) {
  /**
   * Counts tokens {@code [from, to)} of a corpus: their topics now are added, those of before taken
   * away.
   *
   * @param before of these tokens, from {@code from} on; empty where they had none
   */
  static CountChanges of(
      Corpus corpus, short[] topics, short[] before, int from, int to, int topicCount) {
    int[] changed = Arrays.copyOfRange(corpus.words(), from, to);
    if (before.length > 0) {
      int kept = 0;
      for (int token = from; token < to; token++) {
        if (topics[token] != before[token - from]) {
          changed[kept++] = corpus.words()[token];
        }
      }
      changed = Arrays.copyOf(changed, kept);
    }
    int[] words = Arrays.stream(changed).sorted().distinct().toArray();
    var places = new Int2IntOpenHashMap(words.length);
    for (int i = 0; i < words.length; i++) {
      places.put(words[i], i * topicCount);
    }
    long[] rows = new long[words.length * topicCount];
    long[] totals = new long[topicCount];
    for (int token = from; token < to; token++) {
      int was = before.length == 0 ? -1 : before[token - from];
      int is = topics[token];
      if (was == is) {
        continue;
      }
      int start = places.get(corpus.words()[token]);
      rows[start + is]++;
      totals[is]++;
      if (was >= 0) {
        rows[start + was]--;
        totals[was]--;
      }
    }
    return new CountChanges(Arrays.stream(words).asLongStream().toArray(), rows, totals);
  }
}
