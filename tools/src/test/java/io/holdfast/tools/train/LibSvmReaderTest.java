package io.holdfast.tools.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LibSvmReaderTest {
  @TempDir Path directory;

  @Test
  void readsLabelsFeaturesAndValues() throws IOException {
    Examples examples = read("+1 3:1 7:0.5 \n-1 1:-2.5e-1 7:3\n");
    assertEquals(2, examples.count());
    assertEquals(3, examples.columns());
    assertTrue(examples.isPositive(0));
    assertFalse(examples.isPositive(1));
    assertEquals("3:1.0 7:0.5", row(examples, 0));
    assertEquals("1:-0.25 7:3.0", row(examples, 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1 2:1\n0 5:1",
        "1 2:1\r\n0 5:1\r\n",
        "# a comment\n\n1\t2:1 # more\n  0   5:1  \n\n#end",
        "1.0 2:1\n0.0 5:+1.\n",
        "1 2:1\n\r\n \t\n0 5:1\n"
      })
  void readsTheSameFromEveryLayout(String text) throws IOException {
    Examples examples = read(text);
    assertEquals(2, examples.count());
    assertTrue(examples.isPositive(0));
    assertFalse(examples.isPositive(1));
    assertEquals("2:1.0", row(examples, 0));
    assertEquals("5:1.0", row(examples, 1));
  }

  @Test
  void takesFeatureIdsUpToTheLargestLong() throws IOException {
    assertEquals("1:1.0 9223372036854775807:2.0", row(read("1 1:1 9223372036854775807:2\n"), 0));
  }

  @Test
  void takesAnExampleWithoutFeatures() throws IOException {
    Examples examples = read("1\n-1 1:1\n1");
    assertEquals(3, examples.count());
    assertEquals("", row(examples, 2));
  }

  @Test
  void tellsGzipByItsMagicBytesWhateverTheName() throws IOException {
    var packed = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(packed)) {
      out.write("1 2:1\n".getBytes(StandardCharsets.US_ASCII));
    }
    assertEquals("2:1.0", row(read(packed.toByteArray()), 0));
    byte[] torn = Arrays.copyOf(packed.toByteArray(), packed.size() - 9);
    assertThrows(HoldfastException.class, () -> read(torn));
  }

  @Test
  void readsAcrossItsBufferAsWithin() throws IOException {
    long seed = 20261121;
    var random = new Random(seed);
    var text = new StringBuilder();
    int rows = 9_000;
    for (int row = 0; row < rows; row++) {
      text.append(random.nextBoolean() ? "+1" : "-1");
      long id = 0;
      for (int i = 0; i < 6; i++) {
        id += 1 + random.nextInt(100_000);
        text.append(' ').append(id).append(':').append(random.nextFloat());
      }
      text.append('\n');
    }
    String[] lines = text.toString().split("\n", -1);
    Examples examples = read(text.toString());
    assertEquals(rows, examples.count(), "seed " + seed);
    for (int row = 0; row < rows; row++) {
      String expected = lines[row].substring(3);
      assertEquals(expected, row(examples, row), "seed " + seed + ", row " + row);
    }
  }

  /** Position is line:column, both from 1; ~ stands for a line's end. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "1 1:1~x 2:1          | 2:1  | label 'x'              | -1 or +1, or 0 or 1",
        "2 1:1                | 1:1  | label '2'              | -1 or +1, or 0 or 1",
        "NaN 1:1              | 1:1  | label 'NaN'            | -1 or +1, or 0 or 1",
        "1:1 2:1              | 1:1  | label '1:1'            | -1 or +1, or 0 or 1",
        "1 1:1~-1 1:1~0 1:1   | 3:1  | label '0'              | one kind of labels",
        "1 1:1 3:1 2:1        | 1:11 | index 2                | above 3",
        "1 5:1 5:1            | 1:7  | index 5                | above 5",
        "1 0:1                | 1:3  | index 0                | one-based",
        "1 -3:1               | 1:3  | '-'                    | index:value",
        "1 a:1                | 1:3  | 'a'                    | index:value",
        "1 9223372036854775808:1 | 1:3 | larger index          | 9223372036854775807",
        "1 4 5:1              | 1:4  | byte 0x20              | ':' after index 4",
        "1 4                  | 1:4  | the end of the file    | ':' after index 4",
        "1 4~1 1:1            | 1:4  | the end of the line    | ':' after index 4",
        "1 4:                 | 1:5  | the end of the file    | the value of index 4",
        "1 4: 5:1             | 1:5  | byte 0x20              | the value of index 4",
        "1 4:NaN              | 1:5  | value 'NaN'            | finite number",
        "1 4:-Infinity        | 1:5  | value '-Infinity'      | finite number",
        "1 4:1e39             | 1:5  | value '1e39'           | within float32",
        "1 4:1.2.3            | 1:5  | value '1.2.3'          | finite number",
        "1 4:1-2              | 1:5  | value '1-2'            | finite number",
        "1 4:.                | 1:5  | value '.'              | finite number",
        "1 4:1:2              | 1:5  | value '1'              | then a blank",
        "1 4:1f               | 1:5  | value '1f'             | then a blank",
        "1 4:0x1p3            | 1:5  | value '0x'             | then a blank",
        "1 qid:3 4:1          | 1:3  | 'qid:'                 | ranking data",
      })
  void saysWhereAndWhatWasExpected(String text, String position, String found, String expected) {
    HoldfastException error =
        assertThrows(HoldfastException.class, () -> read(text.replace('~', '\n')));
    assertEquals(ErrorCode.INVALID_ARGUMENT, error.code());
    String message = String.valueOf(error.getMessage());
    assertTrue(message.contains("data.libsvm:" + position + ": found "), message);
    String[] parts = message.split(", expected ", 2);
    assertTrue(parts[0].contains(found), message);
    assertTrue(parts[1].contains(expected), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n\n", "# nothing\n", "  "})
  void refusesAFileWithoutExamples(String text) {
    HoldfastException error = assertThrows(HoldfastException.class, () -> read(text));
    assertTrue(String.valueOf(error.getMessage()).contains("empty"), error.getMessage());
  }

  @Test
  void saysWhichFileIsMissing() {
    Path missing = directory.resolve("missing.libsvm");
    HoldfastException error =
        assertThrows(
            HoldfastException.class, () -> LibSvmReader.read(missing, new Examples.Builder()));
    assertTrue(String.valueOf(error.getMessage()).contains("missing.libsvm"), error.getMessage());
  }

  private Examples read(String text) throws IOException {
    return read(text.getBytes(StandardCharsets.UTF_8));
  }

  private Examples read(byte[] bytes) throws IOException {
    Path file = directory.resolve("data.libsvm");
    Files.write(file, bytes);
    var examples = new Examples.Builder();
    LibSvmReader.read(file, examples);
    return examples.build();
  }

  private static String row(Examples examples, int row) {
    var text = new StringBuilder();
    for (int i = examples.start(row); i < examples.end(row); i++) {
      text.append(text.isEmpty() ? "" : " ")
          .append(examples.feature(examples.column(i)))
          .append(':')
          .append(examples.value(i));
    }
    return text.toString();
  }
}
