package io.holdfast.tools.mf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RatingsReaderTest {
  @TempDir Path directory;

  private static Ratings read(Path file) {
    var ratings = new Ratings.Builder();
    RatingsReader.read(file, ratings);
    return ratings.build();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "196\t242\t3\t881250949\n186\t302\t2.5\t891717742\n",
        "196::242::3::881250949\r\n186::302::2.5::891717742\r\n",
        "userId,movieId,rating,timestamp\n196,242,3.0,881250949\n\n186,302,2.5,891717742",
        "196,242,3.0\n186,302,2.5\n",
      })
  void readsTheFormatsOfMovieLens(String text) throws IOException {
    Ratings ratings = read(Files.writeString(directory.resolve("ratings"), text));
    assertArrayEquals(new int[] {196, 186}, ratings.users());
    assertArrayEquals(new int[] {242, 302}, ratings.items());
    assertArrayEquals(new float[] {3, 2.5f}, ratings.values());
  }

  @Test
  void unpacksGzipWhateverTheFileIsCalled() throws IOException {
    Path file = directory.resolve("u.data");
    try (var out =
        new OutputStreamWriter(
            new GZIPOutputStream(Files.newOutputStream(file)), StandardCharsets.US_ASCII)) {
      out.write("1\t2\t5\t0\n");
    }
    assertEquals(1, read(file).count());
  }

  /** The bars are tabs. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "1|2|x|9; :2:5: found 'x', expected a rating, a finite number",
        "1|2|NaN|9; :2:5: found 'NaN'",
        "1|2||9; :2:5: found ''",
        "1|2; :2:4: found the end of the line, expected a tab",
        "1 2 3; :2:2: found ' ', expected a tab",
        "1|2|3|9|9; :2:8: found '|', expected the end of the line",
        "1|2|3|x; :2:7: found 'x', expected a time",
        "1|-2|3|9; :2:3: found '-', expected an item's number",
        "u1|2|3|9; :2:1: found 'u', expected a user's number",
        "2147483648|2|3|9; :2:1: found 2147483648, expected a user's number, at most 2147483647",
        "99999999999999999999|2|3; :2:1: found '99999999999999999999', expected a user's number of",
      })
  void saysWhereALineIsMalformed(String line, String message) throws IOException {
    String text = "1\t1\t1\t1\n" + line.replace('|', '\t') + "\n1\t1\t1\t1\n";
    Path file = Files.writeString(directory.resolve("bad"), text);
    var error = assertThrows(HoldfastException.class, () -> read(file));
    assertEquals(ErrorCode.INVALID_ARGUMENT, error.code());
    assertTrue(
        String.valueOf(error.getMessage()).contains(file + message.replace('|', '\t')),
        error.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n\n", "userId,movieId,rating,timestamp\n"})
  void aFileWithoutRatingsIsRefused(String text) throws IOException {
    Path file = Files.writeString(directory.resolve("empty"), text);
    var error = assertThrows(HoldfastException.class, () -> read(file));
    assertTrue(String.valueOf(error.getMessage()).contains(file + ": the file is empty"));
  }

  @Test
  void aFileThatIsNotThereIsRefused() {
    Path file = directory.resolve("none");
    var error = assertThrows(HoldfastException.class, () -> read(file));
    assertEquals(ErrorCode.INVALID_ARGUMENT, error.code());
  }
}
