package io.holdfast.tools.lda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LdaPartsTest {
  @TempDir private static Path directory;

  @Test
  void logGammaIsThatOfFactorialsAndOfAHalf() {
    double factorial = 1;
    for (int n = 1; n <= 20; n++) {
      assertEquals(Math.log(factorial), LogGamma.of(n), 1e-12 * Math.max(1, Math.log(factorial)));
      factorial *= n;
    }
    assertEquals(Math.log(Math.sqrt(Math.PI)), LogGamma.of(0.5), 1e-13);
    assertEquals(Math.log(Math.sqrt(Math.PI) / 2), LogGamma.of(1.5), 1e-13);
    double x = 0.013;
    assertEquals(Math.log(x), LogGamma.of(x + 1) - LogGamma.of(x), 1e-12);
  }

  @Test
  void likelihoodIsTheProductOfPredictiveProbabilities() {
    // One document "a a b", topics 0 0 1: each token given those before it.
    var corpus = new Corpus(new int[] {0, 3}, new int[] {0, 0, 1}, List.of("a", "b"), "");
    short[] topics = {0, 0, 1};
    double alpha = 0.5;
    double eta = 0.25;
    double expected =
        Math.log(0.5) // words: a in an empty topic
            + Math.log((1 + eta) / (1 + 2 * eta))
            + Math.log(0.5)
            + Math.log(0.5) // topics: 0 in an empty document
            + Math.log((1 + alpha) / (1 + 2 * alpha))
            + Math.log(alpha / (2 + 2 * alpha));
    var likelihood = new LogLikelihood(alpha, eta, 2, 2);
    double found =
        likelihood.ofWords(Reference.count(corpus, topics, 2))
            + likelihood.ofDocuments(corpus, topics);
    assertEquals(expected, found, 1e-12);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 20, 4096})
  void savedStepComesBack(int topicCount) {
    var assignments = Assignments.random(101, topicCount, new SplittableRandom(5));
    short[] first = assignments.topics().clone();
    assignments.begin(10, 30);
    assignments.topics()[12] = (short) (topicCount - 1);
    var back = Assignments.decode(assignments.encode(77, topicCount, 9), 77, 101, topicCount);
    assertEquals(1, back.step());
    assertArrayEquals(assignments.topics(), back.topics());
    assertArrayEquals(java.util.Arrays.copyOfRange(first, 10, 30), back.before());
  }

  @Test
  void anotherRunsStateIsRefused() {
    byte[] state = Assignments.random(50, 8, new SplittableRandom(5)).encode(1, 8, 1);
    assertThrows(HoldfastException.class, () -> Assignments.decode(state, 2, 50, 8));
    assertThrows(HoldfastException.class, () -> Assignments.decode(state, 1, 60, 8));
    assertThrows(HoldfastException.class, () -> Assignments.decode(new byte[3], 1, 50, 8));
  }

  @Test
  void changesAreTheDifferenceOfCounts() {
    var corpus =
        new Corpus(new int[] {0, 5}, new int[] {1, 1, 2, 3, 3}, List.of("a", "b", "c", "d"), "");
    short[] before = {0, 1, 0, 1, 1};
    short[] now = {0, 0, 0, 1, 2};
    var changes = CountChanges.of(corpus, now, before, 0, 5, 3);
    assertArrayEquals(new long[] {1, 3}, changes.words());
    assertArrayEquals(new long[] {1, -1, 0, 0, -1, 1}, changes.rows());
    assertArrayEquals(new long[] {1, -2, 1}, changes.totals());
    var first = CountChanges.of(corpus, now, new short[0], 0, 5, 3);
    assertArrayEquals(new long[] {1, 2, 3}, first.words());
    assertArrayEquals(new long[] {2, 0, 0, 1, 0, 0, 0, 1, 1}, first.rows());
    assertArrayEquals(new long[] {3, 1, 1}, first.totals());
  }

  @Test
  void readsLdaCWithItsVocabulary() throws IOException {
    Path file = Files.writeString(directory.resolve("c.ldac"), "2 0:2 3:1\n\n1 2:1\n");
    Path words = Files.writeString(directory.resolve("c.tokens"), "zero\none\ntwo\nthree\n");
    var corpus = CorpusReader.ldaC(file, words);
    assertArrayEquals(new int[] {0, 3, 4}, corpus.starts());
    assertArrayEquals(new int[] {0, 0, 3, 2}, corpus.words());
    assertEquals("three", corpus.vocabulary().get(3));
    assertEquals(4, CorpusReader.ldaC(file, null).vocabularySize());
  }

  @ParameterizedTest
  @ValueSource(strings = {"3 0:1 1:1\n", "1 0\n", "1 0:0\n", "1 -1:1\n", "x\n", ""})
  void badLdaCIsRefusedByNameAndLine(String content) throws IOException {
    Path file = Files.writeString(directory.resolve("bad.ldac"), content);
    var refused = assertThrows(HoldfastException.class, () -> CorpusReader.ldaC(file, null));
    assertTrue(refused.getMessage().contains("bad.ldac"), refused.getMessage());
  }

  @Test
  void vocabularyThatIsTooShortIsRefused() throws IOException {
    Path file = Files.writeString(directory.resolve("d.ldac"), "1 5:1\n");
    Path words = Files.writeString(directory.resolve("d.tokens"), "zero\none\n");
    assertThrows(HoldfastException.class, () -> CorpusReader.ldaC(file, words));
  }

  @Test
  void readsTextByLinesAndLeavesRareAndStopWordsOut() throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("t.txt"), "The cat, the CAT!\nno\nthe dog; a dog once\n");
    Path stop = Files.writeString(directory.resolve("stop"), "the\n");
    var corpus = CorpusReader.text(List.of(file), 2, stop);
    assertEquals(List.of("cat", "dog"), corpus.vocabulary());
    assertArrayEquals(new int[] {0, 2, 4}, corpus.starts());
    assertArrayEquals(new int[] {0, 0, 1, 1}, corpus.words());
  }
}
