package io.holdfast.tools.lda;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * Documents as bags of words, token after token.
 *
 * @param starts where each document's tokens begin, and the end of the last: {@code int[documents +
 *     1]}
 * @param words the word of each token, {@code int[tokens]}, ascending within a document
 * @param vocabulary the words' spellings; their number is the vocabulary's size
 * @param description for people
 */
record Corpus(int[] starts, int[] words, List<String> vocabulary, String description) {
  int documents() {
    return starts.length - 1;
  }

  int tokens() {
    return words.length;
  }

  int vocabularySize() {
    return vocabulary.size();
  }

  /** How many there are, and a checksum of all of them: the same for the same documents alone. */
  String summary() {
    var sum = new CRC32C();
    for (int[] part : new int[][] {starts, words}) {
      var bytes = ByteBuffer.allocate(Integer.BYTES);
      for (int value : part) {
        sum.update(bytes.clear().putInt(value).flip());
      }
    }
    return String.format(
        Locale.ROOT,
        "(%d with %d tokens of %d words, checksum %08x)",
        documents(),
        tokens(),
        vocabularySize(),
        sum.getValue());
  }

  /** Every {@code of}-th document, from document {@code first} on. */
  Corpus part(int first, int of) {
    var part = new Builder();
    for (int document = first; document < documents(); document += of) {
      for (int token = starts[document]; token < starts[document + 1]; token++) {
        part.add(words[token]);
      }
      part.endDocument();
    }
    return part.build(vocabulary, description);
  }

  /** Takes documents one after the other. */
  static final class Builder {
    private final it.unimi.dsi.fastutil.ints.IntArrayList starts =
        new it.unimi.dsi.fastutil.ints.IntArrayList(new int[] {0});
    private final it.unimi.dsi.fastutil.ints.IntArrayList words =
        new it.unimi.dsi.fastutil.ints.IntArrayList();

    void add(int word) {
      words.add(word);
    }

    void endDocument() {
      int from = starts.getInt(starts.size() - 1);
      java.util.Arrays.sort(words.elements(), from, words.size());
      starts.add(words.size());
    }

    Corpus build(List<String> vocabulary, String description) {
      return new Corpus(starts.toIntArray(), words.toIntArray(), vocabulary, description);
    }
  }
}
