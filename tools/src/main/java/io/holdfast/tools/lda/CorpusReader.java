package io.holdfast.tools.lda;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** Reads corpora from files, plain or gzip. All methods throw INVALID_ARGUMENT for a bad line. */
final class CorpusReader {
  private static final int LEAST_LETTERS = 3;

  private CorpusReader() {}

  /**
   * Blei's LDA-C format: a line per document, {@code M word:count ...}, with M distinct words.
   *
   * @param vocabulary a spelling per line, the first that of word 0; null: words are called by
   *     their numbers
   */
  static Corpus ldaC(Path file, @Nullable Path vocabulary) throws IOException {
    List<String> spellings = vocabulary == null ? null : lines(vocabulary);
    var builder = new Corpus.Builder();
    int words = 0;
    int number = 0;
    for (String line : lines(file)) {
      number++;
      if (!line.isBlank()) {
        words = Math.max(words, addDocument(line.trim(), builder, file + " line " + number));
      }
    }
    if (words == 0) {
      throw invalid(file + " holds no document");
    }
    if (spellings != null && spellings.size() < words) {
      throw invalid(
          file
              + " has word "
              + (words - 1)
              + ", but "
              + vocabulary
              + " has only "
              + spellings.size()
              + " lines");
    }
    return builder.build(
        spellings != null ? spellings : numbers(words), String.valueOf(file.getFileName()));
  }

  /** Adds the document of a line, and returns its highest word plus 1. */
  private static int addDocument(String line, Corpus.Builder builder, String where) {
    String[] fields = line.split("\\s+", -1);
    int highest = 0;
    try {
      if (Integer.parseInt(fields[0]) != fields.length - 1) {
        throw invalid(where + " announces " + fields[0] + " words and has " + (fields.length - 1));
      }
      for (int i = 1; i < fields.length; i++) {
        int colon = fields[i].indexOf(':');
        int word = Integer.parseInt(fields[i].substring(0, Math.max(0, colon)));
        int count = Integer.parseInt(fields[i].substring(colon + 1));
        if (word < 0 || count < 1) {
          throw invalid(where + ": '" + fields[i] + "' is not word:count");
        }
        highest = Math.max(highest, word + 1);
        for (int n = 0; n < count; n++) {
          builder.add(word);
        }
      }
    } catch (NumberFormatException e) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          where + " is not LDA-C (M word:count ...): " + e.getMessage(),
          e);
    }
    builder.endDocument();
    return highest;
  }

  /**
   * Plain text: a line is a document, words are runs of three or more letters, in lower case.
   *
   * @param minCount words that come less often are left out
   * @param stopWords left out, too; a word per line, or null
   */
  static Corpus text(List<Path> files, int minCount, @Nullable Path stopWords) throws IOException {
    var counts = new Object2IntOpenHashMap<String>();
    for (Path file : files) {
      for (String line : lines(file)) {
        forWords(line, word -> counts.addTo(word, 1));
      }
    }
    if (stopWords != null) {
      lines(stopWords).forEach(word -> counts.removeInt(word.trim().toLowerCase(Locale.ROOT)));
    }
    List<String> vocabulary =
        counts.object2IntEntrySet().stream()
            .filter(entry -> entry.getIntValue() >= minCount)
            .map(java.util.Map.Entry::getKey)
            .sorted()
            .toList();
    if (vocabulary.isEmpty()) {
      throw invalid(files + " hold no word that comes " + minCount + " times; lower --min-count");
    }
    var ids = new Object2IntOpenHashMap<String>();
    ids.defaultReturnValue(-1);
    for (int id = 0; id < vocabulary.size(); id++) {
      ids.put(vocabulary.get(id), id);
    }
    var builder = new Corpus.Builder();
    for (Path file : files) {
      for (String line : lines(file)) {
        int[] found = {0};
        forWords(
            line,
            word -> {
              int id = ids.getInt(word);
              if (id >= 0) {
                builder.add(id);
                found[0]++;
              }
            });
        if (found[0] > 0) {
          builder.endDocument();
        }
      }
    }
    return builder.build(vocabulary, files.size() + " text files");
  }

  private static void forWords(String line, java.util.function.Consumer<String> words) {
    int start = -1;
    for (int i = 0; i <= line.length(); i++) {
      boolean letter = i < line.length() && Character.isLetter(line.charAt(i));
      if (letter && start < 0) {
        start = i;
      } else if (!letter && start >= 0) {
        if (i - start >= LEAST_LETTERS) {
          words.accept(line.substring(start, i).toLowerCase(Locale.ROOT));
        }
        start = -1;
      }
    }
  }

  private static List<String> numbers(int count) {
    var names = new ArrayList<String>(count);
    for (int i = 0; i < count; i++) {
      names.add(Integer.toString(i));
    }
    return names;
  }

  private static List<String> lines(Path file) throws IOException {
    try (InputStream raw = Files.newInputStream(file);
        InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw;
        var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return reader.lines().toList();
    } catch (java.nio.file.NoSuchFileException e) {
      throw new HoldfastException(ErrorCode.INVALID_ARGUMENT, "there is no file " + file, e);
    }
  }

  private static HoldfastException invalid(String message) {
    return new HoldfastException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
