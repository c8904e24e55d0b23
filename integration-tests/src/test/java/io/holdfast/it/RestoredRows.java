package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Rows of a sparse table with their optimizer state, out of an export of it. */
final class RestoredRows {
  private RestoredRows() {}

  /** What a row has beside its values, in the order in which the rule has it. */
  private static final List<String> OF_ADAM = List.of("values", "state.m", "state.v", "state.step");

  /** By key, of a table under Adam that was exported into a directory. */
  static Map<Long, float[]> ofAdam(Path directory) throws IOException {
    var keys = NpyArray.read(directory.resolve("keys.npy"));
    assertEquals("<u8", keys.type());
    var rows = new TreeMap<Long, float[]>();
    int at = 0;
    for (String tensor : OF_ADAM) {
      var array = NpyArray.read(directory.resolve(tensor + ".npy"));
      assertEquals("<f4", array.type(), tensor);
      assertEquals(keys.rows(), array.rows(), tensor);
      for (int row = 0; row < array.rows(); row++) {
        array.floats(row, rows.computeIfAbsent(keys.longAt(row), k -> new float[64]), at);
      }
      at += array.columns();
    }
    int length = at;
    rows.replaceAll((key, row) -> java.util.Arrays.copyOf(row, length));
    assertEquals(keys.rows(), rows.size(), "each key once");
    return rows;
  }
}
