package io.holdfast.tools.sketch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ItemsTest {
  @TempDir Path directory;

  private static long[] all(Items items, int atOnce) {
    try (items) {
      long[] found = new long[100_000];
      long[] batch = new long[atOnce];
      int size = 0;
      for (int count; (count = items.next(batch)) > 0; size += count) {
        System.arraycopy(batch, 0, found, size, count);
      }
      return Arrays.copyOf(found, size);
    }
  }

  private static long[] sorted(long[]... parts) {
    return Arrays.stream(parts).flatMapToLong(Arrays::stream).sorted().toArray();
  }

  private static long word(String word) {
    return FileItems.item(word, 0, word.length());
  }

  @Test
  void workersHaveTheGeneratedNumbersBetweenThem() {
    var source = GeneratedItems.source(1, 1_000, 50);
    long[] one = all(source.open(0, 1), 7);
    assertEquals(1_000, one.length);
    assertArrayEquals(
        sorted(one),
        sorted(all(source.open(0, 3), 64), all(source.open(1, 3), 5), all(source.open(2, 3), 9)));
    assertTrue(Arrays.stream(one).allMatch(item -> item >= 1 && item <= 50));
  }

  @Test
  void smallNumbersAreTheFrequentOnes() {
    long[] items = all(GeneratedItems.source(1, 50_000, 1_000).open(0, 1), 1_000);
    double ones = Arrays.stream(items).filter(item -> item == 1).count();
    double tens = Arrays.stream(items).filter(item -> item == 10).count();
    // ln(2) and ln(11/10) of ln(1001) of all.
    assertEquals(50_000 * Math.log(2) / Math.log(1_001), ones, 300);
    assertEquals(50_000 * Math.log(1.1) / Math.log(1_001), tens, 150);
  }

  @Test
  void whatIsSkippedIsLeftOut() throws IOException {
    var file = Files.writeString(directory.resolve("words"), "a b c\n d e\nf g h i\n");
    for (var source : List.of(GeneratedItems.source(1, 999, 50), FileItems.source(List.of(file)))) {
      long[] all = all(source.open(1, 2), 3);
      for (int skipped = 0; skipped <= Math.min(5, all.length); skipped++) {
        var items = source.open(1, 2);
        items.skip(skipped);
        assertArrayEquals(Arrays.copyOfRange(all, skipped, all.length), all(items, 4));
      }
    }
  }

  @Test
  void wordsStandBetweenWhiteSpaceInPlainAndZippedFiles() throws IOException {
    var plain = Files.writeString(directory.resolve("plain"), "to be,\tor  not\n\nto be\n");
    var zipped = directory.resolve("zipped.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(zipped))) {
      out.write("zwölf Boxkämpfer".getBytes(StandardCharsets.UTF_8));
    }
    assertArrayEquals(
        new long[] {
          word("to"),
          word("be,"),
          word("or"),
          word("not"),
          word("to"),
          word("be"),
          word("zwölf"),
          word("Boxkämpfer")
        },
        all(FileItems.source(List.of(plain, zipped)).open(0, 1), 3));
  }

  @Test
  void workersHaveTheLinesOfAllFilesBetweenThem() throws IOException {
    var one = Files.writeString(directory.resolve("one"), "a b\nc\nd e f\n");
    var two = Files.writeString(directory.resolve("two"), "g\nh i\n");
    var source = FileItems.source(List.of(one, two));
    assertArrayEquals(
        sorted(all(source.open(0, 1), 4)),
        sorted(all(source.open(0, 2), 4), all(source.open(1, 2), 4)));
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    var missing = List.of(directory.resolve("missing"));
    var refused = assertThrows(HoldfastException.class, () -> FileItems.source(missing));
    assertTrue(String.valueOf(refused.getMessage()).contains("missing"));
  }
}
